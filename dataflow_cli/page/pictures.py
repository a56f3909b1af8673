"""The pictures of a tensor in the page: what `show` draws, a pixel a value, so that a click finds the element."""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.as_file import as_file
from dataflow_cli.render.pictures.barcode import FOLDED, LONGEST, barcode_row
from dataflow_cli.render.pictures.heads import counted_places
from dataflow_cli.render.pictures.look import Look
from dataflow_cli.render.pictures.model import Bars, Picture, Plot, Strips, Tiles
from dataflow_cli.render.pictures.photo import is_photo
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.render.pictures.planes import shrunk
from dataflow_cli.render.pictures.raster import GAP, grid, png_of
from dataflow_cli.render.pictures.scale import scale_of

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Panel, Row
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step, Trace

LARGEST_SVG = 100_000
"""Bytes of a drawing of curves or bars; a longer one is left out."""
TILE = "tile"
SLICE = "slice"
"""What an axis goes along in a picture: from tile to tile, and in a volume from one to the next of its slices."""
_DRAWN = (1, 2)
"""Axes of what may be drawn otherwise than as pixels."""


def pictures_of(trace: Trace, name: str, most: int) -> list[dict[str, Any] | None]:
    """What the manifest says of the pictures of a tensor, one a sample; of `most` pixels each, about."""
    step = trace.step(name)
    if 0 in step.output_shape:
        return [None] * trace.samples
    row = _pixels_row(trace, step)
    drawings = _drawings(trace, step)
    legend = _legend(row)
    found: list[dict[str, Any] | None] = []
    for sample in range(trace.samples):
        pixels, columns = _tiles(row, sample, photo=is_photo(step))
        raster = _raster(pixels, columns, most) | _places(trace, step, len(pixels))
        more = {"svg": drawings[sample]} if drawings else {}
        found.append({"kind": "tiles", **raster, **({"legend": legend} if legend else {}), **more})
    return found


def _pixels_row(trace: Trace, step: Step) -> Row:
    """The tensor of every sample as tiles, or as bar codes."""
    rank = len(step.output_shape)
    if rank not in (1, 2, 3, 4):
        array = trace.value(step.name).reshape(trace.samples, -1)
        return barcode_row(step.name, array, scale_of([array], "zero"), "gray")
    wanted = Wanted(kind="barcode" if rank == 1 else "mosaic", group="none")
    rows = picture(trace, [step.name], wanted).rows
    return next(row for row in rows if row.name == step.name)


def _tiles(row: Row, sample: int, *, photo: bool) -> tuple[Array, int]:
    """The tiles (tiles, height, width, 3) of a sample, and how many stand side by side."""
    panel = row.panels[sample if len(row.panels) > 1 else 0]
    if isinstance(panel, Strips):
        stacked = len(row.panels) == 1 and bool(panel.labels or panel.groups)
        return _folded(panel.strips[sample] if stacked else np.concatenate(panel.strips)), 1
    if not isinstance(panel, Tiles):
        raise TypeError(type(panel))
    return (panel.pixels[:1], 1) if photo else (panel.pixels, panel.columns)


def _folded(line: Array) -> Array:
    """A line of pixels as strips below each other, where it is long."""
    if len(line) <= LONGEST:
        return line[np.newaxis, np.newaxis]
    whole = np.zeros((-(-len(line) // FOLDED) * FOLDED, 3), np.uint8)
    whole[: len(line)] = line
    return whole.reshape(-1, 1, FOLDED, 3)


def _raster(pixels: Array, columns: int, most: int) -> dict[str, Any]:
    """The pixels as PNG, of many values averaged."""
    count, height, width, _ = pixels.shape
    factor = 1
    while count * math.ceil(height / factor) * math.ceil(width / factor) > most and factor < max(height, width):
        factor += 1
    small = shrunk(pixels, factor)
    return {
        "src": _uri("image/png", png_of(grid(small, columns))),
        TILE: list(small.shape[1:3]),
        "columns": columns,
        "rows": -(-count // columns),
        "gap": GAP,
        "factor": factor,
    }


def _places(trace: Trace, step: Step, count: int) -> dict[str, Any]:
    """Which axis of the tensor goes along what of the picture."""
    first = trace.data_format == "channels_first"
    rank = len(step.output_shape)
    if rank == 1:
        return {"places": ["column" if count == 1 else "folded"]}
    if rank == 2:
        sequence = any(one.drawing.has_sequences for one in trace.steps) and not step.drawing.heads
        across = sequence and (not first or step.drawing.by_step)
        return {"places": ["column", "row"] if across else ["row", "column"]}
    if rank == 3 and is_photo(step):
        one = step.output_shape[0 if first else -1] == 1
        plane = TILE if one else "none"
        return {"places": [plane, "row", "column"] if first else ["row", "column", plane]}
    if rank == 3:
        places = [TILE, "row", "column"] if first or step.drawing.heads else ["row", "column", TILE]
        return {"places": places, **_shown(step)}
    if rank == 4:
        slices = step.output_shape[1 if first else 0]
        volume = ["channel", SLICE, "row", "column"] if first else [SLICE, "row", "column", "channel"]
        if first and step.drawing.over_steps:
            slices, volume = step.output_shape[0], [SLICE, "channel", "row", "column"]
        return {"places": volume, "slices": slices}
    return {"places": ["flat"] if rank else []}


def _shown(step: Step) -> dict[str, Any]:
    """The indices that the rows and columns of heads are of, where some are padding."""
    sides = zip(("row", "column"), step.left_out, strict=False)
    shown = {side: list(counted_places(step, axis)) for axis, (side, places) in enumerate(sides) if places}
    return {"shown": shown} if shown else {}


def _drawings(trace: Trace, step: Step) -> list[str]:
    """What `show` draws otherwise than as pixels, one a sample: bars of an answer, curves."""
    if len(step.output_shape) not in _DRAWN:
        return []
    rows = picture(trace, [step.name], Wanted(group="none")).rows
    (row, *_) = [row for row in rows if row.name == step.name] or [rows[0]]
    if len(row.panels) != trace.samples or not isinstance(row.panels[0], Bars | Plot):
        return []
    texts = [_drawing(row, panel) for panel in row.panels]
    return [] if max(map(len, texts)) > LARGEST_SVG else texts


def _drawing(row: Row, panel: Panel) -> str:
    alone = Picture("", (), (replace(row, panels=(panel,)),))
    text = as_file(alone, ".svg", Look(title=""))
    return _uri("image/svg+xml", text.encode() if isinstance(text, str) else text)


def _legend(row: Row) -> dict[str, Any] | None:
    """What the colors mean: a strip of them, and which number stands where on it."""
    if row.legend is None:
        return None
    pixels = row.legend.pixels.reshape(1, -1, 3)
    return {"src": _uri("image/png", png_of(pixels)), "marks": [list(mark) for mark in row.legend.marks]}


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"
