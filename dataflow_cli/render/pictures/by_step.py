"""What goes along a sequence as curves over its steps: a line a unit, or of many units the median in two bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.curves import extent
from dataflow_cli.render.pictures.model import Band, Curve, Plot, Row
from dataflow_cli.render.pictures.plot import MOST_CURVES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.shapes import Array

_BANDS = (("all", 0, 100), ("middle half", 25, 75))
"""What is called how, from which percentile to which."""


def step_rows(tensors: Mapping[str, Array], numbers: Mapping[str, Sequence[int]]) -> dict[str, Row]:
    """Tensors (N, steps, units) by their names, each a row over the steps with a panel a sample.

    All have an axis across that stands in line, low where there are several. `numbers` are those of the units, where
    they are not all that the layer has.
    """
    several = len(tensors) > 1
    return {name: _row(name, tensor, numbers.get(name), is_low=several) for name, tensor in tensors.items()}


def _row(name: str, tensor: Array, numbers: Sequence[int] | None, *, is_low: bool) -> Row:
    _, steps, units = tensor.shape
    floats = tensor.astype(np.float64)
    named, span = range(units) if numbers is None else numbers, _span(floats)
    panels = []
    for one in floats:
        curves, bands = (_lines(one, named), ()) if units <= MOST_CURVES else _summary(one)
        panels.append(Plot(curves, across="step", bands=bands, span=span, by_step=True, is_low=is_low))
    lines = (text.shape((steps, units)), f"{text.several(steps, 'step')} across,", text.several(units, "unit"))
    return Row(name, lines, tuple(panels))


def _span(values: Array) -> tuple[float, float]:
    """What the axis upwards holds in every panel: 0, and 1 where all lie between, as those of a gate do."""
    low, high = extent([values.ravel(), np.zeros(1)])
    return (low, 1.0) if low == 0 and high <= 1 else (low, high)


def _lines(values: Array, numbers: Sequence[int]) -> tuple[Curve, ...]:
    """One sample (steps, units), a curve a unit."""
    x = np.arange(len(values), dtype=np.float64)
    return tuple(Curve(f"unit {number}", x, values[:, place]) for place, number in enumerate(numbers))


def _summary(values: Array) -> tuple[tuple[Curve, ...], tuple[Band, ...]]:
    """One sample (steps, units) of more units than can be told apart: of each step, what lies where among them."""
    with np.errstate(all="ignore"):
        median = np.median(values, axis=1)
        ends = [np.percentile(values, part, axis=1) for _, *part in _BANDS]
    curve = Curve(f"median of {values.shape[1]:,} units", np.arange(len(values), dtype=np.float64), median)
    return (curve,), tuple(Band(name, low, high) for (name, _, _), (low, high) in zip(_BANDS, ends, strict=True))
