"""Sliding windows over padded arrays, as views: what convolution and pooling share.

Arrays are (N, *spatial, channels); sizes, strides, dilations and pads have one entry a spatial axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from operator import mul
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


Pads = Sequence[tuple[int, int]]
Copy = tuple[tuple[int | slice, ...], Any]
"""Where something goes, and the array or the number that goes there."""


def padded(x: Array, pads: Pads) -> Array:
    """`x` with zeros around its spatial axes; `x` itself where nothing is added."""
    if not any(map(any, pads)):
        return x
    return np.pad(x, [(0, 0), *pads, (0, 0)])


def positions(
    lengths: Sequence[int], sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> list[int]:
    """How many positions a window has on each padded axis."""
    axes = zip(lengths, sizes, strides, dilations, strict=True)
    return [(length - dilation * (size - 1) - 1) // stride + 1 for length, size, stride, dilation in axes]


def sliding(x: Array, sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> Array:
    """A view (N, *positions, *sizes, channels) of a padded array: every window at every position, without a copy."""
    first, *steps, last = x.strides
    shape = (x.shape[0], *positions(x.shape[1:-1], sizes, strides, dilations), *sizes, x.shape[-1])
    jumps = (first, *map(mul, steps, strides), *map(mul, steps, dilations), last)
    if x.flags.c_contiguous and x.size:
        view: Array = np.ndarray(shape, x.dtype, x, 0, jumps)  # as `as_strided` does it, in a fifth of the time
        view.flags.writeable = False
        return view
    return np.lib.stride_tricks.as_strided(x, shape, jumps, writeable=False)


def taps(
    x: Array, sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For every tap of the window its index and the view (N, *positions, channels) of what lies under it."""
    counts = positions(x.shape[1:-1], sizes, strides, dilations)
    for tap in product(*map(range, sizes)):
        starts = [index * dilation for index, dilation in zip(tap, dilations, strict=True)]
        axes = zip(starts, strides, counts, strict=True)
        yield tap, x[(slice(None), *(slice(start, start + step * count, step) for start, step, count in axes))]


@dataclass(frozen=True)
class Slide:
    """How a window moves over an array that is padded: one entry a spatial axis in each."""

    sizes: Sequence[int]
    strides: Sequence[int]
    dilations: Sequence[int]
    pads: Pads

    @property
    def halves(self) -> bool:
        """Whether it is a square of 2 x 2 neighbours that steps from one to the next, without padding."""
        square = tuple(self.sizes) == tuple(self.strides) == (2, 2) and tuple(self.dilations) == (1, 1)
        return square and not self.padded

    @property
    def padded(self) -> bool:
        """Whether a window may lie in padding."""
        return any(map(any, self.pads))

    def under(self, tile: Sequence[int]) -> list[int]:
        """(samples, *lengths) of what lies under the windows at a tile of so many (samples, *positions)."""
        axes = zip(tile[1:], self.sizes, self.strides, self.dilations, strict=True)
        return [tile[0], *((count - 1) * stride + dilation * (size - 1) + 1 for count, size, stride, dilation in axes)]

    def counts(self, lengths: Sequence[int]) -> list[int]:
        """How many positions the window has on each axis of an array of these lengths without padding."""
        padded_lengths = [n + before + after for n, (before, after) in zip(lengths, self.pads, strict=True)]
        return positions(padded_lengths, self.sizes, self.strides, self.dilations)

    def spans(self, places: Sequence[slice]) -> list[tuple[int, int]]:
        """From where to where the windows at these positions see, on every axis of the array without padding."""
        axes = zip(places, self.sizes, self.strides, self.dilations, self.pads, strict=True)
        return [
            (place.start * stride - before, (place.stop - 1) * stride + dilation * (size - 1) + 1 - before)
            for place, size, stride, dilation, (before, _) in axes
        ]


Seen = Callable[[], "Array"]
"""What lies under the windows at a tile, as it is when it is called."""


def seen_under(x: Array, tile: Sequence[slice], slide: Slide, value: float = 0) -> Seen:
    """What lies under the windows at a tile (samples, *positions): (n, *lengths, channels).

    A view where the tile stays inside; else a copy with `value` around, in scratch memory called `under`.
    """
    spans = slide.spans(tile[1:])
    lengths = x.shape[1:-1]
    if all(start >= 0 and stop <= n for (start, stop), n in zip(spans, lengths, strict=True)):
        view = x[(tile[0], *(slice(start, stop) for start, stop in spans))]
        return lambda: view
    samples = x[tile[0]]
    shape = (len(samples), *(stop - start for start, stop in spans), x.shape[-1])
    return _Copied(shape, _copies(shape, samples, [(start, 1) for start, _ in spans], value), x.dtype)


def seen_in_phases(
    x: Array, tile: Sequence[slice], slide: Slide, phases: Sequence[int], last: Sequence[int] | None = None
) -> Seen:
    """The same with every spatial axis dealt out like cards: (*phases, n, *lengths, channels), always a copy.

    Place j of phase p of an axis is place j * phases + p; so what lies `phases` apart lies side by side. Of the phases
    of the last axis there may be only some, `last`.
    """
    chosen = [*map(range, phases[:-1]), range(phases[-1]) if last is None else last]
    spans = slide.spans(tile[1:])
    samples = x[tile[0]]
    extents = (-(-(stop - start) // count) for (start, stop), count in zip(spans, phases, strict=True))
    shape = (len(samples), *extents, x.shape[-1])
    copies = [
        ((*at, *place), source)
        for at in product(*(range(len(numbers)) for numbers in chosen))
        for phase in [[numbers[number] for numbers, number in zip(chosen, at, strict=True)]]
        for starts in [[(start + p, count) for (start, _), p, count in zip(spans, phase, phases, strict=True)]]
        for place, source in _copies(shape, samples, starts, 0)
    ]
    return _Copied((*map(len, chosen), *shape), copies, x.dtype)


class _Copied:
    """Scratch memory filled anew at every call."""

    def __init__(self, shape: tuple[int, ...], copies: list[Copy], dtype: Any) -> None:
        self.shape = shape
        self.copies = copies
        self.dtype = dtype

    def __call__(self) -> Array:
        array = scratch("under", self.shape, self.dtype)
        for place, source in self.copies:
            array[place] = source
        return array


def _copies(shape: tuple[int, ...], x: Array, starts: Sequence[tuple[int, int]], value: float) -> list[Copy]:
    """What fills an array (n, *lengths, channels) with every step-th place of `x` from a start, `value` outside."""
    copies: list[Copy] = []
    source: list[slice] = [slice(None)]
    target: list[slice] = [slice(None)]
    for (start, step), length, extent in zip(starts, x.shape[1:-1], shape[1:-1], strict=True):
        first = min(max(-(start // step), 0), extent)
        last = min(max(-(-(length - start) // step), first), extent)
        outside = (slice(0, first), slice(last, extent))
        copies += [((*target, part), value) for part in outside if part.stop > part.start]
        target.append(slice(first, last))
        begin = start + first * step
        source.append(slice(begin, begin + (last - first) * step, step) if last > first else slice(0, 0))
    copies.append((tuple(target), x[tuple(source)]))
    return copies
