"""Outline and kernels -> Scene: neurons as circles, weights as lines, their signs by color, their sizes by width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.frame import framed, is_upright, turned
from dataflow_cli.render.diagram.look import family_of, hue, tinted
from dataflow_cli.render.diagram.scene import Disc, straight
from dataflow_cli.render.diagram.tensors import joined
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Point, Scene, Shape
    from dataflow_cli.shapes import Array

MOST = 16
"""Neurons of a layer that are drawn; of more, the first and the last."""
_BETWEEN, _BESIDE = 11.0, 2.7
"""From layer to layer, and from neuron to neuron, in font sizes."""
_PENS = (0.4, 4.0)
"""The thinnest and the thickest line."""


@dataclass(frozen=True)
class _Column:
    """The neurons of a layer that are drawn."""

    part: Part
    units: tuple[int, ...]
    """Their numbers."""

    @property
    def slots(self) -> int:
        """Places in the column; one of them is a gap where neurons are left out."""
        return len(self.units) + self.cut

    @property
    def cut(self) -> int:
        """1 if neurons are left out, else 0."""
        return int(len(self.units) < self.part.shape[0])

    def slot(self, index: int) -> int:
        """The place of the neuron that is drawn as number `index`."""
        return index + (self.cut if index >= len(self.units) // 2 else 0)


def neurons_scene(outline: Outline, kernels: Mapping[str, Array], look: Look) -> Scene:
    """The drawing of a network whose layers are vectors of units, one after the other.

    `kernels` are the weights (inputs, units) by layer; none at all draws all lines alike. Raises OutputError for
    another network.
    """
    columns = [_column(part) for part in _checked(joined(outline)[0])]
    places = [_places(column, number, look) for number, column in enumerate(columns)]
    finite = (np.nan_to_num(abs(kernel), posinf=0) for kernel in kernels.values())
    largest = max((float(kernel.max(initial=0)) for kernel in finite), default=0.0)
    shapes: list[Shape] = []
    for number, after in enumerate(columns[1:]):
        pair, drawn = (columns[number], after), (places[number], places[number + 1])
        shapes += _weights(pair, drawn, kernels.get(after.part.name), largest, look)
    for column, spots in zip(columns, places, strict=True):
        shapes += _neurons(column, spots, look)
    shapes += _labels(columns, look)
    return framed(shapes, look, [_note(kernels, largest)])


def _checked(outline: Outline) -> tuple[Part, ...]:
    """The parts of a chain of vectors. Raises OutputError where it is none."""
    for number, part in enumerate(outline.parts):
        before = outline.parts[number - 1].name if number else None
        sound = part.is_input if before is None else part.units and part.inputs == (before,)
        if not sound or len(part.shape) != 1:
            raise OutputError(
                f"neurons are drawn of dense layers one after the other, and '{words.name(part)}' "
                f"({part.label}) gives {text.shape(part.shape)}",
                hint="draw it with --as boxes, or with --as volumes",
            )
    return outline.parts


def _column(part: Part) -> _Column:
    count = part.shape[0]
    if count <= MOST:
        return _Column(part, tuple(range(count)))
    half = MOST // 2 - 1
    return _Column(part, (*range(half), *range(count - half, count)))


def _places(column: _Column, number: int, look: Look) -> list[Point]:
    """Where the neurons stand: along the flow, and across it around the middle."""
    step = _BESIDE * look.font_size
    first = -step * (column.slots - 1) / 2
    return [(number * _BETWEEN * look.font_size, first + step * column.slot(one)) for one in range(len(column.units))]


def _weights(
    columns: tuple[_Column, _Column],
    places: tuple[Sequence[Point], Sequence[Point]],
    kernel: Array | None,
    largest: float,
    look: Look,
) -> list[Shape]:
    """A line for every weight, the strongest drawn last."""
    lines = []
    for start, source in zip(places[0], columns[0].units, strict=True):
        for end, target in zip(places[1], columns[1].units, strict=True):
            value = 0.0 if kernel is None else float(kernel[source, target])
            lines.append((abs(value) if math.isfinite(value) else 0.0, value, start, end))
    lines.sort(key=lambda each: each[0])
    shapes: list[Shape] = []
    for size, value, start, end in lines:
        color = look.colors.curves[0 if value > 0 else 1] if size else look.colors.line
        pen = _PENS[0] + (_PENS[1] - _PENS[0]) * size / largest if size else 1.0
        shapes.append(straight((turned(start, look.direction), turned(end, look.direction)), color, pen))
    return shapes


def _neurons(column: _Column, places: Sequence[Point], look: Look) -> list[Shape]:
    """The circles, and dots where some are left out."""
    family = family_of(column.part)
    fill, stroke = tinted(look, family), hue(family)
    shapes: list[Shape] = [Disc(*turned(place, look.direction), look.font_size * 0.9, fill, stroke) for place in places]
    if column.cut:
        along, across = places[len(places) // 2 - 1]
        for part in (0.75, 1.0, 1.25):
            x, y = turned((along, across + part * _BESIDE * look.font_size), look.direction)
            shapes.append(Disc(x, y, 1.6, look.colors.muted, look.colors.muted, 0.4))
    return shapes


def _labels(columns: Sequence[_Column], look: Look) -> list[Shape]:
    """What a layer is, below its neurons, or beside them where the data flows up or down."""
    upright = is_upright(look.direction)
    most = max(column.slots for column in columns)
    edge = _BESIDE * look.font_size * (most - 1) / 2 + 2.2 * look.font_size
    small, step = max(look.font_size - 2, 6), 1.35 * look.font_size
    shapes: list[Shape] = []
    for number, column in enumerate(columns):
        part = column.part
        lines = [
            words.name(part),
            "" if part.is_input else words.brief(part),
            f"{part.shape[0]:,}",
            words.learned(part),
        ]
        said = [each for each in lines if each]
        x, y = turned((number * _BETWEEN * look.font_size, edge), look.direction)
        first = y - step * (len(said) - 1) / 2 if upright else y
        for at, each in enumerate(said):
            color = look.colors.muted if at else look.colors.ink
            shapes.append(
                Text(
                    x, first + at * step, each, small if at else look.font_size, color, "left" if upright else "middle"
                )
            )
    return shapes


def _note(kernels: Mapping[str, Array], largest: float) -> str:
    if not kernels:
        return "no weights: all lines alike"
    return (
        f"weights: blue is positive, orange negative, the thickest line is {text.number(largest)}; biases are not drawn"
    )
