"""What the terms, subtotals, roles and contributions of blocks are: one of few formulas, found by trying."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dataflow_cli.kernels.product import product
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING, SOURCE
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.page.recipes.records import Record, Run
    from dataflow_cli.shapes import Array

Formula = tuple[Any, ...]
EXACT = 1e-9
"""How far two ways to compute a number in float64 may lie apart, as a part of it."""
NO_COLUMN = -1
PLAIN, CUT, SILENT = 0, 1, 2
"""Of the roles of a run: as the formula says; at most compared; without influence."""
_POWER = re.compile(r"\|value\| \^ ([\d.]+)")


def same(first: Any, second: Any, scale: Any = 0.0) -> bool:
    """Whether numbers are the same but for the order in which they were added up."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.shape != second.shape:
        return False
    with np.errstate(all="ignore"):
        near = np.abs(first - second) <= EXACT * np.maximum(np.maximum(np.abs(first), np.abs(second)), scale)
        near &= np.isfinite(first) & np.isfinite(second)  # else an infinity would be as near to any number
    return bool((near | (first == second) | (np.isnan(first) & np.isnan(second))).all())


def terms_formula(records: Sequence[Record], number: int) -> Formula | None:
    """What makes the terms of a run; None if it is none of the formulas."""
    runs = [each.runs[number] for each in records]
    for formula in _terms_candidates(records, number):
        if all(same(_terms(formula, each, run), run.terms) for each, run in zip(records, runs, strict=True)):
            return formula
    return None


def _terms_candidates(records: Sequence[Record], number: int) -> Iterator[Formula]:
    run = records[0].runs[number]
    yield ("values",)
    if run.coefficients is not None:
        yield ("product",)
        yield from (("column", column, True) for column in range(len(run.columns)))
        shift = _shift(records, number)
        if shift is not None:
            yield ("shifted", *shift)
    yield ("squares",)
    yield ("exponentials",)
    yield from (("column", column, False) for column in range(len(run.columns)))
    power = _POWER.fullmatch(run.blocks[0].term_name)
    if power:
        yield ("powers", float(power[1]))
    lines = range(len(records[0].lines))
    yield from (("deviation", line) for line in lines)
    yield from (("softened", line, column) for line in lines for column in (NO_COLUMN, *range(len(run.columns))))
    yield from (("as", other) for other in range(number) if records[0].runs[other].terms.shape == run.terms.shape)


def _terms(formula: Formula, each: Record, run: Run) -> Array:
    with np.errstate(all="ignore"):
        return _computed(formula, each, run)


def _computed(formula: Formula, each: Record, run: Run) -> Array:
    values, weights = run.values, run.coefficients
    kind = formula[0]
    found: Array
    if kind == "product" and weights is not None:
        found = values * weights
    elif kind == "shifted" and weights is not None:
        found = (values - formula[1]) * (weights - formula[2])
    elif kind == "column":
        column = run.columns[formula[1]][1]
        found = column * weights if formula[2] and weights is not None else column
    elif kind == "squares":
        found = values * values
    elif kind == "exponentials":
        found = np.exp(values)
    elif kind == "powers":
        found = np.abs(values) ** formula[1]
    elif kind == "deviation":
        found = np.square(values - each.lines[formula[1]][3])
    elif kind == "softened":
        found = np.exp(with_column(run, formula[2]) - each.lines[formula[1]][3])
    elif kind == "as":
        found = each.runs[formula[1]].terms
    else:
        found = values
    return found


def with_column(run: Run, column: int) -> Array:
    """The values, with what a column adds to them, as a mask does to scores."""
    found: Array = run.values if column == NO_COLUMN else run.values + run.columns[column][1]
    return found


def _shift(records: Sequence[Record], number: int) -> tuple[float, float] | None:
    """The zero points that values and weights are taken from, where products are of what is left."""
    runs = [each.runs[number] for each in records]
    values, terms = (np.concatenate([getattr(run, name).reshape(-1) for run in runs]) for name in ("values", "terms"))
    weights = np.concatenate([np.asarray(run.coefficients).reshape(-1) for run in runs])
    with np.errstate(all="ignore"):
        design = np.stack([-weights, -values, np.ones_like(values)], axis=1)
        if not np.isfinite(design).all() or not np.isfinite(terms).all():
            return None
        found, *_ = np.linalg.lstsq(design, terms - values * weights, rcond=None)
    return float(np.round(found[0])), float(np.round(found[1]))


class _Cells(NamedTuple):
    """Values, whether they are no padding, and terms: (blocks, cells)."""

    values: Array
    inside: Array
    terms: Array


_SUBTOTALS: dict[str, Callable[[_Cells], Array]] = {
    "sum": lambda cells: cells.terms.sum(axis=1),
    "first": lambda cells: cells.values[:, 0],
    "mean": lambda cells: cells.terms.mean(axis=1),
    "average": lambda cells: cells.values.sum(axis=1) / cells.inside.sum(axis=1),
    "largest": lambda cells: np.where(cells.inside, cells.values, -np.inf).max(axis=1),
    "smallest": lambda cells: np.where(cells.inside, cells.values, np.inf).min(axis=1),
    "product": lambda cells: product(cells.values, axis=1),
}
"""By name, the subtotals of all blocks."""


def subtotal_formula(records: Sequence[Record], number: int) -> Formula | None:
    """How a run's subtotals follow from its terms or values."""
    runs = [each.runs[number] for each in records]
    for name in _SUBTOTALS:
        if all(_is_subtotal((name,), run) for run in runs):
            return (name,)
    return None


def _is_subtotal(formula: Formula, run: Run) -> bool:
    if not run.values.size:
        return formula == ("sum",) and not run.subtotals.any()
    count = len(run.blocks)
    cells = _Cells(*(array.reshape(count, -1) for array in (run.values, run.inside, run.terms)))
    with np.errstate(all="ignore"):
        found = _SUBTOTALS[formula[0]](cells)
        return same(found, run.subtotals, np.abs(cells.terms).sum(axis=1))


def role_formula(records: Sequence[Record], number: int) -> Formula | None:
    """What decides about the roles of a run's elements, where nothing is cut off."""
    runs = [each.runs[number] for each in records]
    for name in ("inside", "weighted", "winner", "loser", "shows"):
        if all(_as(name, run) is not None for run in runs):
            return (name,)
    return None


def role_flag(formula: Formula, run: Run) -> int | None:
    """Whether the roles of a run are those of the formula, cut off, or none."""
    return _as(formula[0], run)


def _as(name: str, run: Run) -> int | None:
    plain = _roles(name, run)
    if (run.roles == plain).all():
        return PLAIN
    if (run.roles == np.minimum(plain, CANDIDATE)).all():
        return CUT
    return None if run.roles.any() else SILENT


def _roles(name: str, run: Run) -> Array:
    inside = np.where(run.inside, SOURCE, NOTHING)
    if name == "weighted" and run.coefficients is not None:
        with np.errstate(all="ignore"):
            counts = (run.coefficients != 0) | np.isnan(run.terms)
        return np.where(run.inside & counts, SOURCE, NOTHING)
    if name in ("winner", "loser"):
        sign = 1 if name == "winner" else -1
        flat = np.where(run.inside, sign * run.values, -np.inf).reshape(len(run.blocks), -1)
        won = (np.arange(flat.shape[1]) == flat.argmax(axis=1)[:, np.newaxis]).reshape(run.values.shape)
        return np.where(won, SOURCE, np.where(run.inside, CANDIDATE, NOTHING))
    if name == "shows":
        flat = run.values.reshape(len(run.blocks), -1)
        zeros, lost = flat == 0, ~np.isfinite(flat)
        shows = (zeros.sum(axis=1, keepdims=True) - zeros == 0) | lost
        return np.where(shows.reshape(run.values.shape), SOURCE, NOTHING)
    return inside


def contribution_formula(records: Sequence[Record], number: int) -> Formula | None:
    """How much of the value each element of a run carries; None if it is none of the formulas."""
    runs = [each.runs[number] for each in records]
    for formula in (("terms",), ("nothing",), ("all",), ("share",), ("won",), ("lost",), ("total",)):
        pairs = zip(records, runs, strict=True)
        if all(same(_contributions(formula[0], each, run), run.contributions) for each, run in pairs):
            return formula
    return None


def _contributions(name: str, each: Record, run: Run) -> Array:
    found: Array
    if name == "terms":
        return run.terms
    if name == "nothing":
        found = np.zeros_like(run.terms)
    elif name == "all":
        found = np.ones_like(run.terms)
    elif name == "share":
        with np.errstate(all="ignore"):
            found = run.values / np.maximum(run.inside.reshape(len(run.blocks), -1).sum(axis=1), 1).reshape(
                -1, *[1] * (run.values.ndim - 1)
            )
    elif name == "total":
        found = np.full_like(run.terms, each.total - each.offset)
    else:
        found = (_roles("winner" if name == "won" else "loser", run) == SOURCE).astype(np.float64)
    return found
