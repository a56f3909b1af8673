"""Channels into space and back: blocks of b · b positions become channels, or are made of them.

    depth_to_space, DCR:  out[n, r·b + i, s·b + j, c] = in[n, r, s, (i·b + j)·C + c]
    depth_to_space, CRD:  out[n, r·b + i, s·b + j, c] = in[n, r, s, (c·b + i)·b + j]

n: sample; r, i: row and row in its block; s, j: column; c: one of C channels. space_to_depth is the way back. DCR is
what TensorFlow computes and ONNX does by default, CRD is PyTorch's pixel shuffle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.fields import Choice, Integer, option
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Blocks(Rearranging, Spatial):
    """Base of both ways."""

    rank: ClassVar[int] = 2
    torch_defaults: ClassVar[Mapping[str, Any]] = {"mode": "CRD"}
    block_size: int = option(Integer(1), "rows and columns of a block")
    mode: str = option(Choice(("DCR", "CRD")), "which runs faster among the channels: theirs, or the block's", "DCR")

    def in_order(self, *, inputs: bool) -> bool:
        return False


@dataclass(frozen=True, kw_only=True)
class DepthToSpace(Blocks):
    """Every position's channels as a block of positions (height, width, channels)."""

    type: ClassVar[str] = "depth_to_space"

    def output_shape(self, inputs: Shapes) -> Shape:
        (height, width), channels = self.split(inputs)
        if channels % self.block_size**2:
            raise LayerError(
                f"{channels} channels do not fill blocks of {self.block_size} x {self.block_size}",
                hint=f"the channels must be a multiple of {self.block_size**2}",
                field="block_size",
                wanted=f"channels that {self.block_size**2} divides",
            )
        return self.join((height * self.block_size, width * self.block_size), channels // self.block_size**2)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return (Link(shift=1 - self.block_size, taps=self.block_size, growth=self.block_size),) * 2

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        (height, width), channels = self.split(inputs)
        b = self.block_size
        grown = tuple(f"{axis}: {n}·{b} = {n * b}" for axis, n in (("height", height), ("width", width)))
        return (*grown, f"channels: {channels} / {b * b} = {channels // (b * b)}")

    def arranged(self, x: Array) -> Array:
        x, b = self.to_last(x), self.block_size
        n, height, width, channels = x.shape
        c = channels // (b * b)
        if self.mode == "DCR":
            blocks = x.reshape(n, height, width, b, b, c).transpose(0, 1, 3, 2, 4, 5)
        else:
            blocks = x.reshape(n, height, width, c, b, b).transpose(0, 1, 4, 2, 5, 3)
        return self.from_last(blocks.reshape(n, height * b, width * b, c))


@dataclass(frozen=True, kw_only=True)
class SpaceToDepth(Blocks):
    """Every block of positions as channels of one (height, width, channels)."""

    type: ClassVar[str] = "space_to_depth"

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        for axis, n in zip(("height", "width"), lengths, strict=True):
            if n % self.block_size:
                raise LayerError(
                    f"{axis} {n} cannot be split into blocks of {self.block_size}",
                    hint="crop or pad it to a multiple of block_size",
                    field="block_size",
                    wanted=f"{axis} that {self.block_size} divides",
                )
        height, width = lengths
        return self.join((height // self.block_size, width // self.block_size), channels * self.block_size**2)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return (Link(stride=self.block_size, taps=self.block_size),) * 2

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        (height, width), channels = self.split(inputs)
        b = self.block_size
        smaller = tuple(f"{axis}: {n} / {b} = {n // b}" for axis, n in (("height", height), ("width", width)))
        return (*smaller, f"channels: {channels}·{b * b} = {channels * b * b}")

    def arranged(self, x: Array) -> Array:
        x, b = self.to_last(x), self.block_size
        n, height, width, c = x.shape
        blocks = x.reshape(n, height // b, b, width // b, b, c)
        order = (0, 1, 3, 2, 4, 5) if self.mode == "DCR" else (0, 1, 3, 5, 2, 4)
        return self.from_last(blocks.transpose(order).reshape(n, height // b, width // b, c * b * b))
