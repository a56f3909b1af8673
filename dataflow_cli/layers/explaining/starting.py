"""Explanations as most kinds start them: an element that moved, a sum, a mean, the winner of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.explaining.blocks import averaged, element, greatest, silent
from dataflow_cli.layers.explaining.explanation import CANDIDATE, SOURCE, Block, Explanation
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.shapes import Array, Arrays, Shape


def moved(at: Shape, inputs: Arrays, source: Shape | None, *moves: str, number: int = 0) -> Explanation:
    """An element that came from one place of an input unchanged, or from none (a zero that was put there)."""
    samples = [x[0] for x in inputs]
    if source is None:
        return Explanation(at, 0.0, roles_of((), samples), moves=moves)
    block = element("element", samples[number], source, number)
    return Explanation(at, block.subtotal, roles_of((block,), samples), (block,), moves=moves)


def from_blocks(
    at: Shape, inputs: Arrays, blocks: Sequence[Block], total: float, *moves: str, more: Sequence[Block] = ()
) -> Explanation:
    """An explanation that starts from its blocks. `more` are blocks of the layer's own values, shown after them."""
    roles = roles_of(blocks, [x[0] for x in inputs])
    return Explanation(at, float(total), roles, (*blocks, *more), moves=moves)


def summed(at: Shape, inputs: Arrays, blocks: Sequence[Block], over: str = "channels") -> Explanation:
    """The sum of the blocks' subtotals, with a line if there are several."""
    subtotals = [block.subtotal for block in blocks]
    total = float(np.sum(subtotals))
    start = from_blocks(at, inputs, blocks, total)
    return start.then(f"sum over {over}", "", subtotals, total) if len(blocks) > 1 else start


def largest(at: Shape, inputs: Arrays, window: Taken, combine: str = "max") -> Explanation:
    """The winner of a window: the largest, or with `min` the smallest."""
    block = greatest("window", window, combine)
    return from_blocks(at, inputs, [block], block.subtotal)


def mean(at: Shape, inputs: Arrays, window: Taken, count: int | None = None) -> Explanation:
    """The mean of what is not padding in a window; or of `count` numbers, of which the padding are zeros."""
    block = averaged("window", window, count=count)
    total, count = float(window.values.sum()), int(window.inside.sum()) if count is None else count
    start = from_blocks(at, inputs, [block], block.subtotal)
    return start.then(f"mean of {count}", f"{{}} / {count}", (total,), block.subtotal)


def winner(at: Shape, inputs: Arrays, blocks: Sequence[Block], combine: str) -> Explanation:
    """The largest or smallest of several inputs; the first of equals wins."""
    numbers = [block.subtotal for block in blocks]
    value = float(np.max(numbers) if combine == "max" else np.min(numbers))
    best = int(np.argmax(numbers) if combine == "max" else np.argmin(numbers))
    parts = [block if place == best else silent(block, CANDIDATE) for place, block in enumerate(blocks)]
    start = from_blocks(at, inputs, parts, value)
    return start.then(
        "largest" if combine == "max" else "smallest", f"{combine}({', '.join(['{}'] * len(numbers))})", numbers, value
    )


def roles_of(blocks: Sequence[Block], samples: Sequence[Array]) -> tuple[Array, ...]:
    """For every input an array that says what each element is to the value."""
    roles = tuple(np.zeros(x.shape, np.int8) for x in samples)
    for number, found in enumerate(roles):
        mine = [block for block in blocks if block.input == number]
        if not mine:
            continue
        places = np.concatenate([block.places.reshape(block.count, found.ndim) for block in mine])
        given = np.concatenate([block.roles.reshape(-1) for block in mine])
        for role in (CANDIDATE, SOURCE):
            chosen = places[given == role]
            if len(chosen):  # a single number has a place without coordinates, as none at all has
                found[tuple(chosen.T)] = role
    return roles
