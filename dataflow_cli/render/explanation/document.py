"""An explanation laid out in parts, before any format: builders make a Document, writers write it.

All numbers are text already. Each part reads by itself; what it says does not depend on the format or its width.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

Align = Literal["left", "right"]
Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Title:
    """A heading; level 1 opens the document."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Say:
    """A sentence or two."""

    text: str


@dataclass(frozen=True)
class Matrix:
    """Rows of numbers under a title. `marked` cells stand out: a window in its input, a maximum's winner."""

    title: str
    cells: Cells
    marked: frozenset[tuple[int, int]] = frozenset()
    framed: bool = True
    """Whether brackets stand around it, as around a matrix of an equation."""
    marks: str = ""
    """What the marked cells are, if the title is to say so: each writer marks them in its own way."""


@dataclass(frozen=True)
class Row:
    """Matrices side by side with the signs between them: `window × kernel = products`."""

    parts: tuple[Matrix | str, ...]
    optional: bool = False
    """Whether it is left out where it is too wide."""


@dataclass(frozen=True)
class Table:
    """Rows of text under column titles."""

    heads: tuple[str, ...]
    rows: Cells
    aligns: tuple[Align, ...]


@dataclass(frozen=True)
class Step:
    """One line of arithmetic: what it is, the formula with its numbers (may be empty), the result."""

    name: str
    expression: str
    result: str


@dataclass(frozen=True)
class Steps:
    """Lines of arithmetic, aligned below each other."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Verbatim:
    """Lines that keep their columns."""

    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane of a tensor that the element looks at, with what it sees of it: for pictures, text has no room for it."""

    title: str
    values: Array
    """(height, width)."""
    window: tuple[tuple[int, int], tuple[int, int]]
    """From where to where it sees, downward and across; it may reach over the edges, into padding."""


Part = Title | Say | Row | Table | Steps | Verbatim


@dataclass(frozen=True)
class Document:
    """Parts in their order, and footnotes."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default=())
    planes: tuple[Plane, ...] = field(default=())
