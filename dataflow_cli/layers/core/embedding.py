"""The embedding layer: a table with one row of numbers for every index.

    out[n, p, :] = embeddings[ in[n, p], : ]
    mask[n, p]   = 1 if in[n, p] ≠ 0, else 0        with mask_zero

n: sample; p: position in the sequence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, Parameter, SameShape
from dataflow_cli.layers.bases.indices import Numbered
from dataflow_cli.layers.bases.masked import MASK_INSIDE, StepMask
from dataflow_cli.layers.fields import Boolean, Integer, option
from dataflow_cli.layers.receptive_fields.receptive_field import AxisField, ReceptiveField
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Embedding(Layer):
    """A row of learned numbers for every index."""

    type: ClassVar[str] = "embedding"
    insides: ClassVar[Mapping[str, str]] = MASK_INSIDE
    takes_indices: ClassVar[bool] = True
    input_dim: int = option(Integer(1), "number of indices: they run from 0 to input_dim - 1")
    output_dim: int = option(Integer(1), "how many numbers stand for an index")
    mask_zero: bool = option(Boolean(), "index 0 is padding: what follows leaves those steps out", False)

    @property
    def makes_mask(self) -> bool:
        return self.mask_zero

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return self.insides if self.mask_zero else {}

    def inside(self, name: str) -> Layer:
        return NotPadding()

    @property
    def has_sequences(self) -> bool:
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        return (*inputs[0], self.output_dim)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"embeddings": Parameter((self.input_dim, self.output_dim))}

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return {0: self.input_dim}

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        axes = seen[0].axes
        if axes is None or len(axes) == len(inputs[0]):
            return seen[0]
        if seen[0].along is not None:
            return seen[0].whole()
        return ReceptiveField((*axes, AxisField()))  # what was the last axis of the input is now a spatial one

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [np.asarray(wanted.any(axis=-1))]

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """Indices are looked at before they are used, and are twice as large then."""
        return kernels.method.beside(4 * samples * math.prod(inputs[0]))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{self.output_dim} numbers for every index",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import embedded

        return embedded(orders[0], inputs[0])

    @property
    def indices(self) -> Numbered:
        """What it takes."""
        negative = "the first row of the table has index 0: there is none for a negative one"
        too_large = "input_dim must be larger than the largest index"
        return Numbered(self.type, self.input_dim, "input_dim", too_large, negative)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        result: Array = parameters["embeddings"][self.indices.read(inputs[0])]
        return result

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        *place, column = at
        index = int(inputs[0][(0, *place)])
        value = float(parameters["embeddings"][index, column])
        move = f"index {index}: row {index} of the table, column {column}"
        start = explaining.from_blocks(
            at, inputs, [explaining.element("index", inputs[0][0], tuple(place))], value, move
        )
        return start.then("value", "{}", [value], value, explaining.Use("embeddings", (index, column), value))


@dataclass(frozen=True, kw_only=True)
class NotPadding(StepMask, SameShape):
    """Which indices are not 0, which stands for padding."""

    type: ClassVar[str] = "embedding"

    def steps(self, x: Array) -> Array:
        found: Array = x != 0
        return found

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.explaining.explanation import CANDIDATE

        block = explaining.element("index", inputs[0][0], at)
        value = float(block.subtotal != 0)
        move = f"index {block.subtotal:g} {'counts' if value else 'is padding'}"
        start = explaining.from_blocks(at, inputs, [explaining.silent(block, CANDIDATE)], value, move)
        return start.then("counts", "{} ≠ 0", [block.subtotal], value)
