"""Tensors as the chapter prints them: channels apart, axes named, columns aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.json import special
from dataflow_cli.lazy import np
from dataflow_cli.render import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.shapes import Array

HEAD_SAMPLES, HEAD_CHANNELS, HEAD_LENGTH = 1, 2, 8
"""What `--values head` shows of each axis."""
LARGE = 1e9
"""From here on a number with decimals is longer than one with an exponent."""
_PLANE_AXES = 2


def tensor_lines(name: str, array: Array, *, full: bool, precision: int, channels_first: bool = False) -> Iterator[str]:
    """The values (N, *shape) of one step, sample by sample."""
    yield text.safe(f"{name}  {text.shape(array.shape[1:])}{_axes(array.ndim - 1, channels_first=channels_first)}")
    samples = len(array) if full else min(len(array), HEAD_SAMPLES)
    for sample in range(samples):
        if len(array) > 1:
            yield f"sample {sample}"
        yield from _sample(array[sample], full=full, precision=precision, channels_first=channels_first)
    if samples < len(array):
        yield f"... {text.several(len(array) - samples, 'more sample')}"


def _axes(rank: int, *, channels_first: bool) -> str:
    names = {2: ["length"], 3: ["height", "width"], 4: ["depth", "height", "width"]}.get(rank)
    if names is None:
        return ""
    order = ["channels", *names] if channels_first else [*names, "channels"]
    return f" = ({', '.join(order)})"


def _sample(values: Array, *, full: bool, precision: int, channels_first: bool) -> Iterator[str]:
    """One sample: a vector on a line or two, or one plane a channel."""
    if values.ndim <= 1:
        yield from _vector(values.reshape(-1), full=full, precision=precision)
        return
    planes = values if channels_first else np.moveaxis(values, -1, 0)
    count = len(planes) if full else min(len(planes), HEAD_CHANNELS)
    for channel in range(count):
        yield f"channel {channel}"
        yield from _block(planes[channel], full=full, precision=precision)
    if count < len(planes):
        yield f"... {text.several(len(planes) - count, 'more channel')}"


def _block(block: Array, *, full: bool, precision: int) -> Iterator[str]:
    """The spatial values of one channel: a line for a signal, a matrix for a picture, matrices for a volume."""
    if block.ndim == 1:
        yield from _vector(block, full=full, precision=precision)
    elif block.ndim == _PLANE_AXES:
        yield from _matrix(block, full=full, precision=precision)
    else:
        count = len(block) if full else min(len(block), HEAD_CHANNELS)
        for depth in range(count):
            yield f"depth {depth}"
            yield from _block(block[depth], full=full, precision=precision)


def _vector(values: Array, *, full: bool, precision: int) -> Iterator[str]:
    shown = values if full else values[: 2 * HEAD_LENGTH]
    cells = _cells(shown, precision)
    per_line = 10
    width = max(map(len, cells), default=0)
    for start in range(0, len(cells), per_line):
        yield "  " + " ".join(cell.rjust(width) for cell in cells[start : start + per_line])
    if len(shown) < len(values):
        yield f"  ... {text.several(len(values) - len(shown), 'more value')}"


def _matrix(values: Array, *, full: bool, precision: int) -> Iterator[str]:
    height, width = values.shape
    rows, columns = (height, width) if full else (min(height, HEAD_LENGTH), min(width, HEAD_LENGTH))
    cells = _cells(values[:rows, :columns].reshape(-1), precision)
    size = max(map(len, cells), default=0)
    for row in range(rows):
        line = " ".join(cell.rjust(size) for cell in cells[row * columns : (row + 1) * columns])
        yield f"  {line}{' ...' if columns < width else ''}"
    if rows < height:
        yield f"  ... {text.several(height - rows, 'more row')}"


def _cells(values: Array, precision: int) -> list[str]:
    """Numbers with so many decimals; whole numbers, if all are whole, without; very large ones with an exponent."""
    finite = values[np.isfinite(values)]
    whole = bool(np.all(finite == np.rint(finite)))
    large = bool(np.any(np.abs(finite.astype(np.float64)) >= LARGE))
    form = f".{precision}e" if large else f".{0 if whole else precision}f"
    return [f"{value or 0:{form}}" if np.isfinite(value) else special(float(value)) for value in values.tolist()]
