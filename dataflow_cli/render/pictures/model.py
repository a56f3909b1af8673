"""The plan of a picture: plain data, before anything is measured or drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

Color = tuple[int, int, int]
ALONE, GRIDS = "alone", "grids"
"""Kins of tiles: tensors that are one picture, and those that are many."""


@dataclass(frozen=True)
class Window:
    """A rectangle of values on a tile."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Tiles:
    """Small pictures of one size in a grid, row by row."""

    pixels: Array
    """(tiles, height, width, 3), uint8."""
    columns: int
    captions: tuple[str, ...] = ()
    """What stands under each tile; such tiles are pictures of their own, further apart."""
    numbers: tuple[str, ...] = ()
    """What stands small over each tile, where it fits: the number of the channel."""
    kin: str = ""
    """All tiles of one kin in a picture have values of one size, so that half the length is seen to be half."""
    texts: Array | None = None
    """What stands in each value (tiles, height, width), if they are few."""
    windows: tuple[Window, ...] = ()
    """What is outlined on each tile."""
    outline: int = 1
    """The number of their color among those of curves."""
    plain: Array | None = None
    """What stands for the pixels where there are no colors; there higher is darker."""
    sides: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """What stands small beside each row and over each column of every tile, where it fits."""

    @property
    def rows(self) -> int:
        return -(-len(self.pixels) // self.columns)


@dataclass(frozen=True)
class Group:
    """Strips that belong together."""

    name: str
    count: int


@dataclass(frozen=True)
class Strips:
    """Bar codes one over the other: values from left to right. The height of a bar means nothing."""

    strips: tuple[Array, ...]
    """One array (values, 3), uint8, a strip."""
    labels: tuple[str, ...] = ()
    """What stands left of each strip."""
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Bars:
    """Named values as horizontal bars from zero, on an axis from `low` to `high`."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    texts: tuple[str, ...]
    low: float
    high: float
    best: int
    """The position of the answer; -1 if every value is NaN."""


@dataclass(frozen=True)
class Curve:
    """Values over positions."""

    name: str
    x: Array
    y: Array


@dataclass(frozen=True)
class Band:
    """From where to where so many of many values lie, at the places of a curve."""

    name: str
    low: Array
    high: Array


@dataclass(frozen=True)
class Numbers:
    """A row of numbers at positions of the axis: a curve's values, or a kernel's where it lies on a signal."""

    name: str
    at: tuple[float, ...]
    texts: tuple[str, ...]
    curve: int | None = None
    """The number of the curve; None for a kernel."""


@dataclass(frozen=True)
class Plot:
    """Curves on one axis, perhaps with rows of numbers over them."""

    curves: tuple[Curve, ...]
    numbers: tuple[Numbers, ...] = ()
    across: str = "position in the input"
    """What lies along the axis."""
    filled: bool = False
    """Whether all under a curve has its color."""
    bands: tuple[Band, ...] = ()
    """What lies under the first curve in tints of its color, from the widest to the narrowest."""
    span: tuple[float, float] | None = None
    """What the axis upwards holds, for panels that are compared; without it, what the curves need."""
    by_step: bool = False
    """Whether only whole numbers stand along the axis."""
    is_low: bool = False
    """Whether it is one of several over one another, whose axes stand in line."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """Counts in a square, a row and a column for every name."""

    names: tuple[str, ...]
    counts: Array
    """(names, names), int64."""


@dataclass(frozen=True)
class Scatter:
    """Points of a plane, a mark for each of their classes, over the regions where a network answers each class."""

    points: Array
    """(N, 2): how far to the right, how far up."""
    classes: Array
    """(N,): the number of each point's mark; one that is negative is none of `names`."""
    names: tuple[str, ...]
    """Of the classes, by their number; empty where points have none."""
    low: tuple[float, float]
    high: tuple[float, float]
    """The corners of what is shown."""
    axes: tuple[str, str]
    regions: Array | None = None
    """(rows, columns): the class that is answered in every cell of an even grid from corner to corner, the highest
    row first."""


Panel = Tiles | Strips | Bars | Plot | Scatter | Matrix


@dataclass(frozen=True)
class Legend:
    """What the colors of a row mean: a strip from its smallest to its largest value."""

    pixels: Array
    """(steps, 3), uint8."""
    marks: tuple[tuple[float, str], ...]
    """Where on the strip (0 to 1) which number stands."""


@dataclass(frozen=True)
class Row:
    """One tensor: its name, what is said about it, and a panel for every input."""

    name: str
    lines: tuple[str, ...]
    panels: tuple[Panel, ...]
    legend: Legend | None = None


@dataclass(frozen=True)
class Picture:
    """The whole: a column for every input, a row for every tensor."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
