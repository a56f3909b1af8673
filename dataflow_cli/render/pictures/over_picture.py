"""Attention whose keys are patches of a picture: the picture, and it again for every head, redder where it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.pictures.between import spread
from dataflow_cli.render.pictures.colormaps import BAD
from dataflow_cli.render.pictures.half_blocks import brightness
from dataflow_cli.render.pictures.legend import STEPS
from dataflow_cli.render.pictures.model import GRIDS, Legend, Row, Tiles, Window
from dataflow_cli.render.pictures.planes import grid_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step
    from dataflow_cli.trace.picture_facts import Patch, Patches

OVER = "Over a picture: redder where a head takes more; --query N draws what the query at place N takes."
_HEAT = (255, 48, 16)
_MOST = 0.8
"""How much of that color is where most is taken: the picture is seen through it."""
_MIDDLE = 128
_OUTLINE = 0


@dataclass(frozen=True)
class Asked:
    """Whose look is drawn."""

    words: str
    shares: Array
    """(N, heads, keys): what it takes of every key."""
    patch: Patch | None = None
    """What it stands for itself."""


def looks_row(step: Step, weights: Array, pictures: Sequence[Array], query: int | None, *, by_head: bool) -> Row:
    """Weights (N, heads, queries, keys) over a picture (height, width, 3), uint8, a sample.

    `query` is whose; without it that of the first which stands for no part of the picture, as a class token does, else
    the mean of all. `by_head` gives each head a scale of its own. Raises OutputError for a query that there is not.
    """
    patches = step.drawing.patches
    if patches is None:
        raise ValueError(step.name)
    asked = _asked(step.name, weights.astype(np.float64), patches, query)
    height, width, _ = pictures[0].shape
    heat, there = spread_out(asked.shares, patches.keys, (height, width))
    most = np.max(heat, axis=(0, 2, 3) if by_head else None, keepdims=True, where=np.isfinite(heat), initial=0.0)
    share = np.where(there, heat / np.where(most > 0, most, 1.0), 0.0)
    panels = tuple(_panel(picture, one, asked.patch) for picture, one in zip(pictures, share, strict=True))
    heads = weights.shape[1]
    off = sum(patch is None for patch in patches.keys)
    lines = (
        text.shape(step.output_shape),
        f"{text.several(heads, 'head')} over {text.safe(patches.of)}:",
        asked.words,
        *([f"{text.several(off, 'key')} off the picture"] if off else []),
        *(["each head by its own largest"] if by_head else []),
    )
    return Row(step.name, lines, panels, None if by_head else _legend(float(most.max())))


def _asked(name: str, weights: Array, patches: Patches, query: int | None) -> Asked:
    count = len(patches.queries)
    if query is None and None not in patches.queries:
        return Asked(f"the mean of {count:,} queries", weights.mean(axis=2))
    chosen = patches.queries.index(None) if query is None else query
    if chosen >= count:
        raise OutputError(f"{name} has no query {chosen}", hint=f"they go from 0 to {count - 1}")
    patch = patches.queries[chosen]
    return Asked(f"query {chosen}, {_where(patch)}", weights[:, :, chosen], patch)


def _where(patch: Patch | None) -> str:
    if patch is None:
        return "which stands for no part"
    bottom, right = patch.top + patch.height - 1, patch.left + patch.width - 1
    return f"height {patch.top} to {bottom}, width {patch.left} to {right}"


def spread_out(shares: Array, patches: Sequence[Patch | None], size: tuple[int, int]) -> tuple[Array, Array]:
    """What is taken of every place of a picture (N, heads, height, width): the mean over the patches that it is in.

    And which places are in any (height, width).
    """
    total = np.zeros((*shares.shape[:2], *size))
    count = np.zeros(size)
    for key, patch in enumerate(patches):
        if patch is not None:
            rows = slice(patch.top, patch.top + patch.height)
            columns = slice(patch.left, patch.left + patch.width)
            total[:, :, rows, columns] += shares[:, :, key, np.newaxis, np.newaxis]
            count[rows, columns] += 1
    return total / np.maximum(count, 1), count > 0


def _panel(picture: Array, share: Array, patch: Patch | None) -> Tiles:
    """The picture, and once more for every head (heads, height, width)."""
    pixels = np.concatenate([picture[np.newaxis], _heated(picture, share)])
    light = np.concatenate([brightness(picture)[np.newaxis], 255 * np.nan_to_num(share)])
    plain = np.repeat(np.rint(255 - light).astype(np.uint8)[..., np.newaxis], 3, axis=-1)
    captions = ("picture", *(f"head {number}" for number in range(len(share))))
    windows = () if patch is None else (Window(patch.top, patch.left, patch.height, patch.width),)
    columns = grid_columns(len(pixels)) if len(pixels) > 5 else len(pixels)
    return Tiles(pixels, columns, captions, kin=GRIDS, windows=windows, outline=_OUTLINE, plain=plain)


def _heated(picture: Array, share: Array) -> Array:
    """The picture under so much (..., height, width) of the color of heat, from 0 to 1."""
    part = _MOST * np.nan_to_num(share)[..., np.newaxis]
    mixed: Array = np.rint(picture * (1 - part) + np.array(_HEAT) * part).astype(np.uint8)
    mixed[~np.isfinite(share)] = BAD
    return mixed


def _legend(most: float) -> Legend | None:
    """The colors over middle gray."""
    if not most > 0:
        return None
    gray = np.full((STEPS, 3), _MIDDLE)
    return Legend(_heated(gray, spread(0.0, 1.0, STEPS)), ((0.0, "0"), (1.0, text.number(most))))
