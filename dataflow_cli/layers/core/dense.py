"""The dense (fully connected) layer.

    out[n, u] = activation( Σ_i  in[n, i] · kernel[i, u]  +  bias[u] )

n: sample; i: input; u: unit. The kernel is stored as (inputs, units), the transpose of the textbook's W in
a = σ(W x + b) with column vectors. With more than one axis, the last one is the input and the others stay.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.activated import Activated
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.tiling import Tiling, Work, by_row
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Dense(Activated):
    """Every unit is a weighted sum of all inputs plus a bias."""

    type: ClassVar[str] = "dense"
    hands_mask_on: ClassVar[bool] = True
    has_units: ClassVar[bool] = True
    sums_products: ClassVar[bool] = True
    torch_kernels: ClassVar[frozenset[str]] = frozenset({"kernel"})
    torch_rows: ClassVar[frozenset[str]] = frozenset({"kernel"})
    units: int = option(Integer(1), "number of outputs")
    use_bias: bool = bias.field("unit")

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return (*super().axes(dimensions, channels_first=channels_first)[:-1], "unit")

    def output_shape(self, inputs: Shapes) -> Shape:
        (shape,) = inputs
        if not shape:
            message, hint = "dense takes a vector, found a single number", "add a reshape layer before it"
            raise LayerError(message, hint=hint, wanted="a vector")
        return (*shape[:-1], self.units)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        kernel = Parameter((inputs[0][-1], self.units))
        return {"kernel": kernel} | bias.parameter(self.units, used=self.use_bias)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        (shape,) = inputs
        return ((*shape, self.units),)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """Along channels that stand last it is a 1 x 1 convolution; a vector, or another axis, is seen whole."""
        before = seen[0]
        along_channels = len(inputs[0]) > 1 and not before.channels_first
        return self.activated_field(before if along_channels else before.whole(), inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [receptive_fields.feeding.grouped(self.before_activation(wanted, inputs), 1, inputs[0][-1])]

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import plain

        (shape,) = inputs
        if len(shape) == 1:
            return plain(self.units, first=orders[0].first)
        return orders[0].over_last(shape).behind((len(shape) - 1,), len(shape))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"units: {self.units}",)

    def tiling(self, inputs: Shapes) -> Tiling:
        return Tiling(self._job)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        *others, length = inputs[0]
        return kernels.dense.dense_method(samples * math.prod(others), length, self.units, kept=kept)

    def _job(self, work: Work) -> Job:
        """With more than one axis, every place is a row."""
        (x,), kernel = work.inputs, work.parameters["kernel"]
        stages = [by_row(stage) for stage in bias.before(work.parameters, work.activated(self.activating).stages)]
        out = None if work.out is None else work.out.reshape(-1, self.units)
        job = kernels.dense.dense_job(x.reshape(-1, x.shape[-1]), kernel, stages, out, engine=work.engine)
        return replace(job, out=job.out.reshape(*x.shape[:-1], self.units))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return kernels.dense.dense(inputs[0], parameters["kernel"], parameters.get("bias"), engine=engine)

    def kernel_gradient(self, x: Array, by: Array) -> Array:
        return kernels.gradients.of_rows(x, by)

    def terms(self, inputs: Shapes) -> int:
        return inputs[0][-1]

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        *others, unit = at
        x, kernel = inputs[0][0], parameters["kernel"]
        along = range(len(kernel))
        row = explaining.weighted(
            f"row {unit} of W",
            "row",
            explaining.taken(x, (*others, along)),
            explaining.taken(kernel, (along, unit)),
            "kernel",
        )
        result = explaining.summed(at, inputs, [row])
        return bias.explained(result, unit, parameters)
