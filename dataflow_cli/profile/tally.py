"""What a tensor's values are like over many samples, channel by channel; tallies of parts merge into that of the whole.

A channel is a channel of a picture or signal, a unit of a dense layer, a feature of a token. Counts are integers;
sums are in float64 and merged in the order of the samples, so that who computes a part does not matter.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.marks import true_places
from dataflow_cli.kernels.middle import reduced, squares, trues
from dataflow_cli.kernels.octaves import bin_count, counted, counted_by_channel, counted_with_zeros, unsound
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.shapes import Array

TOP = 5
"""How many samples that excite a channel most are kept."""
NEAR = 0.01
"""Of the range between the ends of a function: a value so near to an end is saturated."""
_TILE = 1 << 17
"""Elements that are looked at together: their float64 copies stay in the cache."""
_FEW = 4
"""Where only one value in so many is not zero, sums are made of those alone."""
NOBODY = -1
"""In place of a sample's number, where there is none."""


@dataclass(frozen=True)
class Tally:
    """Of one tensor; arrays (C,) have a number a channel. Moments and extremes are of the finite values."""

    samples: int
    places: int
    """Values of a channel in one sample."""
    nans: Array
    infinities: Array
    zeros: Array
    mean: Array
    m2: Array
    """Sum of squared differences from the mean."""
    low: Array
    low_at: Array
    """The first sample with the smallest value."""
    high: Array
    high_at: Array
    top: Array
    """(C, TOP): the largest values that a sample has, from the largest; -inf where there are fewer samples."""
    top_at: Array
    """(C, TOP): which samples."""
    class_sums: Array
    """(classes, C): the sums of samples' means, by the right class; (0, C) without labels."""
    class_counts: Array
    """(classes,): of samples."""
    near: Array
    """How many values are near an end of the function that made them; (0,) where it has none."""
    counts: Array
    """Values by sign and sixteenth of an octave, of all channels together."""
    used: Array
    """(U,): the bins that have any, in rising order, where they are counted by channel; else (0,)."""
    by_channel: Array
    """(C, U): the counts of those bins by channel, or (C, 0)."""

    @property
    def finite(self) -> Array:
        """How many finite values each channel has."""
        found: Array = self.samples * self.places - self.nans - self.infinities
        return found

    def merged(self, later: Tally) -> Tally:
        """Of the samples of both, `later` ones behind."""
        finite, share = self.finite + later.finite, _share(later.finite, self.finite + later.finite)
        apart = later.mean - self.mean
        low, high = later.low < self.low, later.high > self.high
        top, top_at = _largest(
            np.concatenate([self.top, later.top], axis=1), np.concatenate([self.top_at, later.top_at], axis=1)
        )
        added = {name: getattr(self, name) + getattr(later, name) for name in _ADDED}
        used = np.union1d(self.used, later.used)
        return replace(
            self,
            **added,
            mean=np.where(finite > 0, self.mean + apart * share, 0.0),
            m2=self.m2 + later.m2 + apart * apart * self.finite * share,
            low=np.where(low, later.low, self.low),
            low_at=np.where(low, later.low_at, self.low_at),
            high=np.where(high, later.high, self.high),
            high_at=np.where(high, later.high_at, self.high_at),
            top=top,
            top_at=top_at,
            used=used,
            by_channel=self._spread(used) + later._spread(used),
        )

    def _spread(self, used: Array) -> Array:
        """The counts by channel with a column for each of these bins, those of its own among them."""
        if len(used) == len(self.used):
            return self.by_channel
        found: Array = np.zeros((len(self.by_channel), len(used)), np.int64)
        found[:, np.searchsorted(used, self.used)] = self.by_channel
        return found

    def arrays(self) -> dict[str, Array]:
        """All that it holds, by field."""
        return {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}


_ADDED = ("samples", "nans", "infinities", "zeros", "class_sums", "class_counts", "near", "counts")


def _share(part: Array, whole: Array) -> Array:
    """The quotient; 0 of nothing."""
    found: Array = np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)
    return found


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
    """The tally of a tensor (n, *shape) of samples with these numbers (n,).

    `axis` is that of the channels in a sample, None for a tensor that has none, which counts as one. `labels` (n,) are
    the right classes, -1 for none. `ends` are the least and the largest value that the function that made it has.
    `by_channel` counts the values of each channel by sign and sixteenth of an octave, too.
    """
    values = _by_channel(tensor, axis)
    seen = _Seen(values, ends)
    low_at, high_at = seen.lows.argmin(axis=0), seen.highs.argmax(axis=0)
    every = np.arange(values.shape[2])
    is_class = _one_hot(labels, classes, len(values))
    top, top_at = _largest(seen.highs.T, np.broadcast_to(numbers, seen.highs.T.shape))
    return Tally(
        samples=len(values),
        places=values.shape[1],
        nans=seen.nans,
        infinities=seen.infinities,
        zeros=seen.zeros,
        mean=seen.mean,
        m2=seen.squared_apart(),
        low=seen.lows[low_at, every],
        low_at=numbers[low_at],
        high=seen.highs[high_at, every],
        high_at=numbers[high_at],
        top=top,
        top_at=top_at,
        class_sums=is_class @ (seen.sums / max(values.shape[1], 1)),
        class_counts=is_class.sum(axis=1).astype(np.int64),
        near=np.zeros(0, np.int64) if ends is None else seen.near,
        counts=seen.counts,
        used=np.flatnonzero(seen.counts) if by_channel else np.zeros(0, np.int64),
        by_channel=seen.by_channel() if by_channel else np.zeros((values.shape[2], 0), np.int64),
    )


class _Seen:
    """Values (n, places, C) looked at tile by tile, so that all looks at a tile find it in the cache."""

    def __init__(self, values: Array, ends: tuple[float, float] | None) -> None:
        samples, places, channels = values.shape
        self.values = values
        self.ends = ends
        self.nans, self.infinities, self.zeros, self.near = (np.zeros(channels, np.int64) for _ in range(4))
        self.sums, self.squares = np.zeros((samples, channels)), np.zeros(channels)
        self.lows, self.highs = np.full((samples, channels), np.inf), np.full((samples, channels), -np.inf)
        self.tiles = list(_tiles(samples, places, channels))
        self.sound = True
        self.counts = np.zeros(bin_count(values.dtype.name), np.int64)
        for tile in self.tiles:
            self.look(tile)
        self.finite = samples * places - self.nans - self.infinities
        self.mean = _share(self.sums.sum(axis=0), self.finite)

    def look(self, tile: Tile) -> None:
        """Look at some places of some samples."""
        values, some = self.values[tile], tile[0]
        flat = values.reshape(-1)
        isnt_zero = np.not_equal(values, 0, out=scratch("mask", values.shape, np.bool_))
        count = int(np.count_nonzero(isnt_zero))
        places = true_places(isnt_zero.reshape(-1), count) if 2 * count <= flat.size else None
        if places is None:
            own = counted(flat, isnt_zero.reshape(-1))
        else:
            kept = flat.take(places, mode="clip")
            own = counted_with_zeros(kept, flat.size - count)
        self.counts += own
        finite = self.set_apart(values) if unsound(own) else None
        if places is not None and _FEW * count <= flat.size and finite is None:
            zeros = values.shape[1] - self.add_few(some, values.shape, places, kept)
        else:
            zeros = values.shape[1] - trues(isnt_zero)
            self.add(some, _widened(values, finite))
        self.zeros += zeros.sum(axis=0)
        never_below = not own[len(own) // 2 :].any()
        low, high = self.extremes(values, finite, never_below=never_below and bool(zeros.all()))
        np.minimum(self.lows[some], low, out=self.lows[some])
        np.maximum(self.highs[some], high, out=self.highs[some])
        if self.ends is not None:
            first, last = self.ends
            apart = NEAR * (last - first)
            self.near += trues((values <= first + apart) | (values >= last - apart)).sum(axis=0)

    def add(self, some: slice, wide: Array) -> None:
        """Add the values (n, places, C) of some samples to the sums."""
        self.sums[some] += (np.ones((1, wide.shape[1])) @ wide)[:, 0]
        self.squares += squares(wide)

    def add_few(self, some: slice, shape: tuple[int, ...], places: Array, kept: Array) -> Array:
        """The same of an array of that shape of which these few, and where they are, are all that is not zero.

        Returns how many of them each channel has, (n, C).
        """
        samples, rows, channels = shape
        at = places.astype(np.uint32)  # NumPy divides those ten times as fast
        row = at // np.uint32(channels)
        groups = (at + (row // np.uint32(rows) - row) * np.uint32(channels)).astype(np.intp)
        wide, count = kept.astype(np.float64), samples * channels
        self.sums[some] += np.bincount(groups, wide, count).reshape(samples, channels)
        self.squares += np.bincount(groups, wide * wide, count).reshape(samples, channels).sum(axis=0)
        found: Array = np.bincount(groups, minlength=count).reshape(samples, channels)
        return found

    def extremes(self, values: Array, finite: Array | None, *, never_below: bool) -> tuple[Array | float, Array]:
        """The smallest and largest values (n, C) of what is finite; None is all. `never_below` zero, which all have."""
        if finite is not None:
            low = values.min(axis=1, initial=np.inf, where=finite)
            return low, values.max(axis=1, initial=-np.inf, where=finite)
        return 0.0 if never_below else reduced(np.minimum, values, np.inf), reduced(np.maximum, values, -np.inf)

    def set_apart(self, values: Array) -> Array:
        """Count NaN and infinities. Returns what is finite."""
        self.sound = False
        self.nans += np.isnan(values).sum(axis=(0, 1), dtype=np.int64)
        self.infinities += np.isinf(values).sum(axis=(0, 1), dtype=np.int64)
        return np.isfinite(values)

    def by_channel(self) -> Array:
        """The counts (C, U) of the bins that have any."""
        used, channels = np.flatnonzero(self.counts), self.values.shape[2]
        found: Array = np.zeros((channels, len(used)), np.int64)
        for tile in self.tiles:
            found += counted_by_channel(self.values[tile].reshape(-1, channels), used)
        return found

    def squared_apart(self) -> Array:
        """The sums (C,) of squared differences from the mean.

        Σx² - n·mean² needs one pass less, and is as exact where little cancels: up to a mean of two standard
        deviations.
        """
        found: Array = self.squares - self.finite * self.mean * self.mean
        if (self.squares <= 5 * found).all():
            return found
        found = np.zeros(len(self.mean))
        for tile in self.tiles:
            values = self.values[tile]
            finite = None if self.sound else np.isfinite(values)
            wide = _widened(values, finite)
            np.subtract(wide, self.mean, out=wide)
            if finite is not None:
                wide[~finite] = 0.0
            found += squares(wide)
        return found


Tile = tuple[slice, slice]
"""Samples, and places."""


def _tiles(samples: int, places: int, channels: int) -> Iterator[Tile]:
    """Several samples, or some places of one."""
    if not places * channels:
        return
    step, part = max(_TILE // (places * channels), 1), max(min(_TILE // channels, places), 1)
    for start in range(0, samples, step):
        for first in range(0, places, part):
            yield slice(start, start + step), slice(first, first + part)


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


def _by_channel(tensor: Array, axis: int | None) -> Array:
    """(n, places, C), float32 or float64, in one piece."""
    kind = tensor.dtype if tensor.dtype in (np.float32, np.float64) else np.dtype(np.float64)
    if axis is None:
        return np.ascontiguousarray(tensor.reshape(len(tensor), -1, 1), kind)
    moved = np.moveaxis(tensor, axis + 1, -1)
    return np.ascontiguousarray(moved, kind).reshape(len(tensor), -1, moved.shape[-1])


def _largest(values: Array, numbers: Array) -> tuple[Array, Array]:
    """The TOP largest of each row (C, m) with their samples, the earlier of equals first; padded to TOP.

    The largest is looked for, and crossed out, so often: that takes a fraction of the time of sorting the rows.
    """
    left = np.full((len(values), max(values.shape[1], TOP)), -np.inf)
    left[:, : values.shape[1]] = values
    top, at = np.empty((len(values), TOP)), np.empty((len(values), TOP), np.intp)
    every = np.arange(len(values))
    for place in range(TOP):
        at[:, place] = left.argmax(axis=1)
        top[:, place] = left[every, at[:, place]]
        left[every, at[:, place]] = -np.inf
    missing = np.isneginf(top)
    return top, np.where(missing, NOBODY, np.take_along_axis(numbers, np.where(missing, 0, at), axis=1))


def tally_of(arrays: dict[str, Any]) -> Tally:
    """What `arrays` gave."""
    plain = {name: int(arrays[name]) for name in ("samples", "places")}
    return Tally(**{each.name: plain.get(each.name, arrays[each.name]) for each in fields(Tally)})
