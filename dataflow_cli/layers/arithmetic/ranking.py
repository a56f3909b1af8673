"""Which numbers along an axis are the largest, and where they stand.

    argmax, argmin:  out[n, ...] = the place of the largest (smallest) number along `axis`, the first of equals
    top_k:           `top_k_1:values`, the k largest along `axis`, the largest first; `top_k_1:indices`, their places

A number that is none (NaN) counts as the largest. Places are whole numbers, in the type that the network computes in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.arithmetic.reduce import Reduction
from dataflow_cli.layers.base import Layer, normalized_axis
from dataflow_cli.layers.explaining.explanation import CANDIDATE, SOURCE
from dataflow_cli.layers.fields import Boolean, Integer, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Place(Reduction):
    """Base of argmax and argmin."""

    rescales: ClassVar[bool] = True
    combine: ClassVar[str]

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.axis is not None and len(self.axis) > 1:
            raise LayerError(
                f"{self.type} takes one axis, found {len(self.axis)}",
                hint="write one axis, or null for the place among all numbers of a sample, row by row",
                field="axis",
            )
        return super().output_shape(inputs)

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        rows = x.transpose([*kept, *axes]).reshape(*(x.shape[axis] for axis in kept), -1)
        places = (np.argmax if self.combine == "max" else np.argmin)(rows, axis=-1)
        shape = [1 if axis in axes else n for axis, n in enumerate(x.shape) if self.keepdims or axis not in axes]
        result: Array = places.reshape(shape).astype(x.dtype)
        return result

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        block = explaining.largest(at, inputs, group, self.combine).blocks[0]
        flat = group.values.reshape(-1)
        place = int(flat.argmax() if self.combine == "max" else flat.argmin())
        start = explaining.from_blocks(at, inputs, [explaining.silent(block, CANDIDATE)], block.subtotal)
        return start.then("place", f"of {{}}, among {flat.size}", (float(flat[place]),), place)


@dataclass(frozen=True, kw_only=True)
class ArgMax(Place):
    """Where the largest number stands along some axes."""

    type: ClassVar[str] = "argmax"
    combine: ClassVar[str] = "max"


@dataclass(frozen=True, kw_only=True)
class ArgMin(Place):
    """Where the smallest number stands along some axes."""

    type: ClassVar[str] = "argmin"
    combine: ClassVar[str] = "min"


@dataclass(frozen=True, kw_only=True)
class TopK(Layer):
    """The largest numbers along an axis, and where they stand."""

    type: ClassVar[str] = "top_k"
    parts_only: ClassVar[bool] = True
    insides: ClassVar[Mapping[str, str]] = {
        "values": "the largest numbers, the largest first",
        "indices": "where they stand on the axis, from 0",
    }
    k: int = option(Integer(1), "how many")
    axis: int = option(Integer(), "the axis, N counted as 0; -1: the last", -1)
    largest: bool = option(Boolean(), "the largest ones; else the smallest", True)
    part: str = "values"
    """Which of its tensors a layer ends at."""

    def inside(self, name: str) -> Layer:
        return replace(self, part=name)

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0. Raises LayerError if there is no such, or not so many numbers on it."""
        axis = normalized_axis(self.axis, len(shape), self.type)
        if self.k > shape[axis]:
            raise LayerError(
                f"there are no {self.k} numbers on an axis of {shape[axis]}",
                hint=f"write at most {shape[axis]}",
                field="k",
            )
        return axis

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = tuple(inputs[0])
        axis = self.position(shape)
        return (*shape[:axis], self.k, *shape[axis + 1 :])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        shape = inputs[0]
        channels = 0 if seen[0].channels_first else len(shape) - 1
        return seen[0] if len(shape) > 1 and self.position(shape) == channels else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        along = wanted.any(axis=self.position(inputs[0]), keepdims=True)
        return [np.broadcast_to(along, inputs[0])]

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{self.k} of {inputs[0][self.position(inputs[0])]} numbers",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0]) if len(inputs[0]) > 1 else super().torch_order(orders, inputs)

    def terms(self, inputs: Shapes) -> int:
        return inputs[0][self.position(inputs[0])]

    def ranked(self, x: Array, axis: int) -> Array:
        """The places of the first k along an axis, in order."""
        keys = np.where(np.isnan(x), -np.inf, -x) if self.largest else x
        return np.take(np.argsort(keys, axis=axis, kind="stable"), range(self.k), axis=axis)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        (x,) = inputs
        axis = 1 + self.position(x.shape[1:])
        places = self.ranked(x, axis)
        result: Array = np.take_along_axis(x, places, axis) if self.part == "values" else places.astype(x.dtype)
        return result

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        axis = self.position(x.shape)
        group = explaining.taken(x, [range(n) if number == axis else at[number] for number, n in enumerate(x.shape)])
        place = int(self.ranked(group.values, 0)[at[axis]])
        value = float(group.values[place])
        block = explaining.silent(explaining.added("what is ranked", group), CANDIDATE)
        block = replace(block, subtotal=value, combine="max" if self.largest else "min")
        if self.part == "values":
            chosen = np.arange(len(group.values)) == place
            roles = np.where(chosen, SOURCE, CANDIDATE).astype(np.int8)
            block = replace(block, roles=roles, contributions=np.where(chosen, value, 0.0))
        start = explaining.from_blocks(at, inputs, [block], value)
        name = f"number {at[axis] + 1} of {len(group.values)}"
        start = start.then(name, "{}", (value,), value)
        return start if self.part == "values" else start.then("its place", "of {}", (value,), place)
