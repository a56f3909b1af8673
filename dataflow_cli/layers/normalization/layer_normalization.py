"""The layer normalization layer (Ba et al., "Layer normalization", 2016).

    out = (in - mean) / sqrt(variance + epsilon) · gamma + beta

Mean and variance are taken over `axis` of each sample, by itself; gamma and beta have one element for each place along
these axes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.layers.normalization.along_axes import AlongAxes
from dataflow_cli.layers.normalization.learned import Learned
from dataflow_cli.layers.tiling import NO_TILES, Tiling, by_row
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.tiling import Work
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class LayerNormalization(Learned, AlongAxes):
    """Every sample shifted and scaled to mean 0 and variance 1 along its channels or other axes."""

    type: ClassVar[str] = "layer_normalization"
    takes_moments: ClassVar[bool] = True
    rescales: ClassVar[bool] = True
    torch_rows: ClassVar[frozenset[str]] = frozenset({"gamma", "beta"})
    torch_defaults: ClassVar[Mapping[str, Any]] = {"epsilon": 1e-5}
    temporaries: ClassVar[int] = 2
    epsilon: float = option(Number(0), "added to the variance, against division by zero", 0.001)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        shape = tuple(inputs[0][position] for position in self.positions(inputs[0]))
        learned = {"gamma": Parameter(shape, fill=1)} if self.scale else {}
        return learned | ({"beta": Parameter(shape, fill=0)} if self.center else {})

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        from dataflow_cli.layers.torch_order import axes_there
        from dataflow_cli.layers.torch_stored import moved, same

        positions = self.positions(inputs[0])
        if len(positions) < 2:
            return same(shape)
        there = [axis for axis in axes_there(order.over_last(inputs[0]), inputs[0]) if axis in positions]
        return moved(shape, tuple(there.index(axis) for axis in positions))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        learned = self.own(parameters)
        return kernels.normalization.layer_normalize(
            x,
            axes=[position + 1 for position in self.positions(x.shape[1:])],
            gamma=learned.get("gamma"),
            beta=learned.get("beta"),
            epsilon=self.epsilon,
            engine=engine,
        )

    def tiling(self, inputs: Shapes) -> Tiling:
        """Where the numbers that belong together are those of the last axis."""
        return Tiling(self._job) if self.positions(inputs[0]) == (len(inputs[0]) - 1,) else NO_TILES

    def _job(self, work: Work) -> Job:
        (x,), learned = work.inputs, self.own(work.parameters)
        job = kernels.normalization.normalizing_job(
            x.reshape(-1, x.shape[-1]),
            learned.get("gamma"),
            learned.get("beta"),
            [by_row(stage) for stage in work.stages],
            None if work.out is None else work.out.reshape(-1, x.shape[-1]),
            epsilon=self.epsilon,
            engine=work.engine,
        )
        return replace(job, out=job.out.reshape(x.shape))

    def _normalized(self, groups: Array) -> Array:
        """Groups (n, ...) of numbers that are normalized together, before gamma and beta."""
        axes = range(1, groups.ndim)
        return kernels.normalization.layer_normalize(groups, axes=axes, epsilon=self.epsilon)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        positions = self.positions(x.shape)
        group = explaining.taken(x, [range(n) if axis in positions else at[axis] for axis, n in enumerate(x.shape)])
        learned = explaining.uses(self.own(parameters), ("gamma", "beta"), tuple(at[axis] for axis in positions))
        place = (0, *(at[axis] for axis in positions))
        value = float(self._normalized(group.values[np.newaxis])[place])
        start = explaining.centred(at, inputs, group, self.epsilon, value)
        return explaining.unless_fixed(explaining.rescaled(start, learned), learned, self.epsilon)
