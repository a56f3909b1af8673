"""The parametric ReLU (He et al., "Delving deep into rectifiers", 2015).

    out[n, ...] = in[n, ...] where it is positive, alpha[...] · in[n, ...] where it is not

n: sample. alpha has the shape of a sample, with length 1 along the `shared_axes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape, normalized_axis
from dataflow_cli.layers.fields import Integer, JSONSchema, List, Optional, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


ALL = "all"


@dataclass(frozen=True)
class SharedAxes(List):
    """Axes of a sample, from 1, or all of them."""

    def read(self, value: Any) -> Any:
        return ALL if value == ALL else super().read(value)

    def describe(self) -> str:
        return f"{super().describe()}, or {ALL}"

    def schema(self) -> JSONSchema:
        return {"anyOf": [*super().schema()["anyOf"], {"const": ALL}]}


@dataclass(frozen=True, kw_only=True)
class PReLU(SameShape):
    """x where it is positive, a learned multiple of x where it is not."""

    type: ClassVar[str] = "prelu"
    torch_rows: ClassVar[frozenset[str]] = frozenset({"alpha"})
    temporaries: ClassVar[int] = 2
    torch_defaults: ClassVar[Mapping[str, Any]] = {"shared_axes": ALL}
    shared_axes: tuple[int, ...] | str | None = option(
        Optional(SharedAxes(Integer(1), single=True)),
        "axes along which alpha is the same, from 1: [1, 2]; all: one alpha",
        None,
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        self._shared(len(inputs[0]))
        return super().output_shape(inputs)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        shared = self._shared(len(inputs[0]))
        return {"alpha": Parameter(tuple(1 if axis in shared else n for axis, n in enumerate(inputs[0])), fill=0)}

    def _shared(self, dimensions: int) -> set[int]:
        """The shared axes of one sample, from 0. Raises LayerError if the input does not have them."""
        if isinstance(self.shared_axes, str):
            return set(range(dimensions))
        return {normalized_axis(axis, dimensions, self.type, field="shared_axes") for axis in self.shared_axes or ()}

    def torch_default_matters(self, field: str, inputs: Shapes) -> bool:
        return False  # the shape that PyTorch stores says it

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch has a number for each place on the axis behind the samples', so that is where it has this one."""
        shape = inputs[0]
        own = [axis for axis in range(len(shape)) if axis not in self._shared(len(shape))]
        return orders[0].aligned(shape).in_front(own[0], len(shape)) if len(own) == 1 else orders[0]

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        """One number a channel, or one for all."""
        from dataflow_cli.layers.torch_stored import one_row

        return one_row(shape)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return kernels.activations.leaky(inputs[0], parameters["alpha"])

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        start = explaining.moved(at, inputs, at)
        if start.total > 0:
            return start.then("prelu", "{}", (start.total,), start.total)
        alpha = parameters["alpha"]
        place = tuple(0 if n == 1 else i for i, n in zip(at, alpha.shape, strict=True))
        slope = explaining.Use("alpha", place, float(alpha[place]))
        after = start.then("prelu", "{} · {}", (slope.value, start.total), slope.value * start.total, slope)
        return after if slope.value else after.cut_off("With slope 0 nothing contributes below 0.")
