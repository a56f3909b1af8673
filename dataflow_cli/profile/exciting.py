"""The samples that a profile speaks of, read again; and what part of each a channel's largest value is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.profile.chunk_profile import channels_of
from dataflow_cli.profile.data import CHUNK, read_chunk
from dataflow_cli.records import dataclass
from dataflow_cli.run.recorder import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.network.model import Node
    from dataflow_cli.profile.model import LayerProfile
    from dataflow_cli.profile.work import Work
    from dataflow_cli.shapes import Shape
    from dataflow_cli.trace.model import Trace

    Window = tuple[int, int, int, int]

MOST = 48
"""Channels of a layer that are looked at."""


@dataclass(frozen=True)
class Excerpt:
    """A sample, and where on it lies what a value was made from."""

    sample: int
    window: Window | None
    """Top, left, height and width on the input; None for all of it."""


@dataclass(frozen=True)
class Exciting:
    """What excites the channels of a layer most."""

    layer: LayerProfile
    channels: tuple[int, ...]
    excerpts: tuple[tuple[Excerpt, ...], ...]
    """Of each of them, from the largest value."""
    looks: Trace
    """One that has the input of the samples."""
    order: tuple[int, ...]
    """Which samples these are."""


def samples_run(work: Work, samples: Sequence[int], layer: str = "") -> Trace:
    """A run of some samples that keeps the inputs, and a layer. Raises what reading and running raise."""
    network, chunk = work.network, work.data.some(samples)
    arrays, _, _ = read_chunk(chunk, network.inputs, work.wanted, work.dtype, skip_broken=False)
    keep = [*(spec.name for spec in network.inputs), *([layer] if layer else [])]
    return run(network, work.weights, [arrays], keep=keep)


def exciting(work: Work, layer: LayerProfile) -> Exciting:
    """The samples that excite a layer's channels most, those of the first `MOST` that are not dead."""
    dead = frozenset(layer.dead.tolist())
    channels = tuple(channel for channel in range(layer.channels) if channel not in dead)[:MOST]
    tops = [tuple(int(at) for at in layer.tally.top_at[channel] if at >= 0) for channel in channels]
    order = tuple(sorted({sample for some in tops for sample in some}))
    places = _largest_at(work, layer, channels, tops, order)
    node = work.network.by_name[layer.name]
    excerpts = tuple(
        tuple(Excerpt(sample, _window(work, node, places.get((channel, sample)))) for sample in some)
        for channel, some in zip(channels, tops, strict=True)
    )
    return Exciting(layer, channels, excerpts, samples_run(work, order), order)


def _largest_at(
    work: Work, layer: LayerProfile, channels: Sequence[int], tops: Sequence[Sequence[int]], order: Sequence[int]
) -> dict[tuple[int, int], Shape]:
    """By channel and sample, where in space the largest value is; nothing of a layer without space."""
    axis = channels_of(work.network)[layer.name].axis
    if axis is None or len(layer.output_shape) < 2:
        return {}
    found: dict[tuple[int, int], Shape] = {}
    for start in range(0, len(order), CHUNK):
        some = order[start : start + CHUNK]
        values = np.moveaxis(samples_run(work, some, layer.name).value(layer.name), axis + 1, 1)
        for channel, top in zip(channels, tops, strict=True):
            for sample in set(top).intersection(some):
                plane = values[some.index(sample), channel]
                found[channel, sample] = tuple(map(int, np.unravel_index(np.nanargmax(plane), plane.shape)))
    return found


def _window(work: Work, node: Node, place: Shape | None) -> Window | None:
    """What the element at a place in space sees of a picture."""
    spec = work.network.inputs[0]
    axes, lengths = node.sees.axes, spec.shape[1:] if spec.data_format == "channels_first" else spec.shape[:-1]
    if place is None or axes is None or len(axes) != 2 or len(lengths) != 2 or None in axes:
        return None
    ends = []
    for axis, along, length in zip(axes, node.sees.follows, lengths, strict=True):
        if axis is None or along is None or along >= len(place):
            return None
        seen = axis.at(place[along])
        ends.append((max(seen.start, 0), min(seen.stop, length)))
    (top, bottom), (left, right) = ends
    return (top, left, bottom - top, right - left) if top < bottom and left < right else None
