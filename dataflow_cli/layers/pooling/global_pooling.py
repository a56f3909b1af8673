"""Global pooling layers in one, two and three dimensions: one number a channel.

    max:      out[n, c] = max_p   in[n, p, c]
    average:  out[n, c] = mean_p  in[n, p, c]

n: sample; p: position, one index a spatial axis; c: channel. The average of a sequence with a mask is that of the steps
that count.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.bases.masked import NAMED, Masked, check_mask, counts, mask_block
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class GlobalPooling(Spatial):
    """Base of all global pooling layers."""

    is_monotone: ClassVar[bool] = True
    keepdims: bool = option(Boolean(), "keep the spatial axes, with length 1", False)

    def output_shape(self, inputs: Shapes) -> Shape:
        _, channels = self.split(inputs)
        return self.join((1,) * self.rank, channels) if self.keepdims else (channels,)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """A mean is taken along one axis after the other."""
        lengths, channels = self.split(inputs)
        return kernels.method.beside(2 * samples * math.prod(lengths[1:]) * channels)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        lengths, channels = self.split(inputs)
        return (f"{'·'.join(map(str, lengths))} positions become 1 in each of {channels} channels",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import plain

        behind = super().torch_order(orders, inputs)
        return behind if self.keepdims else plain(self.split(inputs)[1], first=behind.first)

    def terms(self, inputs: Shapes) -> int:
        return math.prod(self.split(inputs)[0])

    def under(self, at: Shape, inputs: Arrays) -> Taken:
        """All positions of the channel that one element of the output is made from."""
        x = inputs[0][0]
        channel = self.apart(at)[1] if self.keepdims else at[0]
        return explaining.taken(x, self.index([range(n) for n in self.split([x.shape])[0]], channel))

    def shaped(self, values: Array) -> Array:
        """Values (N, channels) in the shape of the output."""
        if not self.keepdims:
            return values
        return values.reshape(len(values), *self.join((1,) * self.rank, values.shape[-1]))


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPooling(GlobalPooling):
    """Base of global_max_pooling1d, global_max_pooling2d and global_max_pooling3d."""

    selects: ClassVar[bool] = True

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.shaped(kernels.pooling.global_max(self.to_last(inputs[0])))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.largest(at, inputs, self.under(at, inputs))


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling(GlobalPooling):
    """Base of global_average_pooling1d, global_average_pooling2d and global_average_pooling3d."""

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.shaped(kernels.pooling.global_average(self.to_last(inputs[0])))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.mean(at, inputs, self.under(at, inputs))


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest element of every channel of a signal or sequence (length, channels)."""

    type: ClassVar[str] = "global_max_pooling1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest element of every channel of a picture (height, width, channels)."""

    type: ClassVar[str] = "global_max_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest element of every channel of a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "global_max_pooling3d"
    rank: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling1D(Masked, GlobalAveragePooling):
    """The mean of every channel of a signal or sequence (length, channels)."""

    type: ClassVar[str] = "global_average_pooling1d"
    rank: ClassVar[int] = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        check_mask(self.mask(inputs), self.split(inputs)[0], named=NAMED in self.masks)
        return super().output_shape(inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [*super().feeds(wanted, inputs[:1]), *(np.full(shape, wanted.any()) for shape in inputs[1:])]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        mask = self.mask(inputs)
        if mask is None:
            return super().forward(inputs, parameters, engine)
        kept, x = counts(mask), self.to_last(inputs[0])
        sums = np.where(kept[:, :, np.newaxis], x, x.dtype.type(0)).sum(axis=1)
        return self.shaped(sums / kept.sum(axis=1, keepdims=True).astype(x.dtype))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        mask = self.mask(inputs)
        if mask is None:
            return super().explain(at, inputs, parameters)
        under, kept, block = self.under(at, inputs), counts(mask[0]), mask_block(mask[0], 1)
        if not kept.any():
            return explaining.from_blocks(at, inputs, [block], math.nan, "no step counts: 0 / 0")
        window = replace(under, values=np.where(kept, under.values, 0), inside=kept)
        mean = explaining.mean(at, inputs, window)
        return replace(mean, blocks=(*mean.blocks, block), roles=(mean.roles[0], block.roles))


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of every channel of a picture (height, width, channels)."""

    type: ClassVar[str] = "global_average_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of every channel of a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "global_average_pooling3d"
    rank: ClassVar[int] = 3
