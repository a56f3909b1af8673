"""The layer normalization layer (Ba et al., "Layer normalization", 2016).

    out = (in - mean) / sqrt(variance + epsilon) · gamma + beta

Mean and variance are taken over `axis` of each sample, by itself; gamma and beta have one element for each place along
these axes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Parameter, SameShape, normalized_axis
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Boolean, Integer, List, Number, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class LayerNormalization(SameShape, Channels):
    """Every sample shifted and scaled to mean 0 and variance 1 along its channels or other axes."""

    type: ClassVar[str] = "layer_normalization"
    rescales: ClassVar[bool] = True
    torch_rows: ClassVar[frozenset[str]] = frozenset({"gamma", "beta"})
    torch_defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-5}
    temporaries: ClassVar[int] = 2
    axis: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)),
        "the axes that are normalized, N counted as 0, or from the end; null: the channels",
        None,
    )
    epsilon: float = option(Number(0), "added to the variance, against division by zero", 0.001)
    center: bool = option(Boolean(), "whether beta is added", True)
    scale: bool = option(Boolean(), "whether the result is multiplied by gamma", True)

    def positions(self, shape: Shape) -> tuple[int, ...]:
        """The axes of one sample, from 0, that are normalized. Raises LayerError if the input does not have them."""
        if self.axis is None and shape:
            return (self.channels_axis(len(shape)),)
        return tuple(sorted({normalized_axis(axis, len(shape), self.type) for axis in self.axis or (-1,)}))

    def output_shape(self, inputs: Shapes) -> Shape:
        self.positions(inputs[0])
        return super().output_shape(inputs)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        shape = tuple(inputs[0][position] for position in self.positions(inputs[0]))
        learned = {"gamma": Parameter(shape, fill=1)} if self.scale else {}
        return learned | ({"beta": Parameter(shape, fill=0)} if self.center else {})

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch normalizes the last axes, so that is where it has these."""
        shape = inputs[0]
        return orders[0].over_last(shape).behind(self.positions(shape), len(shape))

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        from dataflow_cli.layers.torch_order import axes_there
        from dataflow_cli.layers.torch_stored import moved, same

        positions = self.positions(inputs[0])
        if len(positions) < 2:
            return same(shape)
        there = [axis for axis in axes_there(order.over_last(inputs[0]), inputs[0]) if axis in positions]
        return moved(shape, tuple(there.index(axis) for axis in positions))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        within = self.positions(inputs[0]) == (self.channels_axis(len(inputs[0])),)
        return seen[0] if within and len(inputs[0]) > 1 else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [receptive_fields.feeding.along(wanted, self.positions(inputs[0]))]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        positions = self.positions(x.shape[1:])
        along = [length if axis in positions else 1 for axis, length in enumerate(x.shape[1:])]
        shaped = {name: values.reshape(along) for name, values in parameters.items()}
        return kernels.normalization.layer_normalize(
            x,
            axes=[position + 1 for position in positions],
            gamma=shaped.get("gamma"),
            beta=shaped.get("beta"),
            epsilon=self.epsilon,
        )

    def _normalized(self, groups: Array) -> Array:
        """Groups (n, ...) of numbers that are normalized together, before gamma and beta."""
        axes = range(1, groups.ndim)
        return kernels.normalization.layer_normalize(groups, axes=axes, gamma=None, beta=None, epsilon=self.epsilon)

    def terms(self, inputs: Shapes) -> int:
        return math.prod(inputs[0][axis] for axis in self.positions(inputs[0]))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        positions = self.positions(x.shape)
        group = explaining.taken(x, [range(n) if axis in positions else at[axis] for axis, n in enumerate(x.shape)])
        mean = float(group.values.mean())
        block = explaining.spread(group, mean, at)
        learned = explaining.uses(parameters, ("gamma", "beta"), tuple(at[axis] for axis in positions))
        start = explaining.from_blocks(at, inputs, [block], float(x[at]))
        start = start.then(f"mean of {block.count}", f"{{}} / {block.count}", (group.values.sum(),), mean)
        start = start.then("variance", f"{{}} / {block.count}", (block.terms.sum(),), block.subtotal)
        place = (0, *(at[axis] for axis in positions))
        value = float(self._normalized(group.values[np.newaxis])[place])
        start = explaining.standardized(start, float(x[at]), mean, block.subtotal, self.epsilon, value=value)
        result = explaining.rescaled(start, learned)
        if "gamma" in learned and learned["gamma"].value == 0:
            return result.cut_off("gamma is 0: the input plays no part.")
        stiff = block.count == 1 or (block.count == 2 and self.epsilon == 0)  # two numbers always become -1 and 1
        return result.cut_off("So few numbers always give the same: only their order counts.") if stiff else result
