"""The batch normalization layer, as it works after training.

    out[..., c] = (in[..., c] - moving_mean[c]) / sqrt(moving_variance[c] + epsilon) · gamma[c] + beta[c]

c: channel, the axis that is normalized. Mean and variance are what training saw; the minibatch at hand plays no part.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Integer, Number, Optional, option
from dataflow_cli.layers.normalization.learned import Learned
from dataflow_cli.layers.tiling import NO_TILES, Tiling, Work, channels_at
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class BatchNormalization(Learned, SameShape, Channels):
    """Every channel shifted and scaled by the mean and variance that training saw."""

    type: ClassVar[str] = "batch_normalization"
    rescales: ClassVar[bool] = True
    torch_rows: ClassVar[frozenset[str]] = frozenset({"gamma", "beta", "moving_mean", "moving_variance"})
    torch_defaults: ClassVar[Mapping[str, Any]] = {"epsilon": 1e-5}
    axis: int | None = option(
        Optional(Integer()), "the axis that is normalized, N counted as 0, or from the end; null: the channels", None
    )
    epsilon: float = option(Number(0), "added to the variance, against division by zero", 0.001)

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0, that is normalized. Raises LayerError if the input does not have it."""
        return self.axis_or_channels(self.axis, shape)

    def follows(self, inputs: Shapes) -> frozenset[str]:
        is_default = self.position(inputs[0]) == self.axis_or_channels(None, inputs[0])
        return frozenset({"axis"}) if is_default else frozenset()

    def output_shape(self, inputs: Shapes) -> Shape:
        self.position(inputs[0])
        return super().output_shape(inputs)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        length = (inputs[0][self.position(inputs[0])],)
        learned = {"gamma": Parameter(length, fill=1)} if self.scale else {}
        learned |= {"beta": Parameter(length, fill=0)} if self.center else {}
        return learned | {
            "moving_mean": Parameter(length, fill=0, trainable=False),
            "moving_variance": Parameter(length, fill=1, trainable=False),
        }

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch normalizes the axis behind the samples', so that is where it has this one."""
        shape = inputs[0]
        return orders[0].aligned(shape).in_front(self.position(shape), len(shape))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        along = [1] * (x.ndim - 1)
        along[self.position(x.shape[1:])] = -1
        return kernels.normalization.scale_and_shift(
            x, *(vector.astype(x.dtype).reshape(along) for vector in self._scaling(parameters))
        )

    def tiling(self, inputs: Shapes) -> Tiling:
        if not inputs[0]:
            return NO_TILES
        channels = channels_at(self.position(inputs[0]), inputs[0])
        usual = channels == "last" or self.follows(inputs)
        return Tiling(self._job, stage=self._stage, channels=channels) if channels and usual else NO_TILES

    def _stage(self, parameters: Parameters, others: Arrays) -> Stage:
        scale, shift = self._scaling(parameters)
        return kernels.epilogue.Stage(scale=scale, shift=shift)

    def _job(self, work: Work) -> Job:
        scale, shift = self._scaling(work.parameters)
        return kernels.normalization.scaling_job(
            work.inputs[0], scale, shift, work.stages, work.out, engine=work.engine
        )

    def _scaling(self, parameters: Parameters) -> tuple[Array, Array]:
        """The layer as one scale and one shift a channel."""
        parameters = self.own(parameters)
        return kernels.normalization.scaling(
            mean=parameters["moving_mean"],
            variance=parameters["moving_variance"],
            gamma=parameters.get("gamma"),
            beta=parameters.get("beta"),
            epsilon=self.epsilon,
        )

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        channel = (at[self.position(inputs[0].shape[1:])],)
        seen = explaining.uses(parameters, ("moving_mean", "moving_variance"), channel)
        learned = explaining.uses(self.own(parameters), ("gamma", "beta"), channel)
        mean, variance = (use.value for use in seen.values())
        start = explaining.moved(at, inputs, at)
        result = explaining.rescaled(explaining.standardized(start, start.total, mean, variance, self.epsilon), learned)
        slope = learned["gamma"].value if "gamma" in learned else 1.0
        with np.errstate(all="ignore"):
            slope = float(slope / np.sqrt(np.float64(variance + self.epsilon)))
        result = explaining.split(replace(result, uses=(*seen.values(), *result.uses)), slope, start.total)
        return result if slope else result.cut_off("gamma is 0: the input plays no part.")
