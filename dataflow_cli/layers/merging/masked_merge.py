"""Merges that leave out what does not count: products, largest and smallest numbers, as Keras has them.

    out[n, t, ...] = activation( in_1[n, t, ...] ∘ in_2[n, t, ...] ∘ ... )      ∘: ·, max or min

over the inputs in which step t counts. n: sample; t: step. An input without a mask counts everywhere. Where no step
counts, `multiply` gives 0, `maximum` and `minimum` the first input; and behind an input without a mask these two take
no notice of the masks before it any more.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.bases.masked import NAMED, Masked, check_mask, counts
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING
from dataflow_cli.layers.merging.merge import Merge
from dataflow_cli.layers.receptive_fields import feeding
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

Kept = list[bool | None]
"""Of every input whether the step counts in it; None of one without a mask."""


@dataclass(frozen=True, kw_only=True)
class MaskedMerge(Masked, Merge):
    """Base of all of them; masks are of all axes but the last one."""

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        return all(len(shape) == len(mask) + 1 for shape in inputs)

    def taking_part(self, kept: Kept) -> list[int]:
        """Which inputs an element is made of, given where its step counts."""
        raise NotImplementedError

    def combined_where(self, inputs: Arrays, masks: Sequence[Array | None]) -> Array:
        """One array from inputs that broadcast, of which masks say where they count."""
        raise NotImplementedError

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        if not self.masks:
            return super().forward(inputs, parameters, engine)
        numbers = range(len(self.unmasked(inputs)))
        masks = [None if (mask := self.mask(inputs, n)) is None else counts(mask)[..., np.newaxis] for n in numbers]
        return self.combined_where(self.unmasked(inputs), masks)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        if not self.masks:
            return super().explain(at, inputs, parameters)
        blocks = [
            explaining.element(f"input {number + 1}", x[0], self.place(at, x.shape[1:]), number)
            for number, x in enumerate(self.unmasked(inputs))
        ]
        found = self._of(blocks, at, inputs, self._kept(at, inputs))
        left_out = [
            explaining.silent(one, NOTHING) for one in blocks if one.input not in {b.input for b in found.blocks}
        ]
        masks = [self._mask(number, blocks, at, inputs, found.total) for number in range(len(self.masks))]
        roles = list(found.roles)
        for block in masks:
            roles[block.input] = roles[block.input].copy()
            roles[block.input][tuple(block.places[0])] = block.roles[0]
        return replace(found, blocks=(*found.blocks, *left_out, *masks), roles=tuple(roles))

    def _of(self, blocks: Sequence[Block], at: Shape, inputs: Arrays, kept: Kept) -> Explanation:
        """What the inputs give that count."""
        numbers = self.taking_part(kept)
        if not numbers:
            return explaining.from_blocks(at, inputs, [], 0.0).noted("the step is masked in every input: 0")
        return self.merged(at, inputs, [blocks[number] for number in numbers])

    def _kept(self, at: Shape, inputs: Arrays, turned: int | None = None) -> Kept:
        """Where the step of an element counts, in every input; as if one of the masks said the opposite."""
        count = len(self.unmasked(inputs))
        found: Kept = []
        for number in range(count):
            place = next((n for n, of in enumerate(self.masks) if of in (-1, number)), None)
            if place is None:
                found.append(None)
                continue
            mask = inputs[count + place]
            found.append(bool(counts(mask[0])[self.place(at[:-1], mask.shape[1:])]) != (place == turned))
        return found

    def _mask(self, number: int, blocks: Sequence[Block], at: Shape, inputs: Arrays, total: float) -> Block:
        """What a mask says of the step; it matters if the other number would give something else."""
        which = len(self.unmasked(inputs)) + number
        other = self._of(blocks, at, inputs, self._kept(at, inputs, turned=number)).total
        block = explaining.element("mask", inputs[which][0], self.place(at[:-1], inputs[which].shape[1:]), which)
        matters = other != total and not (math.isnan(other) and math.isnan(total))
        return explaining.silent(block, CANDIDATE if matters else NOTHING)

    # What is asked of the inputs without their masks

    @property
    def plain(self) -> Merge:
        """The same without masks."""
        return replace(self, masks=())

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = super().output_shape(self.unmasked(inputs))
        if NAMED in self.masks:
            self._check_mask(inputs, shape)
        return shape

    def _check_mask(self, inputs: Shapes, shape: Shape) -> None:
        """Raise LayerError unless the mask at the layer is one of its output's steps, and of those of every input that
        has another number of axes.
        """
        for each in (*(one for one in self.unmasked(inputs) if len(one) != len(shape)), shape):
            check_mask(self.mask(inputs), each[:-1])
        if not shape:
            hint = "leave `mask` out, or reshape the inputs to [1] before"
            raise LayerError("its mask is of steps, and single numbers have none", hint=hint, code="E135", field="mask")

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        if not self.masks:
            return super().receptive_field(seen, inputs)
        return self.plain.receptive_field(self.unmasked(seen), self.unmasked(inputs))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        if not self.masks:
            return super().feeds(wanted, inputs)
        found = self.plain.feeds(wanted, self.unmasked(inputs))
        before = np.asarray(self.before_activation(wanted, inputs).any(axis=-1))
        masks = inputs[len(inputs) - len(self.masks) :]
        return [*found, *(feeding.broadcast(before, shape) for shape in masks)]

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """With masks there are two arrays more of the output's size: what counts, and what is chosen."""
        if not self.masks:
            return super().method(inputs, samples, kept=kept, fast_math=fast_math)
        found = self.plain.method(self.unmasked(inputs), samples, kept=kept, fast_math=fast_math)
        return replace(found, beside=found.beside + 2 * samples * math.prod(self.output_shape(inputs)))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        if not self.masks:
            return super().shape_arithmetic(inputs)
        return self.plain.shape_arithmetic(self.unmasked(inputs))

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        if not self.masks:
            return super().torch_order(orders, inputs)
        return self.plain.torch_order(self.unmasked(orders), self.unmasked(inputs))


@dataclass(frozen=True, kw_only=True)
class Multiply(MaskedMerge):
    """The product of the inputs."""

    type: ClassVar[str] = "multiply"

    def combined(self, inputs: Arrays) -> Array:
        return reduce(np.multiply, inputs)

    def combined_where(self, inputs: Arrays, masks: Sequence[Array | None]) -> Array:
        pairs = zip(inputs, masks, strict=True)
        found = self.combined([x if mask is None else np.where(mask, x, x.dtype.type(1)) for x, mask in pairs])
        known = [mask for mask in masks if mask is not None]
        if len(known) < len(masks):
            return found
        return np.where(reduce(np.logical_or, known), found, found.dtype.type(0))

    def taking_part(self, kept: Kept) -> list[int]:
        return [number for number, one in enumerate(kept) if one is not False]

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        numbers = [block.subtotal for block in blocks]
        others = [math.prod(numbers[:place] + numbers[place + 1 :]) for place in range(len(numbers))]
        parts = [_factor(block, others[place]) for place, block in enumerate(blocks)]
        start = explaining.from_blocks(at, inputs, parts, math.prod(numbers))
        return start.then("product", " · ".join(["{}"] * len(numbers)), numbers, math.prod(numbers))


def _factor(block: Block, others: float) -> Block:
    """A factor in what it carries: one as much as another, but nothing beside a zero; NaN and infinity as such."""
    if not math.isfinite(block.subtotal):
        return explaining.carrying(block, block.subtotal)
    return block if others else explaining.silent(block)


@dataclass(frozen=True, kw_only=True)
class Compared(MaskedMerge):
    """Base of maximum and minimum."""

    word: ClassVar[str]

    @property
    def selects(self) -> bool:  # type: ignore[override]
        return self.activation is None

    def combined(self, inputs: Arrays) -> Array:
        return reduce(self.best, inputs)

    def best(self, one: Array, other: Array) -> Array:
        """The larger, or the smaller, of two."""
        found: Array = getattr(np, self.type)(one, other)
        return found

    def combined_where(self, inputs: Arrays, masks: Sequence[Array | None]) -> Array:
        (found, *others), (known, *more) = inputs, masks
        for x, mask in zip(others, more, strict=True):
            new = x if mask is None else np.where(mask, x, found)
            found = self.best(found if known is None else np.where(known, found, new), new)
            known = None if mask is None or known is None else known | mask
        return found

    def taking_part(self, kept: Kept) -> list[int]:
        found, known = [0], kept[0]
        for number, one in enumerate(kept[1:], start=1):
            if one is not False:
                found = [number] if known is False else [*found, number]
            known = None if one is None or known is None else known or one
        return found

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        return explaining.winner(at, inputs, blocks, self.word)


@dataclass(frozen=True, kw_only=True)
class Maximum(Compared):
    """The largest of the inputs, element by element."""

    type: ClassVar[str] = "maximum"
    word: ClassVar[str] = "max"


@dataclass(frozen=True, kw_only=True)
class Minimum(Compared):
    """The smallest of the inputs, element by element."""

    type: ClassVar[str] = "minimum"
    word: ClassVar[str] = "min"
