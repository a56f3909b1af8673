"""The receptive field: which stretch of the network's input one position of a tensor is made from.

On every spatial axis it is what lies between the first and the last place of the input, both included, that changes
anything at a position, in whichever channel. How long it is may differ from position to position where an axis grew: a
layer's receptive field is the longest. Borders play no part: it is as if every axis went on for ever on both sides
(Araujo et al., "Computing receptive fields of convolutional neural networks", Distill 2019).
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from dataflow_cli.layers.receptive_fields.steps import Steps, TooIrregular
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.layers.receptive_fields.links import Link


@dataclass(frozen=True)
class Sampling:
    """One axis of an output whose places are made of stretches of the input that no stride steps through evenly."""

    period: int
    """After so many places of the output all is the same again."""
    rise: int
    """How much further on in the input a period later."""
    places: Callable[[int], range]
    """The places of the input that one of the output is made from, as if both axes went on for ever."""

    def within(self, length: int, count: int) -> list[Sequence[int]]:
        """For each of so many places of the output those of an input axis of `length` that it is made from."""
        return [[place for place in self.places(number) if 0 <= place < length] for number in range(count)]


@dataclass(frozen=True)
class AxisField:
    """The stretch on one axis, in elements of the network's input."""

    first: Steps = Steps()
    """The first element that is seen, by the position."""
    mirrored: Steps = Steps()
    """The same with all axes counted backwards: minus the last element, by minus the position."""

    @property
    def period(self) -> int:
        """After so many positions all is the same again, further on."""
        return lcm(self.first.period, self.mirrored.period)

    @property
    def rise(self) -> int:
        """How much further on a period later."""
        return self.first.rise * (self.period // self.first.period)

    def at(self, position: int) -> range:
        """What the element at `position` sees, before it is cut at the input's ends; empty where it sees nothing."""
        first, last = self.first.at(position), self.mirrored.at(-position)
        return range(0) if first is None or last is None else range(first, 1 - last)

    def size(self, length: int | None = None) -> int:
        """How many elements the longest stretch holds, of the positions from 0 to `length`, or of all."""
        period = self.first.period
        places = {*self.first.starts, *((1 - start) % period for start in self.mirrored.starts)}
        stretches = (self.at(place) for place in places if length is None or place < length)
        return max(stretch.stop - stretch.start for stretch in stretches)

    def middle(self, position: int) -> float:
        """The middle of the stretch; about where it would be, if it is empty."""
        seen = self.at(position)
        if seen:
            return (seen.start + seen.stop - 1) / 2
        turns, place = divmod(position, self.period)
        return place * self.first.rise / self.first.period + turns * self.rise

    def middles(self, length: int) -> tuple[tuple[float, ...], float]:
        """The middles of a period's positions, or of all `length`, and how much further on those of the next lie."""
        return tuple(float(self.middle(place)) for place in range(min(self.period, length))), float(self.rise)

    def through(self, link: Link) -> AxisField:
        """The stretch after a layer that links its axes so."""
        return AxisField(_least(self.first, link), _least(self.mirrored, link.mirrored))

    def sampled(self, by: Sampling) -> AxisField:
        """The stretch after a layer that samples its axis so."""

        def backwards(place: int) -> range:
            there = by.places(-place)
            return range(1 - there.stop, 1 - there.start)

        first = self.first.sampled(by.period, by.rise, by.places)
        return AxisField(first, self.mirrored.sampled(by.period, by.rise, backwards))

    def merged(self, other: AxisField) -> AxisField:
        """The smallest stretch that holds both. Raises ValueError if they part without bound."""
        return AxisField(self.first.lower(other.first), self.mirrored.lower(other.mirrored))

    @property
    def stretches(self) -> int:
        """What it takes to be known."""
        return len(self.first.starts) + len(self.mirrored.starts)


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field over all spatial axes; None instead of axes means the whole input.

    An axis is None where it is not known: growths and strides in turn have made it too irregular to be followed.
    """

    axes: tuple[AxisField | None, ...] | None
    channels_first: bool = False
    """Whether the axis that is not spatial stands in front."""

    @classmethod
    def of_input(cls, rank: int, *, channels_first: bool = False) -> ReceptiveField:
        """An input element sees itself. `rank` is the number of spatial axes."""
        return cls((AxisField(),) * rank, channels_first)

    def whole(self) -> ReceptiveField:
        """The receptive field of an element that depends on everything."""
        return ReceptiveField(None)

    def unknown(self) -> ReceptiveField:
        """A receptive field of which nothing is known, unless it is everything."""
        return self if self.axes is None else ReceptiveField((None,) * len(self.axes), self.channels_first)

    def through(self, links: Sequence[Link]) -> ReceptiveField:
        """The receptive field after a layer that links its axes so."""
        if self.axes is None:
            return self
        axes: list[AxisField | None] = []
        for number, (axis, link) in enumerate(zip(self.axes, links, strict=True)):
            alike = number and (axis, link) == (self.axes[number - 1], links[number - 1])
            axes.append(axes[-1] if alike else _through(axis, link))
        return ReceptiveField(tuple(axes), self.channels_first)

    def sampled(self, by: Sequence[Sampling]) -> ReceptiveField:
        """The receptive field after a layer that samples its axes so."""
        if self.axes is None:
            return self
        axes = tuple(_sampled(axis, one) for axis, one in zip(self.axes, by, strict=True))
        return ReceptiveField(axes, self.channels_first)

    def sizes_within(self, lengths: Sequence[int]) -> tuple[int | None, ...] | None:
        """The size on every spatial axis, None for the whole input; on axes of these lengths, if they are known.

        An axis that is short may not have the position that sees most.
        """
        if self.axes is None:
            return None
        ends: Sequence[int | None] = lengths if len(lengths) == len(self.axes) else (None,) * len(self.axes)
        sizes = tuple(None if axis is None else axis.size(end) for axis, end in zip(self.axes, ends, strict=True))
        return (0,) * len(sizes) if 0 in sizes else sizes  # who sees nothing along one axis sees nothing at all

    def merged(self, others: Sequence[ReceptiveField]) -> ReceptiveField:
        """The smallest field that holds this one and the others: an element that is made of several tensors'."""
        merged = self
        for other in others:
            merged = merged._with(other)
        return merged

    def _with(self, other: ReceptiveField) -> ReceptiveField:
        if self.axes is None or other.axes is None or len(self.axes) != len(other.axes):
            return ReceptiveField(None)
        if self == other:
            return self
        try:
            axes = tuple(_merged(one, two) for one, two in zip(self.axes, other.axes, strict=True))
        except ValueError:
            return ReceptiveField(None)
        return ReceptiveField(axes, self.channels_first)

    @property
    def stretches(self) -> int:
        """What it takes to be known."""
        return sum(axis.stretches for axis in self.axes or () if axis is not None)


def _least(ends: Steps, link: Link) -> Steps:
    """Where the stretches begin after a layer, from where they begin before it."""
    made = ends
    if link.growth > 1 and link.dilation == 1 and link.taps >= link.growth and made.rising:
        made = made.repeated(link.growth)
    elif link.growth > 1:
        made = made.apart(link.growth)
    return made.least(link.dilation, link.taps).moved(link.shift, link.stride)


def _through(axis: AxisField | None, link: Link) -> AxisField | None:
    try:
        return axis and axis.through(link)
    except TooIrregular:
        return None


def _sampled(axis: AxisField | None, by: Sampling) -> AxisField | None:
    try:
        return axis and axis.sampled(by)
    except TooIrregular:
        return None


def _merged(one: AxisField | None, two: AxisField | None) -> AxisField | None:
    try:
        return one and two and one.merged(two)
    except TooIrregular:
        return None
