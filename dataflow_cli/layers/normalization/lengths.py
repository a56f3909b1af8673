"""Normalizations by how large the numbers are together, without a mean.

    rms_normalization:   out = in / sqrt(mean(in²) + epsilon) · scale      (Zhang and Sennrich, 2019)
    unit_normalization:  out = in / sqrt(Σ in²)

Mean and sum are taken over `axis` of each sample.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.layers.normalization.along_axes import AlongAxes
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

SMALLEST = 1e-12
"""What a vector's length is taken for if it is smaller."""


@dataclass(frozen=True, kw_only=True)
class ByLength(AlongAxes):
    """Base of both."""

    temporaries: ClassVar[int] = 2

    def group(self, at: Shape, x: Array) -> Taken:
        """The numbers of one sample that an element is normalized with."""
        positions = self.positions(x.shape)
        return explaining.taken(x, [range(n) if axis in positions else at[axis] for axis, n in enumerate(x.shape)])


@dataclass(frozen=True, kw_only=True)
class RMSNormalization(ByLength):
    """Every sample divided by its root mean square along its channels or other axes."""

    type: ClassVar[str] = "rms_normalization"
    hands_mask_on: ClassVar[bool] = False  # Keras drops it
    torch_rows: ClassVar[frozenset[str]] = frozenset({"scale"})
    torch_defaults: ClassVar[Mapping[str, Any]] = {"epsilon": 2.0**-23}  # what float32 can tell from 1
    epsilon: float = option(Number(0), "added to the mean square, against division by zero", 1e-6)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"scale": Parameter(tuple(inputs[0][axis] for axis in self.positions(inputs[0])), fill=1)}

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        positions = self.positions(x.shape[1:])
        along = [n if axis in positions else 1 for axis, n in enumerate(x.shape[1:])]
        axes = [axis + 1 for axis in positions]
        return kernels.normalization.rms_normalize(x, axes, parameters["scale"].reshape(along), self.epsilon)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        block = explaining.squares(self.group(at, x), at)
        scale = explaining.uses(parameters, ("scale",), tuple(at[axis] for axis in self.positions(x.shape)))["scale"]
        value = float(x[at])
        root = math.sqrt(block.subtotal + self.epsilon)
        found = value / root if root else math.nan
        start = explaining.from_blocks(at, inputs, [block], value)
        start = start.then("mean square", f"{{}} / {block.count}", (block.terms.sum(),), block.subtotal)
        start = start.then("normalized", "{} / sqrt({} + {})", (value, block.subtotal, self.epsilon), found)
        result = start.then("times scale", "{} · {}", (found, scale.value), found * scale.value, scale)
        if scale.value == 0:
            return result.cut_off("scale is 0: the input plays no part.")
        stiff = block.count == 1 and self.epsilon == 0
        return result.cut_off("One number alone always gives 1 or -1.") if stiff else result


@dataclass(frozen=True, kw_only=True)
class UnitNormalization(ByLength):
    """Every sample brought to length 1 along its channels or other axes."""

    type: ClassVar[str] = "unit_normalization"

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        axes = [axis + 1 for axis in self.positions(inputs[0].shape[1:])]
        return kernels.normalization.unit_normalize(inputs[0], axes, SMALLEST)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        block = explaining.squares(self.group(at, x), at)
        value, square = float(x[at]), float(block.terms.sum())
        start = explaining.from_blocks(at, inputs, [block], value)
        length = max(math.sqrt(square), SMALLEST)
        start = start.then("length", "sqrt({})", (square,), length)
        result = start.then("normalized", "{} / {}", (value, length), value / length)
        return result.cut_off("One number alone always gives 1 or -1.") if block.count == 1 else result
