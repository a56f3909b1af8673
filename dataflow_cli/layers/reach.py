"""The receptive field: which stretch of the network's input one element of a tensor depends on.

On every spatial axis the element at position i sees the input from `low + i * jump` to `high + i * jump`, both
included; where these are fractions, the elements between them. A convolution of size k, dilation d and stride s over a
padded axis widens the stretch by (k - 1) d and multiplies the jump by s (Dumoulin and Visin, "A guide to convolution
arithmetic for deep learning", 2016; Araujo et al., "Computing receptive fields of convolutional neural networks",
Distill 2019).
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from dataflow_cli.layers.windows import Window


@dataclass(frozen=True)
class AxisReach:
    """The stretch on one axis, in elements of the network's input: whole numbers until an axis grows."""

    jump: int | Fraction = 1
    low: int | Fraction = 0
    high: int | Fraction = 0

    @property
    def size(self) -> int:
        """How many elements of the input the stretch holds, at the position where it holds most."""
        return max(len(self.at(position)) for position in range(self.jump.denominator))

    def at(self, position: int) -> range:
        """The elements of the input that the element at `position` sees, before they are cut at the input's ends."""
        shift = position * self.jump
        return range(ceil(self.low + shift), floor(self.high + shift) + 1)

    def through(self, window: Window, length: int) -> AxisReach:
        """The stretch after a window has moved along this axis of `length`."""
        back = window.pads(length)[0] * self.jump
        ahead = (window.span - 1) * self.jump
        return AxisReach(self.jump * window.stride, self.low - back, self.high - back + ahead)

    def stretched(self, factor: int, span: int, shift: Fraction | int = 0) -> AxisReach:
        """The stretch after an axis grew `factor` times and its element i became elements of the grown axis.

        Element i spreads over the `span` positions from `i * factor - shift` on, so that position o depends on the
        elements from `(o + shift - span + 1) / factor` to `(o + shift) / factor`.
        """
        from fractions import Fraction

        jump = Fraction(self.jump) / factor
        return AxisReach(jump, self.low + (shift - span + 1) * jump, self.high + shift * jump)


@dataclass(frozen=True)
class Reach:
    """The receptive field over all spatial axes; None instead of axes means the whole input."""

    axes: tuple[AxisReach, ...] | None
    channels_first: bool = False
    """Whether the axis that is not spatial stands in front."""

    @classmethod
    def of_input(cls, rank: int, *, channels_first: bool = False) -> Reach:
        """An input element sees itself. `rank` is the number of spatial axes."""
        return cls((AxisReach(),) * rank, channels_first)

    def with_axes(self, axes: Iterable[AxisReach]) -> Reach:
        """The same with other stretches."""
        return Reach(tuple(axes), self.channels_first)

    def whole(self) -> Reach:
        """The receptive field of an element that depends on everything."""
        return Reach(None)

    def through(self, windows: Sequence[Window], lengths: Sequence[int]) -> Reach:
        """The receptive field after one window an axis has moved over axes of these lengths."""
        if self.axes is None:
            return self
        steps = zip(self.axes, windows, lengths, strict=True)
        return self.with_axes(axis.through(window, length) for axis, window, length in steps)

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The size on every spatial axis, or None for the whole input."""
        return None if self.axes is None else tuple(axis.size for axis in self.axes)

    def merged(self, others: Sequence[Reach]) -> Reach:
        """The smallest field that holds this one and the others: an element that is made of several tensors'."""
        merged = self
        for other in others:
            merged = merged._with(other)
        return merged

    def _with(self, other: Reach) -> Reach:
        if self.axes is None or other.axes is None or len(self.axes) != len(other.axes):
            return Reach(None)
        pairs = list(zip(self.axes, other.axes, strict=True))
        if any(one.jump != two.jump for one, two in pairs):
            return Reach(None)
        return self.with_axes(AxisReach(one.jump, min(one.low, two.low), max(one.high, two.high)) for one, two in pairs)
