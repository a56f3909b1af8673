"""What kinds share that put elements of a last input into the first one. What is put nowhere changes nothing.

Of several that meet in one place the last one stands there; with `reduction` they are added to what stands there,
multiplied by it, or compared with it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import KINDS, explaining
from dataflow_cli.layers.base import Layer, handed_on
from dataflow_cli.layers.explaining.explanation import CANDIDATE
from dataflow_cli.layers.fields import Choice, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.merging.merge import Merge
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.shape.by_indices import ByIndices
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_MERGES = {"add": "add", "mul": "multiply", "max": "maximum", "min": "minimum"}
"""By what is written, the kind that makes one of those that meet."""


@dataclass(frozen=True, kw_only=True)
class Scattering(Layer):
    """Base of all: a first input, places, and what is put there, which is last."""

    arity: ClassVar[tuple[int, int | None]] = (3, 3)
    reduction: str = option(
        Choice(("none", *_MERGES)),
        "what becomes of what stands in those places; none: it goes",
        "none",
    )

    # What is put where

    def taking(self) -> ByIndices:
        """The layer that would take from the places that are put to."""
        raise NotImplementedError

    def updates_shape(self, inputs: Shapes) -> Shape:
        """The shape that what is put there has to have. Raises LayerError."""
        return self.taking().output_shape(inputs[:2])

    def rows(self, inputs: Arrays) -> list[Array]:
        """Of each sample, or once for all, the place in a row of each element that is put there, as they lie."""
        shape = inputs[0].shape[1:]
        return [self.targets(shape, some) for some in self.taking().read(inputs[1], shape)]

    def targets(self, shape: Shape, places: Array) -> Array:
        """The same of one sample of this shape, by its places."""
        return np.ravel(self.taking().taken(np.arange(math.prod(shape)).reshape(shape), places))

    def ways(self, inputs: Shapes) -> int:
        """How many of the elements that are put may meet in one place."""
        raise NotImplementedError

    # What it answers

    @property
    def selects(self) -> bool:  # type: ignore[override]
        return self.reduction in ("none", "max", "min")

    @property
    def merge(self) -> Merge | None:
        """What becomes of those that meet; None where the last one stands."""
        found: Any = None if self.reduction == "none" else KINDS[_MERGES[self.reduction]]()
        merge: Merge | None = found
        return merge

    def result_type(self, types: Sequence[str]) -> str:
        return handed_on((types[0], types[-1])) if self.selects and handed_on(types) else ""

    def output_shape(self, inputs: Shapes) -> Shape:
        wanted = self.updates_shape(inputs)
        if tuple(inputs[-1]) != tuple(wanted):
            message = f"what it puts there has shape {written(inputs[-1])}, and its places take {written(wanted)}"
            raise LayerError(message, hint="give one element for every place", code="E132", field="inputs")
        return tuple(inputs[0])

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return self.taking().lookups(inputs[:2])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def terms(self, inputs: Shapes) -> int:
        return 1 + 2 * self.ways(inputs)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{written(inputs[-1])} is put into {written(inputs[0])}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import unknown

        if len(inputs[0]) < 2 or len(inputs[-1]) != len(inputs[0]):
            raise unknown(f"what PyTorch makes of {self.type} into a row, or by places of several axes, is not known")
        for order, shape in zip(orders[1:], inputs[1:], strict=True):
            order.aligned(shape)
        return orders[0].aligned(inputs[0])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x, updates = inputs[0], inputs[-1]
        result = np.array(x, np.result_type(x, updates), order="C")
        targets, into, given = self.rows(inputs), result.reshape(len(x), -1), updates.reshape(len(x), -1)
        if len(targets) == len(x) != 1:
            for row, places, some in zip(into, targets, given, strict=True):
                self.put(row[np.newaxis], places, some[np.newaxis])
        else:
            self.put(into, targets[0], given)
        return result

    def put(self, rows: Array, places: Array, given: Array) -> None:
        """Put elements (N, count) at their places into rows (N, elements)."""
        if self.merge is None:
            last = np.unique(places[::-1], return_index=True)
            rows[:, last[0]] = given[:, len(places) - 1 - last[1]]
            return
        getattr(np, _MERGES[self.reduction]).at(rows.T, places, given.T)

    # How an element comes about

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """What was put there last, or what met there; else the element of the first input."""
        last = len(inputs) - 1
        updates, number = inputs[last][0], int(np.ravel_multi_index(at, inputs[0].shape[1:]) if at else 0)
        found = np.flatnonzero(self.rows([x[:1] for x in inputs])[0] == number)
        put = [explaining.unravelled(int(one), updates.shape) for one in found]
        blocks = [explaining.element("put there", updates, place, last) for place in put]
        own = explaining.element("element", inputs[0][0], at)
        told = self.told(at, inputs, own, blocks)
        return self.with_places(told, at, inputs)

    def told(self, at: Shape, inputs: Arrays, own: Block, put: Sequence[Block]) -> Explanation:
        """How what stood there and what was put there become one."""
        if put and self.merge is not None:
            return self.merge.merged(at, inputs, [own, *put])
        block = put[-1] if put else own
        place = ", ".join(map(str, block.places.reshape(-1)))
        move = f"[{place}] of input {block.input + 1} was put there" if put else "nothing was put there"
        return explaining.from_blocks(at, inputs, [explaining.carrying(block, block.subtotal)], block.subtotal, move)

    def with_places(self, told: Explanation, at: Shape, inputs: Arrays) -> Explanation:
        """With the numbers that name places: others would put something else there."""
        wanted = np.zeros(inputs[0].shape[1:], bool)
        wanted[at] = True
        named = self.feeds(wanted, [x.shape[1:] for x in inputs])[1]
        places = [tuple(map(int, place)) for place in np.argwhere(named)]
        blocks = [explaining.silent(explaining.element("place", inputs[1][0], place, 1), CANDIDATE) for place in places]
        roles = (told.roles[0], np.where(named, CANDIDATE, 0).astype(np.int8), *told.roles[2:])
        return replace(told, blocks=(*told.blocks, *blocks), roles=roles)
