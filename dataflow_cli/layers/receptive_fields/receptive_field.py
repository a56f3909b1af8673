"""The receptive field: which stretch of the network's input one position of a tensor is made from.

On every spatial axis it is what lies between the first and the last place of the input, both included, that changes
anything at a position, in whichever channel. How long it is may differ from position to position where an axis grew: a
layer's receptive field is the longest. Borders of padding play no part: it is as if every axis went on for ever on both
sides (Araujo et al., "Computing receptive fields of convolutional neural networks", Distill 2019). Where a border
repeats elements that lie elsewhere, mirrored, drawn out or wrapped around, its positions are told one by one.
"""

from __future__ import annotations

from dataclasses import field, replace
from functools import reduce
from itertools import accumulate
from math import lcm
from typing import TYPE_CHECKING

from dataflow_cli.layers.receptive_fields.steps import Steps, TooIrregular
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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

    def takers(self, told: Iterable[int]) -> list[int]:
        """The places of the output that are made from any of some places of the input. Raises TooIrregular."""
        told = set(told)
        last, found = max(told, default=-1), []
        count = self.period if not self.rise else (last // self.rise + 2) * self.period
        for place in range(count if told else 0):
            if place > MOST_LISTED:
                raise TooIrregular
            if not told.isdisjoint(self.places(place)):
                found.append(place)
        return found

    def within(self, length: int, count: int) -> list[Sequence[int]]:
        """For each of so many places of the output those of an input axis of `length` that it is made from."""
        return [[place for place in self.places(number) if 0 <= place < length] for number in range(count)]


MOST_LISTED = 2**14
"""Positions at most that are told one by one."""


@dataclass(frozen=True)
class AxisField:
    """The stretch on one axis, in elements of the network's input."""

    first: Steps = Steps()
    """The first element that is seen, by the position."""
    mirrored: Steps = Steps()
    """The same with all axes counted backwards: minus the last element, by minus the position."""
    told: Mapping[int, range] = field(default_factory=dict)
    """What positions see to which a border brings what lies elsewhere: they go by no rule."""

    @classmethod
    def listed(cls, stretches: Sequence[range]) -> AxisField:
        """What positions see that are not told by a rule, one by one. Raises TooIrregular if there are too many."""
        if len(stretches) > MOST_LISTED:
            raise TooIrregular
        first = [stretch.start if stretch else None for stretch in stretches]
        last = [1 - stretch.stop if stretch else None for stretch in stretches]
        return cls(Steps.listed(first), Steps.listed([last[-place] for place in range(len(last))]))

    def picked(self, places: Sequence[int]) -> AxisField:
        """The stretches of some positions alone, in this order."""
        if len(places) > MOST_LISTED:
            raise TooIrregular
        return AxisField.listed([self.at(place) for place in places])

    @property
    def total_stride(self) -> float | None:
        """How many elements of the input lie between those that two neighbours see, on average where the axis grew.

        None where positions are told one by one: they need not go on.
        """
        if self.first.rise == 0 and self.first.period > 1:
            return None
        stride = self.first.rise / self.first.period
        return int(stride) if stride.is_integer() else stride

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
        told = self.told.get(position)
        return self.by_rule(position) if told is None else told

    def by_rule(self, position: int) -> range:
        """What it would see on an axis without ends."""
        first, last = self.first.at(position), self.mirrored.at(-position)
        return range(0) if first is None or last is None else range(first, 1 - last)

    def size(self, length: int | None = None) -> int:
        """How many elements the longest stretch holds, of the positions from 0 to `length`, or of all."""
        if self.told:
            return self._size_with_borders(length)
        period = self.first.period
        places = {*self.first.starts, *((1 - start) % period for start in self.mirrored.starts)}
        stretches = (self.at(place) for place in places if length is None or place < length)
        return max(stretch.stop - stretch.start for stretch in stretches)

    def _size_with_borders(self, length: int | None) -> int:
        """The same: on a short axis no position may go by the rule."""
        told = max(
            (len(stretch) for place, stretch in self.told.items() if length is None or place < length), default=0
        )
        if length is None or length - len(self.told) > 2 * self.period:
            return max(told, replace(self, told={}).size(length))
        return max(map(len, map(self.at, range(length))), default=0)

    def middle(self, position: int) -> float:
        """The middle of the stretch; about where it would be, if it is empty."""
        seen = self.at(position)
        if seen:
            return (seen.start + seen.stop - 1) / 2
        turns, place = divmod(position, self.period)
        return place * self.first.rise / self.first.period + turns * self.rise

    def middles(self, length: int) -> tuple[tuple[float, ...], float]:
        """The middles of a period's positions, or of all `length`, and how much further on those of the next lie."""
        count = length if self.told and length <= MOST_LISTED else min(self.period, length)
        return tuple(float(self.middle(place)) for place in range(count)), float(self.rise)

    def through(self, link: Link) -> AxisField:
        """The stretch after a layer that links its axes so."""
        told = {place: self._all(link.places(place)) for place in link.takers(self.told, MOST_LISTED)}
        return AxisField(_least(self.first, link), _least(self.mirrored, link.mirrored), told)

    def _all(self, places: Iterable[int]) -> range:
        """The smallest stretch that holds what all of some positions see."""
        some = [stretch for stretch in map(self.at, places) if stretch]
        return range(min(one.start for one in some), max(one.stop for one in some)) if some else range(0)

    def repeating(self, before: AxisField, sources: Mapping[int, Sequence[int]]) -> AxisField:
        """The stretch where some positions are made of others `before` the layer than its rule says: of `sources`."""
        if len(sources) > MOST_LISTED:
            raise TooIrregular
        return replace(self, told={**self.told, **{place: before._all(made) for place, made in sources.items()}})

    def sampled(self, by: Sampling) -> AxisField:
        """The stretch after a layer that samples its axis so."""

        def backwards(place: int) -> range:
            there = by.places(-place)
            return range(1 - there.stop, 1 - there.start)

        first = self.first.sampled(by.period, by.rise, by.places)
        told = {place: self._all(by.places(place)) for place in by.takers(self.told)}
        return AxisField(first, self.mirrored.sampled(by.period, by.rise, backwards), told)

    def merged(self, other: AxisField) -> AxisField:
        """The smallest stretch that holds both. Raises ValueError if they part without bound."""
        told = {place: _both(self.at(place), other.at(place)) for place in {*self.told, *other.told}}
        return AxisField(self.first.lower(other.first), self.mirrored.lower(other.mirrored), told)

    @property
    def stretches(self) -> int:
        """What it takes to be known."""
        return len(self.first.starts) + len(self.mirrored.starts) + len(self.told)


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field over all spatial axes of the input; None instead of axes means all of it.

    An axis is None where it is not known: growths and strides in turn have made it too irregular to be followed.
    """

    axes: tuple[AxisField | None, ...] | None
    channels_first: bool = False
    """Whether the axis of the tensor that is not spatial stands in front."""
    along: tuple[int | None, ...] | None = None
    """For each axis of the input the spatial axis of the tensor, from 0, by whose position its stretch goes; None for
    one that is the same everywhere. None instead of them: axis for axis."""

    @classmethod
    def of_input(cls, rank: int, *, channels_first: bool = False) -> ReceptiveField:
        """An input element sees itself. `rank` is the number of spatial axes."""
        return cls((AxisField(),) * rank, channels_first)

    def whole(self) -> ReceptiveField:
        """The receptive field of an element that depends on everything."""
        return ReceptiveField(None)

    def unknown(self) -> ReceptiveField:
        """A receptive field of which nothing is known, unless it is everything."""
        return self if self.axes is None else replace(self, axes=(None,) * len(self.axes))

    def through(self, links: Sequence[Link]) -> ReceptiveField:
        """The receptive field after a layer that links its axes so."""
        if self.axes is None:
            return self
        if self.along is not None:
            pairs = zip(self.axes, self.along, strict=True)
            turned = (axis if place is None else _through(axis, links[place]) for axis, place in pairs)
            return replace(self, axes=tuple(turned))
        axes: list[AxisField | None] = []
        for number, (axis, link) in enumerate(zip(self.axes, links, strict=True)):
            alike = number and (axis, link) == (self.axes[number - 1], links[number - 1])
            axes.append(axes[-1] if alike else _through(axis, link))
        return ReceptiveField(tuple(axes), self.channels_first)

    def rearranged(self, order: Sequence[int | None], rank: int) -> ReceptiveField:
        """The field when the tensor's `rank` axes, channels included, stand in another order.

        None in it is a new axis, and what is not in it an axis of length 1 that is gone. It is all of the input where
        an axis of space would stand for the channels.
        """
        if list(order) == list(range(rank)):
            return self
        if not self.axes:
            return self.whole()
        first = self._channels_first_after(order, rank)
        channels, shift = (0 if first else len(order) - 1), int(self.channels_first)
        axes, along = list(self.axes), list(self.follows)
        for number, place in enumerate(self.follows):
            if place is not None and place + shift in order:
                along[number] = (now := order.index(place + shift)) - int(first)
                if now == channels:
                    return self.whole()
            elif place is not None:
                axes[number], along[number] = _picked(axes[number], (0,)), None
        plain = along == list(range(len(order) - 1))
        return ReceptiveField(tuple(axes), first, None if plain else tuple(along))

    def widened(self, axis: int, rank: int) -> ReceptiveField:
        """The field when a new axis stands before so many of the tensor's `rank` axes."""
        return self.rearranged([*range(axis), None, *range(axis, rank)], rank)

    def _channels_first_after(self, order: Sequence[int | None], rank: int) -> bool:
        """Whether the channels stand in front then; where they stand at neither end, the format stays."""
        before = 0 if self.channels_first else rank - 1
        now = order.index(before) if before in order else None
        return self.channels_first if len(order) < 2 or now not in (0, len(order) - 1) else now == 0

    def picked(self, axis: int, places: Sequence[int]) -> ReceptiveField:
        """The field of some positions along one of the tensor's spatial axes, in this order."""
        if self.axes is None:
            return self
        pairs = zip(self.axes, self.follows, strict=True)
        return replace(self, axes=tuple(_picked(one, places) if place == axis else one for one, place in pairs))

    def gathered(self, axis: int, makers: Sequence[Sequence[int]]) -> ReceptiveField:
        """The field where a position along one of the tensor's spatial axes is made of several that were on it."""
        if self.axes is None:
            return self
        pairs = zip(self.axes, self.follows, strict=True)
        return replace(self, axes=tuple(_gathered(one, makers) if place == axis else one for one, place in pairs))

    def accumulated(self, count: int, *, backwards: bool = False) -> ReceptiveField:
        """The field where each of `count` positions along the tensor's first spatial axis sees those before it too."""
        if self.axes is None:
            return self
        pairs = zip(self.axes, self.follows, strict=True)
        made = (_accumulated(one, count, backwards=backwards) if place == 0 else one for one, place in pairs)
        return replace(self, axes=tuple(made))

    def without_first(self, count: int) -> ReceptiveField:
        """The field where the first spatial axis is gone, and all `count` positions along it are seen."""
        if self.axes is None:
            return self
        last = self.accumulated(count)
        pairs = zip(last.axes or (), self.follows, strict=True)
        axes = tuple(_picked(one, (count - 1,)) if place == 0 else one for one, place in pairs)
        return replace(self, axes=axes, along=tuple(place - 1 if place else None for place in self.follows))

    def joined(self, others: Sequence[ReceptiveField], axis: int, lengths: Sequence[int]) -> ReceptiveField:
        """The field of several tensors of these `lengths` along one of their spatial axes, each behind the other."""
        fields = (self, *others)
        if any(one.axes is None or one.follows != self.follows for one in fields):
            return self.whole()
        merged, *rest = (replace(one, axes=tuple(_still(one, axis))) for one in fields)
        merged = merged.merged(rest)
        if merged.axes is None:
            return merged
        axes = list(merged.axes)
        for number in (number for number, place in enumerate(self.follows) if place == axis):
            axes[number] = _joined([(one.axes or ())[number] for one in fields], lengths)
        return replace(merged, axes=tuple(axes))

    @property
    def follows(self) -> tuple[int | None, ...]:
        """What `along` says, axis for axis included."""
        return tuple(range(len(self.axes or ()))) if self.along is None else self.along

    def on(self, axis: int) -> AxisField | None:
        """What goes by the position on a spatial axis of the tensor; None if nothing does, or it is not known."""
        found = dict(zip(self.follows, self.axes or (), strict=True))
        return found.get(axis)

    def sampled(self, by: Sequence[Sampling]) -> ReceptiveField:
        """The receptive field after a layer that samples its axes so."""
        if self.axes is None:
            return self
        pairs = zip(self.axes, self.follows, strict=True)
        return replace(self, axes=tuple(axis if place is None else _sampled(axis, by[place]) for axis, place in pairs))

    def repeating(self, before: ReceptiveField, sources: Sequence[Mapping[int, Sequence[int]]]) -> ReceptiveField:
        """The field where borders repeat: for every spatial axis of the tensor the positions that are made of others
        `before` the layer than its rule says, with these.
        """
        if self.axes is None or before.axes is None or not any(sources):
            return self
        three = zip(self.axes, before.axes, self.follows, strict=True)
        return replace(
            self,
            axes=tuple(axis if place is None else _repeating(axis, old, sources[place]) for axis, old, place in three),
        )

    def sizes_within(self, lengths: Sequence[int]) -> tuple[int | None, ...] | None:
        """The size on every spatial axis, None for the whole input; on axes of these lengths, if they are known.

        An axis that is short may not have the position that sees most.
        """
        if self.axes is None:
            return None
        known = len(lengths) == len(self.axes) or self.along is not None
        ends = [lengths[place] if known and lengths and place is not None else None for place in self.follows]
        sizes = tuple(None if axis is None else axis.size(end) for axis, end in zip(self.axes, ends, strict=True))
        return (0,) * len(sizes) if 0 in sizes else sizes  # who sees nothing along one axis sees nothing at all

    @property
    def total_strides(self) -> tuple[float | None, ...] | None:
        """On every axis how far the fields of two neighbours lie apart, None where it is not known; None for the whole
        input.
        """
        return None if self.axes is None else tuple(None if one is None else one.total_stride for one in self.axes)

    @property
    def offsets(self) -> tuple[int | None, ...] | None:
        """On every axis the first element that position 0 sees, below 0 in a padding; None where it is not known, or
        position 0 sees nothing; None for the whole input.
        """
        return None if self.axes is None else tuple(None if one is None else one.first.at(0) for one in self.axes)

    def merged(self, others: Sequence[ReceptiveField]) -> ReceptiveField:
        """The smallest field that holds this one and the others: an element that is made of several tensors'."""
        merged = self
        for other in others:
            merged = merged._with(other)
        return merged

    def _with(self, other: ReceptiveField) -> ReceptiveField:
        if self == other:
            return self
        alike = self.axes is not None and other.axes is not None and self.follows == other.follows
        if self.axes is None or other.axes is None or not alike or self.channels_first != other.channels_first:
            return ReceptiveField(None)
        try:
            axes = tuple(_merged(one, two) for one, two in zip(self.axes, other.axes, strict=True))
        except ValueError:
            return ReceptiveField(None)
        return replace(self, axes=axes)

    @property
    def stretches(self) -> int:
        """What it takes to be known."""
        return sum(axis.stretches for axis in self.axes or () if axis is not None)


def _both(one: range, other: range) -> range:
    """The smallest stretch that holds two."""
    return range(min(one.start, other.start), max(one.stop, other.stop)) if one and other else one or other


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


def _repeating(
    axis: AxisField | None, before: AxisField | None, sources: Mapping[int, Sequence[int]]
) -> AxisField | None:
    try:
        return axis and before and axis.repeating(before, sources)
    except TooIrregular:
        return None


def _sampled(axis: AxisField | None, by: Sampling) -> AxisField | None:
    try:
        return axis and axis.sampled(by)
    except TooIrregular:
        return None


def _picked(axis: AxisField | None, places: Sequence[int]) -> AxisField | None:
    try:
        return axis and axis.picked(places)
    except TooIrregular:
        return None


def _gathered(axis: AxisField | None, makers: Sequence[Sequence[int]]) -> AxisField | None:
    try:
        return axis and AxisField.listed([reduce(_hull, map(axis.at, some)) for some in makers])
    except TooIrregular:
        return None


def _accumulated(axis: AxisField | None, count: int, *, backwards: bool) -> AxisField | None:
    """What positions see together with all before them, counted from the end where they go backwards."""
    if axis is None or count > MOST_LISTED:
        return None
    places = range(count)[::-1] if backwards else range(count)
    try:
        return AxisField.listed(list(accumulate((axis.at(place) for place in places), _hull)))
    except TooIrregular:
        return None


def _hull(one: range, other: range) -> range:
    """The smallest stretch that holds two; an empty one lies nowhere."""
    if not one or not other:
        return one or other
    return range(min(one.start, other.start), max(one.stop, other.stop))


def _joined(axes: Sequence[AxisField | None], lengths: Sequence[int]) -> AxisField | None:
    """The stretches of the first so many positions of each, one after the other."""
    if None in axes or sum(lengths) > MOST_LISTED:
        return None
    pairs = zip(axes, lengths, strict=True)
    stretches = [axis.at(place) for axis, length in pairs if axis is not None for place in range(length)]
    try:
        return AxisField.listed(stretches)
    except TooIrregular:
        return None


def _still(field: ReceptiveField, axis: int) -> list[AxisField | None]:
    """The axes of a field, with a plain one in place of that which goes by one of the tensor's axes."""
    return [AxisField() if place == axis else one for one, place in zip(field.axes or (), field.follows, strict=True)]


def _merged(one: AxisField | None, two: AxisField | None) -> AxisField | None:
    try:
        return one and two and one.merged(two)
    except TooIrregular:
        return None
