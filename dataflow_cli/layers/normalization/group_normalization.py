"""The group normalization layer (Wu and He, "Group normalization", 2018); a group a channel: instance normalization.

    out[..., c] = (in[..., c] - mean) / sqrt(variance + epsilon) · gamma[c] + beta[c]

Mean and variance are taken over a group of channels at all positions of one sample; gamma and beta have one element for
each channel c.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Integer, Number, Optional, option
from dataflow_cli.layers.normalization.learned import Learned
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class GroupNormalization(Learned, SameShape, Channels):
    """Groups of channels of every sample, each shifted and scaled to mean 0 and variance 1."""

    type: ClassVar[str] = "group_normalization"
    takes_moments: ClassVar[bool] = True
    rescales: ClassVar[bool] = True
    torch_rows: ClassVar[frozenset[str]] = frozenset({"gamma", "beta"})
    torch_defaults: ClassVar[Mapping[str, Any]] = {"epsilon": 1e-5}
    temporaries: ClassVar[int] = 3
    groups: int = option(Integer(-1), "how many groups; -1: one a channel (instance normalization)", 32)
    axis: int | None = option(
        Optional(Integer()), "the axis that is split into groups, N counted as 0; null: the channels", None
    )
    epsilon: float = option(Number(0), "added to the variance, against division by zero", 0.001)

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0, that is split. Raises LayerError if the input does not have it."""
        return self.axis_or_channels(self.axis, shape)

    def sizes(self, shape: Shape) -> tuple[int, int, int]:
        """The axis, the number of groups and the channels of each. Raises LayerError if they do not divide."""
        position = self.position(shape)
        channels = shape[position]
        groups = channels if self.groups == -1 else self.groups
        if groups < 1 or channels % groups:
            raise LayerError(
                f"{channels} channels cannot be split into {self.groups} groups",
                hint=f"write a number that divides {channels}, such as {math.gcd(channels, 32)}, or -1: one a channel",
                field="groups",
                wanted=f"a number of channels that {self.groups} divides" if self.groups else "",
            )
        return position, groups, channels // groups

    def output_shape(self, inputs: Shapes) -> Shape:
        self.sizes(inputs[0])
        return super().output_shape(inputs)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        length = (inputs[0][self.position(inputs[0])],)
        learned = {"gamma": Parameter(length, fill=1)} if self.scale else {}
        return learned | ({"beta": Parameter(length, fill=0)} if self.center else {})

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch splits the axis behind the samples', so that is where it has this one."""
        shape = inputs[0]
        return orders[0].aligned(shape).in_front(self.position(shape), len(shape))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        position, groups, size = self.sizes(inputs[0])
        by_group = np.moveaxis(wanted, position, 0).reshape(groups, -1).any(axis=1)
        along = [1] * wanted.ndim
        along[position] = -1
        return [np.broadcast_to(np.repeat(by_group, size).reshape(along), wanted.shape)]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        position, groups, size = self.sizes(x.shape[1:])
        last = np.moveaxis(x, position + 1, -1)
        found = self._normalized(last.reshape(len(x), -1, groups, size), engine).reshape(last.shape)
        parameters = self.own(parameters)
        if "gamma" in parameters:
            found *= parameters["gamma"]
        if "beta" in parameters:
            found += parameters["beta"]
        return np.moveaxis(found, -1, position + 1)

    def _normalized(self, groups: Array, engine: Engine | None = None) -> Array:
        """Numbers (n, positions, groups, channels of one), before gamma and beta."""
        return kernels.normalization.layer_normalize(groups, axes=(1, 3), epsilon=self.epsilon, engine=engine)

    def terms(self, inputs: Shapes) -> int:
        _, groups, _ = self.sizes(inputs[0])
        return math.prod(inputs[0]) // groups

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        position, _, size = self.sizes(x.shape)
        first = at[position] // size * size
        group = explaining.taken(
            x, [range(first, first + size) if axis == position else range(n) for axis, n in enumerate(x.shape)]
        )
        place = tuple(one - first if axis == position else one for axis, one in enumerate(at))
        value = float(self._normalized(group.values.reshape(1, -1, 1, 1)).reshape(group.values.shape)[place])
        learned = explaining.uses(self.own(parameters), ("gamma", "beta"), (at[position],))
        start = explaining.centred(at, inputs, group, self.epsilon, value)
        return explaining.unless_fixed(explaining.rescaled(start, learned), learned, self.epsilon)
