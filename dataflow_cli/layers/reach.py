"""The receptive field: which stretch of the network's input one element of a tensor depends on.

On every spatial axis the element at position i sees the input from `low + i * jump` to `high + i * jump`, both included.
A convolution of size k, dilation d and stride s over a padded axis widens the stretch by (k - 1) d and multiplies the
jump by s (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016; Araujo et al., "Computing
receptive fields of convolutional neural networks", Distill 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow_cli.layers.windows import Window


@dataclass(frozen=True)
class AxisReach:
    """The stretch on one axis, in elements of the network's input."""

    jump: Fraction = Fraction(1)
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)

    @property
    def size(self) -> int:
        """How many elements of the input the stretch holds."""
        return floor(self.high) - ceil(self.low) + 1

    def through(self, window: Window, length: int) -> AxisReach:
        """The stretch after a window has moved along this axis of `length`."""
        back = window.pads(length)[0] * self.jump
        ahead = (window.span - 1) * self.jump
        return AxisReach(self.jump * window.stride, self.low - back, self.high - back + ahead)

    def stretched(self, factor: int, spread: int = 0, shift: int = 0) -> AxisReach:
        """The stretch after an axis grew `factor` times and each element depends on `spread` + 1 neighbours or fewer.

        Positions of the grown axis lie between those of the old one, so the bounds are rounded outwards.
        """
        jump = self.jump / factor
        return AxisReach(jump, self.low + (shift - factor + 1) * jump - spread * self.jump, self.high + shift * jump)


@dataclass(frozen=True)
class Reach:
    """The receptive field over all spatial axes; None instead of axes means the whole input."""

    axes: tuple[AxisReach, ...] | None

    @classmethod
    def of_input(cls, rank: int) -> Reach:
        """An input element sees itself. `rank` is the number of spatial axes."""
        return cls((AxisReach(),) * rank)

    def whole(self) -> Reach:
        """The receptive field of an element that depends on everything."""
        return Reach(None)

    def through(self, windows: Sequence[Window], lengths: Sequence[int]) -> Reach:
        """The receptive field after one window an axis has moved over axes of these lengths."""
        if self.axes is None:
            return self
        steps = zip(self.axes, windows, lengths, strict=True)
        return Reach(tuple(axis.through(window, length) for axis, window, length in steps))

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
        return Reach(
            tuple(
                AxisReach(max(one.jump, two.jump), min(one.low, two.low), max(one.high, two.high))
                for one, two in zip(self.axes, other.axes, strict=True)
            )
        )
