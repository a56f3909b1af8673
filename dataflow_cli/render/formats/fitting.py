"""Which columns of a table stand in a terminal, and how wide each is.

Numbers and names are never cut. Where there is no room for all columns, those that are wanted most (`Column.keep`) go
in first, and any other that still fits; columns that the user chose all stand, below each other where they have to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from dataflow_cli.records import dataclass
from dataflow_cli.render.formats.grid import cells, total_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.report import Column, Report

GAP, NARROW_GAP = 3, 2
"""Blanks between two columns, and where there is little room."""
EDGE = 1
"""What stands before the first column, and in a frame behind the last."""
_PROSE = 20
"""Prose is folded into so many characters, if it has to be; a long word may ask for more."""


@dataclass(frozen=True)
class Fit:
    """Columns side by side."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    gap: int = GAP

    @property
    def width(self) -> int:
        """Characters of a line, the right edge of a frame apart."""
        return sum(self.widths) + self.gap * (len(self.widths) - 1) + EDGE


@dataclass(frozen=True)
class _Need:
    """What a column needs: at the least, and to have every cell and the title in one line."""

    column: Column
    least: int
    natural: int


def fitted(report: Report, width: int | None) -> list[Fit]:
    """The table, or the tables below each other that it is taken apart into; without a width as wide as it needs."""
    needs = _needs(report)
    if width is None:
        return [Fit(report.visible, tuple(one.natural for one in needs))]
    parts = _parted(needs, width) if report.selected else [_chosen(needs, width)]
    return [_laid_out(part, width) for part in parts]


def _needs(report: Report) -> list[_Need]:
    columns = report.visible
    totals = total_cells(report, columns)
    lines = [*cells(report, columns), *([totals] if totals else [])]
    return [_need(column, [line[place] for line in lines]) for place, column in enumerate(columns)]


def _need(column: Column, texts: Sequence[str]) -> _Need:
    """A title goes over several lines before a column is left out, and so does prose."""
    longest = max(map(cell_len, texts), default=0)
    least = max(map(cell_len, column.title.split()), default=0)
    if column.wraps:
        words = (cell_len(word) for text in texts for word in text.split())
        least = max(least, min(longest, _PROSE), max(words, default=0))
    else:
        least = max(least, longest)
    return _Need(column, least, max(longest, cell_len(column.title)))


def _total(needs: Sequence[_Need], gap: int = NARROW_GAP) -> int:
    return sum(one.least for one in needs) + gap * (len(needs) - 1) + EDGE


def _chosen(needs: list[_Need], width: int) -> list[_Need]:
    """The first column, and of the others the most wanted ones that fit; one of them even where none does."""
    first, *others = needs
    wanted = sorted(others, key=lambda one: -one.column.keep)
    kept = [first]
    for one in wanted:
        if _total([*kept, one]) <= width:
            kept.append(one)
    if len(kept) == 1:
        kept += wanted[:1]
    return [one for one in needs if one in kept]


def _parted(needs: list[_Need], width: int) -> list[list[_Need]]:
    """All columns in their order, in tables that each begin with the first one."""
    first, *others = needs
    parts = [[first]]
    for one in others:
        if len(parts[-1]) > 1 and _total([*parts[-1], one]) > width:
            parts.append([first])
        parts[-1].append(one)
    return parts


def _laid_out(needs: list[_Need], width: int) -> Fit:
    """What room is left goes to the titles, then to the column whose prose lacks most."""
    gap = GAP if _total(needs, GAP) <= width else NARROW_GAP
    sizes = [one.least for one in needs]
    for _ in range(width - _total(needs, gap)):
        lacks = [
            (one.natural > size and not one.column.wraps, one.natural - size)
            for one, size in zip(needs, sizes, strict=True)
        ]
        most = max(range(len(needs)), key=lacks.__getitem__)
        if lacks[most][1] <= 0:
            break
        sizes[most] += 1
    return Fit(tuple(one.column for one in needs), tuple(sizes), gap)
