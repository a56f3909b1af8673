"""Makes the tally of a tensor whose samples come a few at a time: while these are in the cache, and each only once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.marks import true_places
from dataflow_cli.kernels.middle import reduced, squares, trues
from dataflow_cli.kernels.octaves import are_plain, bin_count, counted_by_channel, leading, padded, unsound
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.lazy import np
from dataflow_cli.profile.tally import Tally, largest, part_of, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.shapes import Array, Shape

NEAR = 0.01
"""Of the range between the ends of a function: a value so near to an end is saturated."""
_TILE = 1 << 17
"""Elements that are looked at together, or half as many more: their float64 copies stay in the cache."""
_FEW = 4
"""Where only one value in so many is not zero, sums are made of those alone."""


def tally(
    tensor: Array,
    numbers: Array,
    *,
    axis: int | None = None,
    labels: Array | None = None,
    classes: int = 0,
    ends: tuple[float, float] | None = None,
    by_channel: bool = False,
) -> Tally:
    """The tally of a tensor (n, *shape) of samples with these numbers (n,), of which all are there."""
    tallying = Tallying(tensor.shape, tensor.dtype, axis=axis, ends=ends, by_channel=by_channel)
    tallying.look(tensor)
    return tallying.tally(numbers, labels=labels, classes=classes)


class Tallying:
    """Of a tensor (n, *shape) of this type that is to be seen.

    `axis` is that of the channels in a sample, None for a tensor that has none, which counts as one. `ends` are the
    least and the largest value that the function that made it has. `by_channel` counts the values of each channel by
    sign and sixteenth of an octave, too.
    """

    def __init__(
        self,
        shape: Shape,
        dtype: Any,
        *,
        axis: int | None = None,
        ends: tuple[float, float] | None = None,
        by_channel: bool = False,
    ) -> None:
        samples, *lengths = shape
        channels = 1 if axis is None else lengths[axis]
        self.axis, self.ends, self.by_channel = axis, ends, by_channel
        self.dtype = np.dtype(dtype if dtype in (np.float32, np.float64) else np.float64)
        self.samples, self.places = samples, math.prod(lengths) // max(channels, 1)
        self.seen = 0
        self.nans, self.infinities, self.zeros, self.near = (np.zeros(channels, np.int64) for _ in range(4))
        self.sums = np.zeros((samples, channels))
        self.lows = np.full((samples, channels), np.inf, self.dtype)
        self.highs = np.full((samples, channels), -np.inf, self.dtype)
        self.moments: list[tuple[Array | int, Array, Array]] = []
        """Of every tile how many values of a channel are finite, their mean, and the sum of squared differences."""
        self.counts = np.zeros(bin_count(self.dtype.name), np.int64)
        self.used, self.counts_each = np.zeros(0, np.int64), np.zeros((channels, 0), np.int64)

    def look(self, tensor: Array) -> None:
        """See the next samples (n, *shape)."""
        values = self._by_channel(tensor)
        for start, stop, places in _tiles(*values.shape):
            self._look(values[start:stop, places], slice(self.seen + start, self.seen + stop))
        self.seen += len(values)

    def tally(self, numbers: Array, *, labels: Array | None = None, classes: int = 0) -> Tally:
        """The tally, once all samples were seen. `numbers` (n,) are theirs; `labels` (n,) classes, -1 for none."""
        low_at, high_at = self.lows.argmin(axis=0), self.highs.argmax(axis=0)
        every = np.arange(self.sums.shape[1])
        is_class = _one_hot(labels, classes, self.samples)
        top, top_at = largest(self.highs.T, np.broadcast_to(numbers, self.highs.T.shape))
        mean, m2 = self._mean_and_m2()
        return Tally(
            samples=self.samples,
            places=self.places,
            nans=self.nans,
            infinities=self.infinities,
            zeros=self.zeros,
            mean=mean,
            m2=m2,
            low=self.lows[low_at, every].astype(np.float64),
            low_at=numbers[low_at],
            high=self.highs[high_at, every].astype(np.float64),
            high_at=numbers[high_at],
            top=top,
            top_at=top_at,
            class_sums=is_class @ (self.sums / max(self.places, 1)),
            class_counts=is_class.sum(axis=1).astype(np.int64),
            near=np.zeros(0, np.int64) if self.ends is None else self.near,
            counts=self.counts,
            used=self.used,
            by_channel=self.counts_each,
        )

    def _by_channel(self, tensor: Array) -> Array:
        """(n, places, C), float32 or float64, in one piece."""
        moved = tensor if self.axis is None else np.moveaxis(tensor, self.axis + 1, -1)
        return np.ascontiguousarray(moved, self.dtype).reshape(len(tensor), self.places, -1)

    def _look(self, values: Array, some: slice) -> None:
        """Look at some places of some samples."""
        flat = values.reshape(-1)
        isnt_zero = np.not_equal(values, 0, out=scratch("mask", values.shape, np.bool_))
        count = int(np.count_nonzero(isnt_zero))
        places = true_places(isnt_zero.reshape(-1), count) if 2 * count <= flat.size else None
        if places is None:
            own = leading(flat, isnt_zero.reshape(-1))
        else:
            kept = flat.take(places, mode="clip")
            own = leading(kept)
            own[0] += flat.size - count
        plain = are_plain(own, len(self.counts))
        finite = None if plain else self._set_apart(values, own)
        if places is not None and _FEW * count <= flat.size and finite is None:
            zeros = values.shape[1] - self._add_few(some, values.shape, places, kept)
        else:
            zeros = values.shape[1] - trues(isnt_zero)
            self._add(some, _widened(values, finite), finite)
        self._note(own, zeros, values)
        low, high = _extremes(values, finite, never_below=plain and bool(zeros.all()))
        np.minimum(self.lows[some], low, out=self.lows[some])
        np.maximum(self.highs[some], high, out=self.highs[some])

    def _note(self, own: Array, zeros: Array, values: Array) -> None:
        """Add what is counted of a tile: by bins, and what is zero, (n, C)."""
        self.counts[: len(own)] += own
        self.zeros += zeros.sum(axis=0)
        if self.ends is not None:
            first, last = self.ends
            apart = NEAR * (last - first)
            self.near += trues((values <= first + apart) | (values >= last - apart)).sum(axis=0)
        if self.by_channel:
            own_used, before = np.flatnonzero(own), self.used
            self.used = np.union1d(before, own_used)
            found = counted_by_channel(values.reshape(-1, values.shape[2]), own_used)
            self.counts_each = spread(self.counts_each, before, self.used) + spread(found, own_used, self.used)

    def _add(self, some: slice, wide: Array, finite: Array | None) -> None:
        """Add the values (n, places, C) of some samples to the sums; what is not finite is 0 in them."""
        sums = (np.ones((1, wide.shape[1])) @ wide)[:, 0]
        self.sums[some] += sums
        count = len(wide) * wide.shape[1] if finite is None else finite.sum(axis=(0, 1))
        mean = sums.sum(axis=0) / np.maximum(count, 1)
        squared = squares(wide)
        m2 = squared - count * mean * mean  # a pass less, as exact where little cancels: up to two standard deviations
        if not (squared <= 5 * m2).all():
            np.subtract(wide, mean, out=wide)
            if finite is not None:
                wide[~finite] = 0.0
            m2 = squares(wide)
        self.moments.append((count, mean, m2))

    def _add_few(self, some: slice, shape: tuple[int, ...], places: Array, kept: Array) -> Array:
        """The same of an array of that shape of which these few, and where they are, are all that is not zero.

        Returns how many of them each channel has, (n, C).
        """
        samples, rows, channels = shape
        at = places.astype(np.uint32)  # NumPy divides those ten times as fast
        row = at // np.uint32(channels)
        groups = (at + (row // np.uint32(rows) - row) * np.uint32(channels)).astype(np.intp)
        wide, count = kept.astype(np.float64), samples * channels
        sums = np.bincount(groups, wide, count).reshape(samples, channels)
        squared = np.bincount(groups, wide * wide, count).reshape(samples, channels).sum(axis=0)
        self.sums[some] += sums
        mean = sums.sum(axis=0) / (samples * rows)
        self.moments.append((samples * rows, mean, squared - samples * rows * mean * mean))
        found: Array = np.bincount(groups, minlength=count).reshape(samples, channels)
        return found

    def _set_apart(self, values: Array, own: Array) -> Array | None:
        """Count NaN and infinities. Returns what is finite, or None for all."""
        if not unsound(padded(own, len(self.counts))):
            return None
        self.nans += np.isnan(values).sum(axis=(0, 1), dtype=np.int64)
        self.infinities += np.isinf(values).sum(axis=(0, 1), dtype=np.int64)
        return np.isfinite(values)

    def _mean_and_m2(self) -> tuple[Array, Array]:
        """The mean (C,) of what is finite, and the sum of squared differences from it, from those of all tiles."""
        finite = self.samples * self.places - self.nans - self.infinities
        mean, m2 = part_of(self.sums.sum(axis=0), finite), np.zeros(len(finite))
        for count, own, around in self.moments:
            m2 += around + count * (own - mean) ** 2
        return mean, m2


def _tiles(samples: int, places: int, channels: int) -> Iterator[tuple[int, int, slice]]:
    """Several samples, from the first to before the last, or some places of one."""
    if not samples * places * channels:
        return
    step = -(-samples // max(round(samples * places * channels / _TILE), 1))
    part = -(-places // max(round(places * channels / _TILE), 1)) if step == 1 else places
    for start in range(0, samples, step):
        for first in range(0, places, part):
            yield start, min(start + step, samples), slice(first, first + part)


def _extremes(values: Array, finite: Array | None, *, never_below: bool) -> tuple[Array | float, Array]:
    """The smallest and largest values (n, C) of what is finite; None is all. `never_below` zero, which all have."""
    if finite is not None:
        low = values.min(axis=1, initial=np.inf, where=finite)
        return low, values.max(axis=1, initial=-np.inf, where=finite)
    return 0.0 if never_below else reduced(np.minimum, values, np.inf), reduced(np.maximum, values, -np.inf)


def _widened(values: Array, finite: Array | None) -> Array:
    """The values in float64, 0 in place of those that are not finite; in memory that the next tile overwrites."""
    wide: Array = scratch("wide", values.shape, np.float64)
    wide[...] = values
    if finite is not None:
        wide[~finite] = 0.0
    return wide


def _one_hot(labels: Array | None, classes: int, samples: int) -> Array:
    """(classes, n): 1 where a sample is of a class, else 0; (0, n) without labels."""
    if labels is None or not classes:
        return np.zeros((0, samples))
    found: Array = (labels[None, :] == np.arange(classes)[:, None]).astype(np.float64)
    return found
