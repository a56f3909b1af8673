"""The strip that says which color is which number."""

from __future__ import annotations

from dataflow_cli.render import text
from dataflow_cli.render.pictures.between import fraction, spread
from dataflow_cli.render.pictures.colormaps import paint
from dataflow_cli.render.pictures.model import Legend
from dataflow_cli.render.pictures.scale import Scale

STEPS = 128


def legend_of(scale: Scale, colormap: str) -> Legend | None:
    """The strip of a scale; None if every channel has its own, or if there is only one value."""
    if not scale.is_single:
        return None
    scale = Scale(scale.map, scale.low.reshape(()), scale.high.reshape(()))
    low, high = scale.low.item(), scale.high.item()
    if scale.map == "share":
        low = 0.0
    if scale.map == "zero":
        reach = scale.reach.item()
        low, high = -reach if low < 0 else 0.0, reach if high > 0 else 0.0
    if not low < high:
        return None
    numbers = [low, 0.0, high] if low < 0 < high and scale.map == "zero" else [low, high]
    marks = tuple((float(fraction(number, low, high)), text.number(number)) for number in numbers)
    return Legend(paint(spread(low, high, STEPS), scale, colormap), marks)


def scale_line(scale: Scale) -> str:
    """What is said where there is no strip."""
    if not scale.is_single:
        return "each channel by its own " + ("largest |value|" if scale.map == "zero" else "range")
    return "no finite value" if scale.is_empty else f"every value is {text.number(scale.high.item())}"
