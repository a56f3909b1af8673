"""An explanation taken apart: what is said alike of many elements, and the numbers that differ between them.

Blocks that follow each other and are said alike are a run. Whole numbers in a text are numbers like any other.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.shapes import Array

HOLE = "\x00"
"""In a text, where a whole number stands."""
_WHOLE = re.compile(
    r"(?:(?<=[\s(\[=·])-|^-)?(?<![\d.])(?<!\d[eE][-+])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?!\.?\d)(?![eE][-+]?\d)"
)
"""A whole number with its sign, in a text; no part of one with decimals."""


@dataclass(frozen=True)
class Words:
    """A text with holes for its numbers."""

    text: str
    numbers: tuple[int, ...]
    grouped: tuple[bool, ...]
    """Of each number whether commas part its thousands."""


def words(text: str) -> Words:
    """A text taken apart."""
    numbers: list[int] = []
    commas: list[bool] = []

    def hole(match: re.Match[str]) -> str:
        found = match[0]
        value = int(found.replace(",", ""))
        if str(value) != found and f"{value:,}" != found:
            return found  # such as 007
        numbers.append(value)
        commas.append("," in found)
        return HOLE

    holed = _WHOLE.sub(hole, text.replace(HOLE, ""))
    return Words(holed, tuple(numbers), tuple(commas))


@dataclass(frozen=True, eq=False)
class Run:
    """Blocks that are said alike, stacked: arrays are (blocks, *shape)."""

    key: tuple[Any, ...]
    blocks: tuple[Block, ...]
    shape: tuple[int, ...]
    names: Array
    """(blocks, numbers in the name)."""
    places: Array
    """(blocks, *shape, axes)."""
    inside: Array
    values: Array
    terms: Array
    coefficients: Array | None
    parameter_places: Array | None
    columns: tuple[tuple[str, Array], ...]
    roles: Array
    contributions: Array
    subtotals: Array


@dataclass(frozen=True, eq=False)
class Record:
    """An explanation as runs, lines and words."""

    key: Hashable
    """What is alike: equal for elements that are said alike."""
    runs: tuple[Run, ...]
    lines: tuple[tuple[Words, Words, tuple[float, ...], float], ...]
    """Name, expression, numbers, value."""
    uses: tuple[tuple[str, tuple[int, ...], float], ...]
    moves: tuple[Words, ...]
    notes: tuple[Words, ...]
    total: float
    offset: float


def record(explanation: Explanation) -> Record:
    """An explanation taken apart."""
    runs = tuple(_run(list(blocks)) for _, blocks in groupby(explanation.blocks, _block_key))
    lines = tuple((words(line.name), words(line.expression), line.numbers, line.value) for line in explanation.lines)
    uses = tuple((use.parameter, tuple(map(int, use.at)), use.value) for use in explanation.uses)
    moves = tuple(map(words, explanation.moves))
    key = (
        tuple((run.key, len(run.blocks)) for run in runs),
        tuple((name.text, expression.text, len(numbers)) for name, expression, numbers, _ in lines),
        tuple((parameter, len(at)) for parameter, at, _ in uses),
        tuple(move.text for move in moves),
    )
    notes = tuple(map(words, explanation.notes))
    return Record(key, runs, lines, uses, moves, notes, explanation.total, explanation.offset)


def _block_key(block: Block) -> tuple[Any, ...]:
    return (
        words(block.name).text,
        block.kind,
        block.input,
        block.values.shape,
        block.places.shape[-1],
        block.combine,
        block.parameter,
        block.recalled,
        block.after,
        block.term_name,
        block.value_name,
        block.coefficient_name,
        block.place_name,
        tuple(title for title, _ in block.columns),
        block.coefficients is None,
        None if block.parameter_places is None else block.parameter_places.shape[-1],
    )


def _run(blocks: Sequence[Block]) -> Run:
    first = blocks[0]
    several = np.array
    return Run(
        key=_block_key(first),
        blocks=tuple(blocks),
        shape=first.values.shape,
        names=several([words(block.name).numbers for block in blocks], np.int64).reshape(len(blocks), -1),
        places=several([block.places for block in blocks], np.int64),
        inside=several([block.inside for block in blocks]),
        values=several([block.values for block in blocks], np.float64),
        terms=several([block.terms for block in blocks], np.float64),
        coefficients=None
        if first.coefficients is None
        else several([np.broadcast_to(block.coefficients, first.values.shape) for block in blocks], np.float64),  # type: ignore[arg-type]
        parameter_places=None
        if first.parameter_places is None
        else several([block.parameter_places for block in blocks], np.int64),
        columns=tuple(
            (title, several([block.columns[number][1] for block in blocks], np.float64))
            for number, (title, _) in enumerate(first.columns)
        ),
        roles=several([block.roles for block in blocks]),
        contributions=several([block.contributions for block in blocks], np.float64),
        subtotals=several([block.subtotal for block in blocks], np.float64),
    )
