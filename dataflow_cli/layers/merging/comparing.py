"""Comparisons of two inputs, element by element, and a choice between two by a third.

greater: out = 1 where in_1 > in_2, else 0       (greater_equal, less, less_equal, equal, not_equal alike)
where:   out = in_2 where in_1 is not 0, else in_3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING
from dataflow_cli.layers.merging.merge import Merge
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.shapes import Array, Arrays, Shape


@dataclass(frozen=True, kw_only=True)
class Comparison(Merge):
    """Base of all comparisons."""

    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    sign: ClassVar[str]

    @property
    def selects(self) -> bool:  # type: ignore[override]
        return self.activation is None

    def combined(self, inputs: Arrays) -> Array:
        return self.holds(*inputs).astype(inputs[0].dtype)

    def holds(self, first: Array, second: Array) -> Array:
        """Whether it is so, element by element."""
        result: Array = getattr(np, self.type)(first, second)
        return result

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        first, second = (block.subtotal for block in blocks)
        total = float(self.holds(np.array(first), np.array(second)))
        parts = blocks if first == second else [explaining.silent(block, CANDIDATE) for block in blocks]
        start = explaining.from_blocks(at, inputs, parts, total)
        result = start.then(self.type, f"{{}} {self.sign} {{}}", (first, second), total)
        return result if first == second else result.noted("Only a change beyond the other number shows.")


@dataclass(frozen=True, kw_only=True)
class Greater(Comparison):
    """1 where the first input is larger, else 0."""

    type: ClassVar[str] = "greater"
    sign: ClassVar[str] = ">"


@dataclass(frozen=True, kw_only=True)
class GreaterEqual(Comparison):
    """1 where the first input is larger or equal, else 0."""

    type: ClassVar[str] = "greater_equal"
    sign: ClassVar[str] = "≥"


@dataclass(frozen=True, kw_only=True)
class Less(Comparison):
    """1 where the first input is smaller, else 0."""

    type: ClassVar[str] = "less"
    sign: ClassVar[str] = "<"


@dataclass(frozen=True, kw_only=True)
class LessEqual(Comparison):
    """1 where the first input is smaller or equal, else 0."""

    type: ClassVar[str] = "less_equal"
    sign: ClassVar[str] = "≤"


@dataclass(frozen=True, kw_only=True)
class Equal(Comparison):
    """1 where both inputs are equal, else 0."""

    type: ClassVar[str] = "equal"
    sign: ClassVar[str] = "="


@dataclass(frozen=True, kw_only=True)
class NotEqual(Comparison):
    """1 where the inputs differ, else 0."""

    type: ClassVar[str] = "not_equal"
    sign: ClassVar[str] = "≠"


@dataclass(frozen=True, kw_only=True)
class Where(Merge):
    """The second input where the first is not 0, else the third."""

    type: ClassVar[str] = "where"
    arity: ClassVar[tuple[int, int | None]] = (3, 3)

    def combined(self, inputs: Arrays) -> Array:
        condition, chosen, other = inputs
        return np.where(condition != 0, chosen, other)

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        condition, first, second = blocks
        held = condition.subtotal != 0
        chosen = first if held else second
        parts = [
            explaining.silent(condition, CANDIDATE),
            explaining.carrying(first, first.subtotal) if held else explaining.silent(first, NOTHING),
            explaining.silent(second, NOTHING) if held else explaining.carrying(second, second.subtotal),
        ]
        move = f"the condition is {'not 0: input 2' if held else '0: input 3'}"
        return explaining.from_blocks(at, inputs, parts, chosen.subtotal, move)
