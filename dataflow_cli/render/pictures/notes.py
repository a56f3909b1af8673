"""What stands under a picture: what the colors mean, what shares one scale, where the parameters are from."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.render import text

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.scale import Map

_ZERO = {
    "gray": "0 is middle gray (128), higher is darker, lower lighter.",
    "diverging": "0 is white, higher is redder, lower bluer.",
    "signs": "Denser signs are higher values: '.' is the lowest of a row, '@' the highest.",
    "viridis": "0 is in the middle (green-blue), higher is yellower, lower more violet.",
}
_SHARE = {
    "gray": "0 is white, higher is darker.",
    "diverging": "0 is white, higher is redder.",
    "viridis": "0 is violet, higher is yellower.",
}
_SCALES = {
    "layer": "One scale for each layer",
    "channel": "One scale for each channel",
    "global": "One scale for all layers",
}


def meaning(how: Map, colormap: str) -> str:
    """What the colors mean."""
    if how == "zero" or colormap == "signs":
        return _ZERO[colormap]
    if how == "share":
        return _SHARE[colormap]
    shades = "black to white" if colormap == "gray" else "dark to bright"
    return f"Shifted so that the minimum is 0, divided by the maximum, times 255: {shades}."


def stretched(name: str, low: str, high: str) -> str:
    """How an input is drawn whose values are not those of a picture."""
    return text.safe(f"{name}: black is its smallest value, {low}, white its largest, {high}.")


def shared(scale: str, samples: int) -> str:
    """What shares one scale."""
    over = "" if samples == 1 else f", the same for {'both' if samples == 2 else f'all {samples:,}'} inputs"
    return f"{_SCALES[scale]}{over}."


def bad(count: int) -> str:
    """How many values have no color of their own."""
    return f"Magenta: {count:,} value{'' if count == 1 else 's'} NaN or infinite."


def weights(source: str, init: str = "", *, answers: bool = False) -> str:
    """Where the parameters are from; and what an answer that is shown is worth, if a rule made them."""
    if init and answers:
        said = text.untrained(init, source)
        return f"{said[:1].upper()}{said[1:]}."
    return text.safe(f"Weights: {PurePath(source).name or source}.")
