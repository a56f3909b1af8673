"""What softmax and log_softmax share: a function of all elements along an axis."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import ActivationFunction, Whole, normalized_axis
from dataflow_cli.layers.bases.channels import Channels, format_beside_axis
from dataflow_cli.layers.fields import Integer, List, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

PLAIN = 10
"""Up to here exponentials are written as in the formula; beyond, relative to the largest."""


@dataclass(frozen=True, kw_only=True)
class AlongAxis(ActivationFunction, Channels):
    """Base of kinds whose elements depend on all others along an axis."""

    temporaries: ClassVar[int] = 1
    axis: tuple[int, ...] = option(
        List(Integer(), single=True), "the axis or axes that sum to 1, N counted as 0; -1: the last", -1
    )
    data_format: str = format_beside_axis()

    def classes_along(self, dimensions: int, *, channels_first: bool) -> int | None:
        axes = {axis - 1 if axis > 0 else axis + dimensions for axis in self.axis}
        return axes.pop() if len(axes) == 1 else None

    def positions(self, shape: Shape) -> tuple[int, ...]:
        """The axes of one sample, from 0. Raises LayerError if the input does not have them."""
        return tuple(sorted({normalized_axis(axis, len(shape), self.type) for axis in self.axis}))

    def output_shape(self, inputs: Shapes) -> Shape:
        self.positions(inputs[0])
        return super().output_shape(inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0])

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.activations.linear import Linear

        return self.follow(explaining.moved(at, inputs, at), Whole(Linear(), inputs, parameters))

    def follow(self, before: Explanation, whole: Whole) -> Explanation:
        sums = whole.sums()
        axes = self.positions(sums.shape)
        row = explaining.taken(
            sums, [range(n) if axis in axes else before.at[axis] for axis, n in enumerate(sums.shape)]
        )
        places = [tuple(map(int, place)) for place in row.places.reshape(-1, sums.ndim)]
        roles = whole.roles(places)
        shift, exponentials = self._exponentials(row, len(before.lines))
        before = self._to_blame(before, row, places, whole)
        after = replace(before, roles=roles, blocks=(*before.blocks, exponentials))
        if shift:
            after = after.then("largest logit", "{}", (shift,), shift)
        after = after.then("sum of exponentials", "", exponentials.terms.reshape(-1).tolist(), exponentials.subtotal)
        return self.concluded(replace(after, total=float(sums[before.at])), shift, exponentials.subtotal)

    def _to_blame(self, before: Explanation, row: Taken, places: Sequence[Shape], whole: Whole) -> Explanation:
        """What is explained: the logit itself, but if another one is NaN or infinite, which makes all NaN, that one."""
        from dataflow_cli.kernels.ranking import ranked

        first = int(ranked(row.values.reshape(-1))[0])
        value = float(row.values.reshape(-1)[first])
        if value < math.inf or places[first] == before.at:
            return before
        other = whole.explain(places[first])
        place = ", ".join(map(str, other.at))
        move = f"the logit at [{place}] is {value}, which makes every {self.type} NaN: this is how that came about"
        return replace(other, at=before.at, moves=(*other.moves, move))

    def _exponentials(self, row: Taken, after: int) -> tuple[float, Block]:
        """The logits with their exponentials; large ones are taken relative to the largest, so that none overflows."""
        largest = float(row.values.max())
        shift = largest if not abs(largest) <= PLAIN else 0.0
        with np.errstate(all="ignore"):
            terms = np.exp(row.values - shift)
        name = "exp(logit - largest)" if shift else "exp(logit)"
        block = explaining.own(
            "logits", "logits", row.values, row.places, terms, value_name="logit", term_name=name, after=after
        )
        return shift, block

    def concluded(self, before: Explanation, shift: float, total: float) -> Explanation:
        """The last line: from the logit, what was subtracted, and the sum of the exponentials."""
        raise NotImplementedError

    def terms(self, inputs: Shapes) -> int:
        return math.prod(inputs[0][axis] for axis in self.positions(inputs[0]))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [receptive_fields.feeding.along(wanted, self.positions(inputs[0]))]

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        within = self.positions(inputs[0]) == (self.channels_axis(len(inputs[0])),)
        return seen[0] if within and len(inputs[0]) > 1 else seen[0].whole()


def share(before: Explanation, shift: float, total: float) -> Explanation:
    """The last line of a softmax: the logit's exponential as a part of the sum of all."""
    x = before.total
    value = math.exp(x - shift) / total  # of a logit of -inf, which masks a class, it is 0
    expression, numbers = ("exp({} - {}) / {}", (x, shift, total)) if shift else ("exp({}) / {}", (x, total))
    return before.then("softmax", expression, numbers, value)
