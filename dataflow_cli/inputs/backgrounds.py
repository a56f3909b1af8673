"""Whether pictures reach the network as the negative of what it learned: dark ink on bright paper, or the reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.inputs.drawings import dark_on_bright
from dataflow_cli.inputs.facts import Facts, warning
from dataflow_cli.inputs.prepared import inverter, option
from dataflow_cli.inputs.preprocess import WHITE
from dataflow_cli.inputs.ranges import SMALL
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.errors import Problem
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.netfile.model import Background, InputSpec
    from dataflow_cli.shapes import Array

_LARGEST_DRAWING = 64
"""Pixels a side up to which a gray picture is taken for a drawing of one thing, whose border is background."""
_MOST_DRAWINGS = 256
"""Samples that are looked at for what their background is."""
_LOOKS = {"dark": "dark on a bright background", "light": "bright on a dark background"}
"""What does not fit a network, by the background that it learned."""
_LEARNED = {"dark": "bright on dark", "light": "dark on bright"}


def negative(samples: Samples, spec: InputSpec, facts: Facts) -> Problem | None:
    """W301: most samples are the negative of what the network learned. Where it does not say, digits are on dark."""
    if not _may_be_drawings(samples, spec) or facts.first is not None:
        return None
    learned: Background = spec.background or "dark"
    white = WHITE if facts.maximum > SMALL or samples.is_picture else 1
    step = max(1, -(-len(samples.array) // _MOST_DRAWINGS))
    planes = _planes(samples.array[::step], spec)
    dark = dark_on_bright(white - planes if spec.invert != (learned == "light") else planes, white)
    count = int(dark.sum())
    if 2 * count <= len(planes):
        return None
    first = samples.name(samples.first + step * int(dark.argmax()))
    stored = _LOOKS["light" if (learned == "dark") == spec.invert else "dark"]
    looks = f"{stored}, and {inverter(spec)} turns it" if spec.invert else stored
    several = f", {count} samples do" if step == 1 else f", {count} of {len(planes)} samples that were looked at do"
    said = f"; the network learned {_LEARNED[learned]}" if spec.background else ""
    return warning("W301", f"{first} looks like {looks}" + (several if count > 1 else "") + said, _mended(spec))


def _mended(spec: InputSpec) -> str:
    """What to do about it."""
    if "invert" in spec.asked:
        advice = f"leave out {option('invert')}"
    elif spec.invert:
        advice = "write `invert: false` under input"
    else:
        advice = f"give {option('invert')}, or write `invert: true` under input"
    if spec.background:
        return advice
    return f"if the network learned bright on dark, {advice}; if not, write `background: light`"


def _may_be_drawings(samples: Samples, spec: InputSpec) -> bool:
    """Whether they are small pictures, gray ones unless the network file says what is behind things."""
    gray = (spec.is_picture and spec.channels == 1) or (len(spec.shape) == 2 and samples.is_picture)
    wanted = gray or (spec.is_picture and spec.background is not None)
    return wanted and 3 <= min(_size(spec)) <= max(_size(spec)) <= _LARGEST_DRAWING


def _planes(array: Array, spec: InputSpec) -> Array:
    """Pictures as gray ones (N, height, width)."""
    if spec.is_picture and spec.channels > 1:
        gray: Array = array.mean(axis=1 if spec.data_format == "channels_first" else -1, dtype=np.float32)
        return gray
    return array.reshape(-1, *_size(spec)).astype(np.float32)


def _size(spec: InputSpec) -> tuple[int, int]:
    return spec.size if spec.is_picture else (spec.shape[0], spec.shape[1])
