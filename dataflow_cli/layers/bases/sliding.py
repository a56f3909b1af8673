"""Layers that slide a window over the spatial axes: what convolution and pooling share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.layers.bases.windows import Window
    from dataflow_cli.layers.receptive_fields.links import Link
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Sliding(Spatial):
    """Base of kinds that slide one window over every spatial axis."""

    torch_has_same: ClassVar[bool] = False
    """Whether PyTorch's kind knows `padding='same'`, which it does for steps of one."""

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window on every spatial axis."""
        raise NotImplementedError

    @property
    def window_size(self) -> Shape:
        return tuple(window.size for window in self.windows)

    def output_lengths(self, lengths: Shape) -> Shape:
        """The spatial lengths of the output from those of the input."""
        axes = zip(AXES[self.rank], self.windows, lengths, strict=True)
        return tuple(window.output_length(length, axis) for axis, window, length in axes)

    def pads(self, lengths: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """The elements added (before, after) on every spatial axis of these lengths."""
        return tuple(window.pads(n) for window, n in zip(self.windows, lengths, strict=True))

    def useful(self, lengths: Sequence[int]) -> tuple[range, ...]:
        """On every spatial axis of these lengths the taps that are not in the padding at every position."""
        return tuple(window.useful(n) for window, n in zip(self.windows, lengths, strict=True))

    def slide(self, lengths: Sequence[int]) -> Slide:
        """How the useful taps move over the spatial axes of an input of these lengths."""
        axes = [window.trimmed(n) for window, n in zip(self.windows, lengths, strict=True)]
        return kernels.windows.Slide(
            tuple(axis.size for axis in axes),
            tuple(axis.stride for axis in axes),
            tuple(axis.dilation for axis in axes),
            tuple(axis.pads(n) for axis, n in zip(axes, lengths, strict=True)),
        )

    def taps(self, position: Sequence[int], lengths: Sequence[int]) -> tuple[range, ...]:
        """Where the useful taps lie on every spatial axis for one position of the output; in the padding too."""
        axes = zip(self.windows, position, lengths, strict=True)
        return tuple(window.taps(place, length) for window, place, length in axes)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return tuple(window.link(n) for window, n in zip(self.windows, lengths, strict=True))

    def moves(self, inputs: Shapes) -> tuple[Link, ...]:
        return self.links(self.split(inputs)[0])

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch adds as much before as after, but for the `same` of its convolutions that do not stride."""
        from dataflow_cli.layers.torch_order import unknown

        pads = self.pads(self.split(inputs)[0])
        for axis, window, (before, after) in zip(AXES[self.rank], self.windows, pads, strict=True):
            if window.padding == "same" and before != after and (window.stride > 1 or not self.torch_has_same):
                raise unknown(
                    f"`same` adds {before} before and {after} after along {axis}, PyTorch as much on both sides",
                    f"write PyTorch's own, such as `padding: {[max(pair) for pair in pads]}`, or "
                    f"`padding: {[list(pair) for pair in pads]}` to keep these",
                    field="padding",
                )
        return super().torch_order(orders, inputs)

    def terms(self, inputs: Shapes) -> int:
        return math.prod(map(len, self.useful(self.split(inputs)[0])))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        lengths, _ = self.split(inputs)
        axes = zip(AXES[self.rank], self.windows, lengths, strict=True)
        return tuple(f"{axis}: {window.arithmetic(length)}" for axis, window, length in axes)
