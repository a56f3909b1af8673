"""Profile -> Picture: maps of dead channels, what excites channels, distributions, the confusion matrix, mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError, UnknownName
from dataflow_cli.kernels.octaves import edges
from dataflow_cli.lazy import np
from dataflow_cli.profile.answers import no_classes
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.confusion import MOST
from dataflow_cli.render.pictures.histogram import STEPS
from dataflow_cli.render.pictures.model import Curve, Matrix, Picture, Plot, Row, Tiles
from dataflow_cli.render.pictures.planes import grid_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.profile.model import LayerProfile, Profile
    from dataflow_cli.render.pictures.model import Color
    from dataflow_cli.shapes import Array

DEAD, ON, SATURATED = (178, 24, 43), (33, 102, 172), (230, 144, 20)
"""Red, blue and orange; other channels are gray."""
WHITE = (255, 255, 255)
_MEANING = {
    "states": "A cell is a channel, the darker the more of its values are not zero. "
    "Red: dead, nothing but zeros. Blue: always on. Orange: saturated.",
    "histogram": "Values that are exactly 0 are counted beside, and not drawn. Counted by sixteenth of an octave, "
    "which are spread evenly over the steps.",
    "by_channel": "A line is a channel, from number 0 on top; from the left the layer's smallest value to its largest "
    "in 50 even steps. The darker, the more of the channel's values; those that are exactly 0 are left out.",
    "confusion": "Rows: the right class; columns: what the network answers. "
    "The stronger the color, the more of the row.",
    "top": "The samples that excite each channel most, from the left. Outlined: what its largest value is made from.",
    "mistakes": "The right class, as what it was answered; those whose answer outscores it most.",
}
_LISTED = 3
"""Channels that the label names, for whom colors are not to be had."""
_NUMBERED = 512
"""Channels of a layer whose numbers stand in their cells."""


def profile_picture(profile: Profile, rows: Sequence[Row], kinds: Sequence[str]) -> Picture:
    """The picture of some rows; `kinds` says what they are, for the notes."""
    said = tuple(_MEANING[kind] for kind in dict.fromkeys(kinds))
    title = text.safe(f"{profile.network} over {text.several(profile.samples, 'sample')}")
    return Picture(title, (), tuple(rows), (*said, notes.weights(profile.weights)))


def state_rows(profile: Profile, names: Sequence[str], paper: Color = WHITE) -> list[Row]:
    """A map of the channels of every layer. Raises UnknownName if none has any."""
    layers = [layer for layer in profile.layers if layer.name in names and layer.unit and not layer.view_of]
    rows = [_states(layer, paper) for layer in layers if not layer.is_input or len(names) == 1]
    if not rows:
        raise UnknownName("these layers have no channels that are told apart", hint="name others with -l")
    return rows


def _states(layer: LayerProfile, paper: Color) -> Row:
    count = layer.channels
    columns = min(grid_columns(count), 32)
    active = 1 - layer.tally.zeros / max(layer.tally.samples * layer.tally.places, 1)
    level = np.rint(255 - 160 * active).astype(np.uint8)
    pixels = np.repeat(level[:, None], 3, axis=1)
    lines = [text.several(count, layer.unit)]
    for said, channels, color in (
        ("always on", layer.always_on, ON),
        ("saturated", layer.saturated, SATURATED),
        ("dead", layer.dead, DEAD),
    ):
        pixels[channels] = color
        if len(channels):
            listed = ", ".join(map(str, channels[:_LISTED])) + (" ..." if len(channels) > _LISTED else "")
            lines.append(f"{len(channels):,} {said}: {listed}")
    return Row(text.safe(layer.name), tuple(lines), (_map(pixels, columns, paper),))


def _map(colors: Array, columns: int, paper: Color) -> Tiles:
    """Cells in rows of `columns`, with their numbers while there are not too many."""
    count = len(colors)
    rows = -(-count // columns)
    pixels: Array = np.full((rows * columns, 3), paper, np.uint8)
    pixels[:count] = colors
    texts = np.full(rows * columns, "", dtype=object)
    texts[:count] = [str(number) for number in range(count)]
    shape = (1, rows, columns)
    return Tiles(pixels.reshape(*shape, 3), 1, texts=texts.reshape(shape) if count <= _NUMBERED else None)


def histogram_rows(profile: Profile, names: Sequence[str]) -> list[Row]:
    """How the values of every layer are distributed."""
    return [_histogram(layer, profile.dtype) for layer in profile.layers if layer.name in names and not layer.view_of]


def _histogram(layer: LayerProfile, dtype: str) -> Row:
    lines = [text.shape(layer.output_shape), f"{layer.values:,} values"]
    if layer.zeros:
        lines.append(f"{text.share(layer.zeros / layer.values)} are 0")
    if layer.nans + layer.infinities:
        lines.append(f"{layer.nans + layer.infinities:,} NaN or infinite")
    x, y = staircase(layer.tally.counts, layer.zeros, (layer.low, layer.high), dtype)
    return Row(text.safe(layer.name), tuple(lines), (Plot((Curve(layer.name, x, y),), across="value", filled=True),))


def channel_rows(profile: Profile, names: Sequence[str]) -> list[Row]:
    """How the values of every channel are distributed. Raises UnknownName if they were not counted by channel."""
    layers = [layer for layer in profile.layers if layer.name in names and layer.has_histograms and not layer.view_of]
    if not layers:
        hint = "profile the network with --histograms"
        raise UnknownName("values are not counted by channel", hint=hint)
    return [_channels(layer, profile.dtype) for layer in layers]


def _channels(layer: LayerProfile, dtype: str) -> Row:
    ends = (layer.low, layer.high)
    counts = [(layer.channel_counts(channel), int(layer.tally.zeros[channel])) for channel in range(layer.channels)]
    steps = np.array([staircase(each, zeros, ends, dtype)[1][1:-1:2] for each, zeros in counts])
    most = np.maximum(steps.max(axis=1, initial=0, keepdims=True), 1)
    level = np.rint(255 - 255 * np.sqrt(steps / most)).astype(np.uint8)
    lines = (text.several(layer.channels, layer.unit), f"{text.number(ends[0])} to {text.number(ends[1])}")
    return Row(text.safe(layer.name), lines, (Tiles(level[None, :, :, None].repeat(3, axis=-1), 1),))


def staircase(counts: Array, zeros: int, ends: tuple[float, float], dtype: str) -> tuple[Array, Array]:
    """The outline of counts by sixteenth of an octave in even steps from one end to the other."""
    low, high = ends if ends[0] < ends[1] else (ends[0] - 0.5, ends[0] + 0.5) if ends[0] == ends[1] else (0.0, 1.0)
    half, sizes = len(counts) // 2, edges(dtype)
    above = counts[: len(sizes) - 1].astype(np.float64)
    below = counts[half : half + len(sizes) - 1].astype(np.float64)
    above[0] -= min(zeros, above[0])
    upper = np.minimum(sizes[1:], np.finfo(dtype).max)
    lefts, rights = np.concatenate([-upper[::-1], sizes[:-1]]), np.concatenate([-sizes[:-1][::-1], upper])
    amounts = np.concatenate([below[::-1], above])
    filled = amounts > 0
    lefts, rights = np.maximum(lefts[filled], low), np.minimum(rights[filled], high)
    steps = np.linspace(low, high, STEPS + 1)
    inside = np.clip((steps[:, None] - lefts) / np.maximum(rights - lefts, np.finfo(np.float64).tiny), 0, 1)
    found = np.diff(inside @ amounts[filled])
    if found.size:
        found[0] += float(inside[0] @ amounts[filled])
    return np.repeat(steps, 2), np.concatenate([[0], np.repeat(found, 2), [0]])


def confusion_row(profile: Profile) -> Row:
    """The confusion matrix of the classes that occur. Raises UnknownName if none are known, OutputError for many."""
    answers = profile.answers
    if answers is None:
        raise no_classes()
    present = np.flatnonzero(answers.confusion.sum(axis=0) + answers.confusion.sum(axis=1))
    if len(present) > MOST:
        hint = "dftrace profile --by class tells them all"
        raise OutputError(f"a matrix of {len(present):,} classes, {MOST} are the most", hint=hint)
    names = tuple(text.safe(profile.class_name(int(one))) for one in present)
    lines = (text.several(answers.judged, "sample"), f"{text.share(answers.right / max(answers.judged, 1))} are right")
    return Row("answers", lines, (Matrix(names, answers.confusion[np.ix_(present, present)]),))
