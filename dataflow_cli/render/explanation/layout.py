"""Blocks of an explanation laid out: windows as matrices, rows as vectors or as the list of their largest terms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.explaining.explanation import OWN, Block
from dataflow_cli.lazy import np
from dataflow_cli.render.explanation import names
from dataflow_cli.render.explanation.document import Matrix, Part, Row, Step, Steps, Title
from dataflow_cli.render.explanation.input_window import input_planes
from dataflow_cli.render.explanation.terms import largest_terms, logits
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.explain.account import Account
    from dataflow_cli.render.explanation.numbers import Numbers
    from dataflow_cli.render.explanation.options import Wanted
    from dataflow_cli.shapes import Array

MOST_ROWS, MOST_COLUMNS, MOST_SUMMANDS = 12, 12, 12
"""Larger windows are listed by their largest terms, longer sums are not written out."""
PADDING = "·"
ARRAYS = (
    "values", "places", "inside", "terms", "roles", "contributions", "coefficients", "parameter_places"
)  # fmt: skip


def laid_out(account: Account, block: Block, wanted: Wanted, numbers: Numbers) -> Iterator[Part]:
    """The parts that show one block."""
    if block.kind == "window" and fits(block):
        yield from _window(account, block, numbers)
    elif block.kind in ("row", "window"):
        yield from _row(account, block, wanted, numbers)
    elif block.kind == "logits":
        yield logits(account, block, wanted, numbers)


def gathered(blocks: Sequence[Block]) -> Sequence[Block]:
    """Windows of a single element, as a 1 x 1 convolution has, as one row over the channels."""
    mine = [block for block in blocks if block.input != OWN]
    if len(mine) < 2 or any(block.kind != "window" or block.count != 1 for block in mine):
        return blocks
    if any(block.combine != "sum" or block.coefficients is None for block in mine):  # such as a smallest of one
        return blocks
    joined: Any = {
        name: np.concatenate([getattr(block, name).reshape(1, *_tail(block, name)) for block in mine])
        for name in ARRAYS
    }
    row = replace(mine[0], kind="row", subtotal=sum(block.subtotal for block in mine), **joined)
    row = replace(row, name=names.part_of(row))
    return [row, *(block for block in blocks if block.input == OWN)]


def _tail(block: Block, name: str) -> tuple[int, ...]:
    """The axes beyond those of the values."""
    shape: tuple[int, ...] = getattr(block, name).shape
    return shape[block.values.ndim :]


def fits(block: Block) -> bool:
    """Whether a window is small enough to be shown whole."""
    *rows, columns = block.values.shape or (1,)
    return int(np.prod(rows)) <= MOST_ROWS and columns <= MOST_COLUMNS


def _window(account: Account, block: Block, numbers: Numbers) -> Iterator[Part]:
    yield Title(names.under(account, block), 3)
    yield from input_planes(account, block, numbers)
    for slice_name, index in _slices(block.values):
        yield Row(tuple(_matrices(block, index, slice_name, numbers)))
    if block.combine == "sum":
        yield Steps((_sum_step(block, numbers),))
    elif block.combine in ("max", "min"):
        name = "largest" if block.combine == "max" else "smallest"
        yield Steps((Step(name, "", numbers.one(block.subtotal)),))
    elif block.count <= MOST_SUMMANDS:
        values = block.values[block.inside]
        yield Steps((Step("sum", numbers.sum(values.tolist()), numbers.one(float(values.sum()))),))


def _slices(values: Array) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A window over a volume, depth by depth; any other is one slice."""
    if values.ndim <= 2:
        yield "", ()
        return
    for index in np.ndindex(values.shape[:-2]):
        yield f" at depth {', '.join(map(str, index))}", index


def _matrices(block: Block, index: tuple[int, ...], more: str, numbers: Numbers) -> Iterator[Matrix | str]:
    """Window, kernel and products, or the window alone."""
    inside = np.atleast_2d(block.inside[index])
    wins = block.combine in ("max", "min")
    marked = np.atleast_2d(block.contributions[index] != 0) if wins else None
    yield matrix(f"window{more}", block.values[index], numbers, inside, marked)
    if block.coefficients is not None:
        yield "×"
        yield matrix(names.part_of(block), block.coefficients[index], numbers)
        yield "="
        yield matrix(f"{block.term_name}s", block.terms[index], numbers, inside)


def matrix(
    title: str, values: Array, numbers: Numbers, inside: Array | None = None, marked: Array | None = None
) -> Matrix:
    """Numbers as a matrix (a vector as one row); padding as a dot."""
    rows = np.atleast_2d(values)
    shown = np.ones(rows.shape, bool) if inside is None else inside
    cells = iter(numbers.cells(rows[shown].tolist()))
    grid = tuple(tuple(next(cells) if there else PADDING for there in line) for line in shown)
    winners = () if marked is None else ((int(row), int(column)) for row, column in np.argwhere(marked))
    return Matrix(title, grid, frozenset(winners))


def _sum_step(block: Block, numbers: Numbers) -> Step:
    """The sum of the products, written out if it is short."""
    if block.count > MOST_SUMMANDS:
        return Step(f"sum of {block.count} products", "", numbers.one(block.subtotal))
    return Step("sum of the products", numbers.sum(block.terms.reshape(-1).tolist()), numbers.one(block.subtotal))


def _row(account: Account, block: Block, wanted: Wanted, numbers: Numbers) -> Iterator[Part]:
    """A row times a vector: as such if it is short, else its largest terms."""
    operand = safe(names.source(account, block))
    most = MOST_COLUMNS if wanted.terms is None else wanted.terms
    if block.coefficients is not None and _reads_as_product(block, most):
        yield Title(f"{block.name} times {operand}" if operand else block.name, 3)
        row = matrix(block.name if operand else names.part_of(block), block.coefficients, numbers)
        yield Row((row, "·", matrix(operand or "middle", block.values.reshape(-1, 1), numbers)))
        pairs = [float(number) for pair in zip(block.coefficients, block.values, strict=True) for number in pair]
        formula = numbers.filled(" + ".join(["{} · {}"] * block.count), pairs)
        yield Steps((Step("sum of the products", formula, numbers.one(block.subtotal)),))
        return
    table = largest_terms(account, block, wanted, numbers)
    yield Title(_title(block, operand, wanted), 3)
    yield table


def _reads_as_product(block: Block, most: int) -> bool:
    """Whether a row is short enough to be written as a product of vectors, and that says all that there is to it."""
    short = block.values.ndim == 1 and block.count <= min(MOST_COLUMNS, most)
    return short and not block.columns and block.term_name == "product"


def _title(block: Block, operand: str, wanted: Wanted) -> str:
    times = f" times {operand}" if operand and block.coefficients is not None else ""
    which = f": the {wanted.rows:,} largest of {block.count:,}" if block.count > wanted.rows else ""
    return f"{block.name}{times}{which}"
