"""Which elements of a layer's inputs feed given elements of its output: arrays of booleans, of the shapes of a sample.

Every kind says it for itself in `feeds`; this is what several of them are made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.links import Link
    from dataflow_cli.shapes import Array, Shape


def along(wanted: Array, axes: Sequence[int]) -> Array:
    """Everything along these axes, wherever something is wanted along them."""
    return np.broadcast_to(wanted.any(axis=tuple(axes), keepdims=True), wanted.shape)


def broadcast(wanted: Array, shape: Shape) -> Array:
    """Of an input of this shape, what stands for anything that is wanted of the output that it was broadcast to."""
    missing = wanted.ndim - len(shape)
    axes = [axis for axis in range(wanted.ndim) if axis < missing or shape[axis - missing] == 1 != wanted.shape[axis]]
    result: Array = wanted.any(axis=tuple(axes), keepdims=True).reshape(shape)
    return result


def grouped(wanted: Array, groups: int, channels: int) -> Array:
    """Channels (*positions, channels) of an input: all of a group where one of its filters is wanted."""
    *positions, filters = wanted.shape
    some = wanted.reshape(*positions, groups, filters // groups).any(axis=-1)
    return np.repeat(some, channels // groups, axis=-1)


def linked(wanted: Array, links: Sequence[Link], lengths: Sequence[int]) -> Array:
    """Places (*lengths, channels) of an input from those of an output (*positions, channels)."""
    for axis, (link, length) in enumerate(zip(links, lengths, strict=True)):
        wanted = np.moveaxis(_linked(np.moveaxis(wanted, axis, 0), link, length), 0, axis)
    return wanted


def multiplied(wanted: Array, nonzero: Array, links: Sequence[Link], lengths: Sequence[int]) -> Array:
    """Elements (*lengths, channels) of an input that are multiplied by no 0 for an output (*positions, filters).

    `nonzero` says of the kernel (*taps, channels, filters) where it is not 0.
    """
    fed = np.zeros((*lengths, nonzero.shape[-2]), bool)
    for tap in np.ndindex(*nonzero.shape[:-2]):
        pairs = [_met(*axis) for axis in zip(links, tap, wanted.shape, lengths, strict=False)]
        here, there = (np.ix_(*(pair[number] for pair in pairs)) for number in (0, 1))
        fed[there] |= wanted[here] @ nonzero[tap].T
    return fed


def _met(link: Link, tap: int, positions: int, length: int) -> tuple[Array, Array]:
    """The positions of an output axis at which a tap lies on the input axis, and where it lies there."""
    here = np.arange(positions)
    there = here * link.stride + link.shift + tap * link.dilation
    inside = (there >= 0) & (there < length)
    return here[inside], there[inside]


def sampled(wanted: Array, places: Sequence[Sequence[Sequence[int]]], lengths: Sequence[int]) -> Array:
    """Places (*lengths, channels) of an input from those of an output (*positions, channels).

    `places` are, for every axis and every place of the output, those of the input that it is made from.
    """
    for axis, (makers, length) in enumerate(zip(places, lengths, strict=True)):
        rows = np.moveaxis(wanted, axis, 0)
        fed = np.zeros((length, *rows.shape[1:]), bool)
        for row, made_of in zip(rows, makers, strict=True):
            fed[list(made_of)] |= row
        wanted = np.moveaxis(fed, 0, axis)
    return wanted


def _linked(wanted: Array, link: Link, length: int) -> Array:
    """The same for the first axis."""
    fed = np.zeros((length, *wanted.shape[1:]), bool)
    for place in np.flatnonzero(wanted.reshape(len(wanted), -1).any(axis=1)).tolist():
        places, _ = link.meets(place, length)
        if places:
            fed[places.start : places.stop : places.step] |= wanted[place]
    return fed
