"""Single numbers of an explanation: which other number of it they are, or which element of a tensor.

A scalar is one of
("number", Numbers), ("element", Gather), ("subtotal", run, block), ("line", line), ("use", use), ("value",): what the
run gave, ("sum", run, block, "values" or "terms"), ("largest", run, column): of the values with what a column adds,
("own", run, column, axis): that of the cell at the point's place on an axis, ("multiple", start, slope): on a line
through what the run gave, ("computed",): the line's own expression.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.page.recipes.arithmetic import evaluated, postfix
from dataflow_cli.page.recipes.formulas import NO_COLUMN, same, with_column
from dataflow_cli.page.recipes.gathered import close, gathered
from dataflow_cli.page.recipes.numbers import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.page.recipes.asked import Point
    from dataflow_cli.page.recipes.gathered import Sources
    from dataflow_cli.page.recipes.numbers import Alike
    from dataflow_cli.page.recipes.records import Record, Run
    from dataflow_cli.shapes import Array

Scalar = tuple[Any, ...]
MOST_BLOCKS = 64
"""Subtotals that a number is looked for among."""


def scalar(alike: Alike, get: Callable[[Record], float], sources: Sources, before: int) -> Scalar | None:
    """What a number is; None if no rule was found. Only lines `before` a number can have made it."""
    records = alike.records
    wanted = np.array([get(each) for each in records], np.float64)
    if same(wanted, np.full_like(wanted, wanted[0])):
        return ("number", numbers(alike, get, whole=False))
    pairs = list(zip(records, alike.points, strict=True))
    for candidate in _candidates(records[0], before, alike.asked.lengths):
        if same([_value(candidate, each, point) for each, point in pairs], wanted):
            return candidate
    found = gathered(alike, get, sources)
    if found is not None:
        return ("element", found)
    if close([alike.asked.value(point) for point in alike.points], wanted):
        return ("value",)
    multiple = _multiple(np.array([alike.asked.value(point) for point in alike.points]), wanted)
    if multiple is not None:
        return multiple
    table = numbers(alike, get, whole=False)
    return None if table is None else ("number", table)


def _multiple(values: Array, wanted: Array) -> Scalar | None:
    """A straight line through what the run gave, as an input is scaled."""
    low, high = int(values.argmin()), int(values.argmax())
    with np.errstate(all="ignore"):
        slope = (wanted[high] - wanted[low]) / (values[high] - values[low])
        start = wanted[low] - slope * values[low]
        return ("multiple", float(start), float(slope)) if close(start + slope * values, wanted) else None


def _candidates(first: Record, before: int, lengths: Sequence[int]) -> Iterator[Scalar]:
    """Other numbers of an explanation, the latest lines first."""
    yield from (("line", line) for line in reversed(range(before)))
    blocks = [(run, block) for run, each in enumerate(first.runs) for block in range(len(each.blocks))][:MOST_BLOCKS]
    yield from (("subtotal", run, block) for run, block in blocks)
    yield from (("use", use) for use in range(len(first.uses)))
    yield from (("sum", run, block, what) for run, block in blocks for what in ("values", "terms"))
    yield ("uses",)
    yield ("subtotals",)
    for number, run in enumerate(first.runs):
        if len(run.blocks) == 1 and len(run.shape) == 1:
            columns = (NO_COLUMN, *range(len(run.columns)))
            axes = [axis for axis, length in enumerate(lengths) if axis and length == run.shape[0]]
            yield from (("largest", number, column) for column in columns)
            yield from (("own", number, column, axis) for column in columns for axis in axes)


def _value(candidate: Scalar, each: Record, point: Point) -> float:
    kind = candidate[0]
    with np.errstate(all="ignore"):
        if kind == "line":
            return each.lines[candidate[1]][3]
        if kind == "subtotal":
            return float(each.runs[candidate[1]].subtotals[candidate[2]])
        if kind == "use":
            return each.uses[candidate[1]][2]
        if kind == "uses":
            return float(sum(value for _, _, value in each.uses))
        if kind == "subtotals":
            return float(sum(run.subtotals.sum() for run in each.runs))
        return _of_run(candidate, each.runs[candidate[1]], point)


def _of_run(candidate: Scalar, run: Run, point: Point) -> float:
    kind = candidate[0]
    if kind == "largest":
        return float(with_column(run, candidate[2]).max())
    if kind == "own":
        return float(with_column(run, candidate[2])[0, point[candidate[3]]])
    return float(getattr(run, candidate[3])[candidate[2]].sum())


def line_value(alike: Alike, line: int, sources: Sources) -> Scalar | None:
    """What a line arrives at."""
    if all(_computes(each, line) for each in alike.records):
        return ("computed",)
    return scalar(alike, lambda each: each.lines[line][3], sources, line)


def _computes(each: Record, line: int) -> bool:
    """Whether the expression, with its numbers, gives the value."""
    _, expression, given, value = each.lines[line]
    scale = max(map(abs, given), default=0.0) if all(map(math.isfinite, given)) else 0.0
    if not expression.text:
        return same(float(np.sum(given)), value, scale)
    program = postfix(expression.text)
    return program is not None and same(evaluated(program, given, expression.numbers), value, scale * 1e-3)


def line_numbers(alike: Alike, line: int, sources: Sources) -> Sequence[Scalar] | Scalar | None:
    """The numbers of a line: one rule for all, or one each; None if no rule was found."""
    records = alike.records
    count = len(records[0].lines[line][2])
    for run, each in enumerate(records[0].runs):
        if count == len(each.blocks) > 1 and all(
            same(each.lines[line][2], each.runs[run].subtotals) for each in records
        ):
            return ("subtotals of", run)
        if count == each.values[0].size > 1 and len(each.blocks) == 1:
            for what in ("terms", "values"):
                if all(same(one.lines[line][2], getattr(one.runs[run], what).reshape(-1)) for one in records):
                    return (f"{what} of", run)
    if count > 1 and all(same(one.lines[line][2], _all_subtotals(one)) for one in records):
        return ("all subtotals",)
    if count > MOST_BLOCKS:
        return None
    found = [scalar(alike, _number(line, place), sources, line) for place in range(count)]
    return None if None in found else found  # type: ignore[return-value]


def _number(line: int, place: int) -> Callable[[Record], float]:
    return lambda each: each.lines[line][2][place]


def _all_subtotals(each: Record) -> list[float]:
    return [float(subtotal) for run in each.runs for subtotal in run.subtotals]
