"""The rescaling layer: every number times a scale plus an offset, the same for all or one for each channel.

    out[..., c] = in[..., c] · scale[c] + offset[c]

c: channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import SameShape
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import List, Number, option
from dataflow_cli.layers.tiling import NO_TILES, Tiling, Work, channels_at
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Rescaling(SameShape, Channels):
    """The number times a scale, plus an offset."""

    type: ClassVar[str] = "rescaling"
    scale: tuple[float, ...] = option(
        List(Number(), single=True), "what it is multiplied by: 1/255 is 0.00392156862745098; or one number a channel"
    )
    offset: tuple[float, ...] = option(List(Number(), single=True), "what is added then, or one number a channel", 0)

    def output_shape(self, inputs: Shapes) -> Shape:
        self.check_channels(inputs[0])
        channels = inputs[0][self.channels_axis(len(inputs[0]))]
        for field in ("scale", "offset"):
            if len(getattr(self, field)) not in (1, channels):
                raise LayerError(
                    f"{len(getattr(self, field))} numbers for {channels} channels",
                    hint=f"write one number, or {channels}",
                    field=field,
                )
        return super().output_shape(inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        along = [1] * (x.ndim - 1)
        axis = self.channels_axis(len(along))
        along[axis] = x.shape[1 + axis]
        scale, offset = (one.astype(x.dtype).reshape(along) for one in self._numbers(along[axis]))
        return kernels.normalization.scale_and_shift(x, scale, offset)

    def tiling(self, inputs: Shapes) -> Tiling:
        channels = channels_at(self.channels_axis(len(inputs[0])), inputs[0])
        return Tiling(self._job, channels=channels) if channels else NO_TILES

    def _job(self, work: Work) -> Job:
        (x,) = work.inputs
        scale, offset = (one.astype(x.dtype) for one in self._numbers(x.shape[-1]))
        return kernels.normalization.scaling_job(x, scale, offset, work.stages, work.out, engine=work.engine)

    def _numbers(self, channels: int) -> tuple[Array, Array]:
        """A scale and an offset a channel."""
        scale, offset = (np.array(np.broadcast_to(one, (channels,))) for one in (self.scale, self.offset))
        return scale, offset

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        channel = at[self.channels_axis(len(at))]
        scale, offset = (one[channel % len(one)] for one in (self.scale, self.offset))
        start = explaining.moved(at, inputs, at)
        x = start.total
        result = explaining.split(
            start.then("rescaling", "{} · {} + {}", (x, scale, offset), x * scale + offset), scale, x
        )
        return result if scale else result.cut_off("Times 0 nothing contributes.")
