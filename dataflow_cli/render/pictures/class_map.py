"""An output that answers at every place of a picture: the classes as a picture, and where each of them lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.colormaps import BAD
from dataflow_cli.render.pictures.model import ALONE, Row, Tiles
from dataflow_cli.trace.prediction import NO_CLASS, classes_of, label
from dataflow_cli.trace.readings import alone, places_of

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace

MEANING = "Colors: the class with the highest score at each place."
_MOST = 5
"""Classes that have a picture of their own, those that take most places."""
_COLUMNS = 3
_BACK = (40, 40, 40)
"""Where a class is not."""
_COLORS = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66)),
    *((0, 114, 178), (213, 94, 0), (204, 121, 167), (150, 150, 150)),
)
"""Told apart by people who see few colors, too (Okabe and Ito 2008); classes eight apart share one, half as bright."""


def is_class_map(trace: Trace, name: str) -> bool:
    """Whether a step is an output with a class at every place of a height and width."""
    return name in trace.outputs and len(places_of(trace, name)) == 2


def class_map_row(trace: Trace, name: str) -> Row:
    """The classes of every sample as a picture, and beside it each class that takes many places alone."""
    view, places = alone(trace, name), places_of(trace, name)
    answers = classes_of(view).reshape(trace.samples, *places)
    found, counts = np.unique(answers, return_counts=True)
    most = [int(index) for index in found[np.argsort(-counts, kind="stable")][:_MOST]]
    captions = ("classes", *(text.safe(label(view.classes, index)) for index in most))
    panels = tuple(Tiles(_tiles(each, most), min(_COLUMNS, len(captions)), captions, kin=ALONE) for each in answers)
    lines = (
        text.shape(trace.step(name).output_shape),
        f"{len(found):,} of {view.step(name).output_shape[-1]:,} classes occur",
    )
    return Row(name, lines, panels)


def _tiles(answers: Array, classes: list[int]) -> Array:
    """(1 + classes, height, width, 3): all of them, then each alone."""
    colors = _painted(answers)
    alones = [np.where((answers == one)[..., np.newaxis], colors, np.array(_BACK, np.uint8)) for one in classes]
    return np.stack([colors, *alones])


def _painted(answers: Array) -> Array:
    """A color a class."""
    palette = np.array([*_COLORS, *(tuple(part // 2 for part in color) for color in _COLORS)], np.uint8)
    colors: Array = palette[answers % len(palette)]
    colors[answers == NO_CLASS] = BAD
    return colors
