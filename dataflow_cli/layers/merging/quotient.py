"""Two inputs, element by element: their quotient, what it leaves over, and one to the power of the other.

    divide:  out = in_1 / in_2
    mod:     out = in_1 - q · in_2, q = ⌊in_1 / in_2⌋
    power:   out = in_1 ^ in_2;  of one input alone in ^ exponent

What is not defined becomes NaN or infinite, as in every framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.explaining.explanation import CANDIDATE
from dataflow_cli.layers.fields import Number, Optional, option
from dataflow_cli.layers.merging.merge import Merge
from dataflow_cli.layers.tiling import NO_TILES, Tiling, Work
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.shapes import Array, Arrays, Shape, Shapes


def _taking_part(block: Block, *, shows: bool) -> Block:
    """A number in what it makes together with another: as much as that, or nothing where that hides it."""
    if not np.isfinite(block.subtotal):
        return explaining.carrying(block, block.subtotal)
    return block if shows else explaining.silent(block)


@dataclass(frozen=True, kw_only=True)
class Divide(Merge):
    """The first input divided by the second."""

    type: ClassVar[str] = "divide"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def combined(self, inputs: Arrays) -> Array:
        with np.errstate(all="ignore"):
            return np.divide(*inputs)

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        first, second = (np.float64(block.subtotal) for block in blocks)
        with np.errstate(all="ignore"):
            total = float(first / second)
        parts = [_taking_part(blocks[0], shows=bool(1 / second if second else True))]
        parts.append(_taking_part(blocks[1], shows=bool(first != 0 or second == 0)))
        start = explaining.from_blocks(at, inputs, parts, total)
        return start.then("quotient", "{} / {}", (first, second), total)


@dataclass(frozen=True, kw_only=True)
class Mod(Merge):
    """What the first input leaves over when it is divided by the second, whose sign it has."""

    type: ClassVar[str] = "mod"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def combined(self, inputs: Arrays) -> Array:
        with np.errstate(all="ignore"):
            return np.mod(*inputs)

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        first, second = (np.float64(block.subtotal) for block in blocks)
        with np.errstate(all="ignore"):
            total = float(np.mod(first, second))
        hidden = bool(first) and bool(second) and total == first  # it shows with another sign, or when it is less
        divisor = _taking_part(blocks[1], shows=bool(first != 0 or second == 0))
        parts = [
            _taking_part(blocks[0], shows=bool(second)),
            explaining.silent(divisor, CANDIDATE) if hidden else divisor,
        ]
        return explaining.from_blocks(at, inputs, parts, total).then("remainder", "{} mod {}", (first, second), total)


@dataclass(frozen=True, kw_only=True)
class Power(Merge):
    """The number to a power: a fixed one, or the second input."""

    type: ClassVar[str] = "power"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    exponent: float | None = option(Optional(Number()), "the exponent of one input; null: the second input is it", None)

    def output_shape(self, inputs: Shapes) -> Shape:
        if (self.exponent is None) != (len(inputs) == 2):
            raise LayerError(
                "power has no exponent" if self.exponent is None else "power has an exponent and a second input",
                hint="write `exponent: 2`, or name two inputs" if self.exponent is None else "leave `exponent` out",
                field="exponent",
            )
        return super().output_shape(inputs)

    def tiling(self, inputs: Shapes) -> Tiling:
        return NO_TILES if self.exponent is None else Tiling(self._job, channels="any")

    def _job(self, work: Work) -> Job:
        stages = work.activated(self.activating).stages
        return kernels.elementwise.element_job(self._into, work.inputs, stages, work.out, engine=work.engine)

    def _into(self, x: Array, out: Array) -> None:
        with np.errstate(all="ignore"):
            np.power(x, x.dtype.type(self.exponent), out=out)

    def combined(self, inputs: Arrays) -> Array:
        first = inputs[0]
        exponent = inputs[1] if self.exponent is None else first.dtype.type(self.exponent)
        with np.errstate(all="ignore"):
            result: Array = np.power(first, exponent)
        return result

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        base = blocks[0].subtotal
        exponent = blocks[1].subtotal if self.exponent is None else self.exponent
        with np.errstate(all="ignore"):
            total = float(np.power(np.float64(base), np.float64(exponent)))
        parts = [_taking_part(blocks[0], shows=exponent != 0)]
        parts += [_taking_part(block, shows=base not in (0, 1)) for block in blocks[1:]]
        result = explaining.from_blocks(at, inputs, parts, total).then("power", "{} ^ {}", (base, exponent), total)
        return result if exponent else result.noted("To the power of 0 everything is 1.")
