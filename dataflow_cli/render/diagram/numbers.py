"""A Trace, or an Outline alone -> Shades: the number by which parts are colored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.folding import home
from dataflow_cli.render.diagram.look import Shades
from dataflow_cli.render.trace import COLUMNS, trace_report
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.outline import Outline
    from dataflow_cli.trace.model import Trace

_SUMMED = frozenset({"params", "macs", "seconds", "nan", "inf"})
"""Numbers that a block has as the sum of its layers'; of all others it has those of what comes out of it."""


def counted_shades(outline: Outline, key: str) -> Shades:
    """The shades by a number that needs no run."""
    counts = {part.name: _count(part.shape) for part in outline.parts}
    found = {
        "params": {part.name: part.parameters for part in outline.parts},
        "macs": {part.name: part.macs for part in outline.parts},
        "count": counts,
    }
    return _shades(key, {name: count for name, count in found[key].items() if not isinstance(count, Unknown)})


def traced_shades(whole: Outline, shown: Outline, depth: int | None, trace: Trace, key: str) -> Shades:
    """The shades by a number of every step; `shown` may have blocks for several."""
    rows = {row["name"]: row[key] for row in trace_report(trace, [step.name for step in trace.steps]).rows}
    values: dict[str, float] = {}
    for part in whole.parts:
        name = part.name if depth is None else home(part.name, depth)
        value = rows.get(part.name)
        if value is not None and name in shown.by_name:
            values[name] = values.get(name, 0) + value if key in _SUMMED else value
    return _shades(key, values)


def _shades(key: str, values: Mapping[str, float]) -> Shades:
    column = next(column for column in COLUMNS if column.key == key)
    return Shades(column.title, values, {name: column.show(value) for name, value in values.items()})


def _count(shape: tuple[int, ...]) -> int:
    from math import prod

    return prod(shape)
