"""What a tensor's values are like over many samples, channel by channel; tallies of parts merge into that of the whole.

A channel is a channel of a picture or signal, a unit of a dense layer, a feature of a token. Counts are integers;
sums are in float64 and merged in the order of the samples, so that who computes a part does not matter.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

TOP = 5
"""How many samples that excite a channel most are kept."""
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
        finite, share = self.finite + later.finite, part_of(later.finite, self.finite + later.finite)
        apart = later.mean - self.mean
        low, high = later.low < self.low, later.high > self.high
        top, top_at = largest(
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
            by_channel=spread(self.by_channel, self.used, used) + spread(later.by_channel, later.used, used),
        )

    def thinned(self) -> Tally:
        """The same to be sent: as `counts` (2, bins) the number of all bins, then which ones have any, and how many."""
        used = np.flatnonzero(self.counts)
        return replace(self, counts=np.stack([np.append(len(self.counts), used), np.append(0, self.counts[used])]))

    def filled(self) -> Tally:
        """What was `thinned`."""
        counts = np.zeros(self.counts[0, 0], np.int64)
        counts[self.counts[0, 1:]] = self.counts[1, 1:]
        return replace(self, counts=counts)

    def arrays(self) -> dict[str, Array]:
        """All that it holds, by field."""
        return {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}


def spread(counts: Array, used: Array, bins: Array) -> Array:
    """Counts (C, U) of the bins `used` with a column for each of `bins`, which has those among them."""
    if len(used) == len(bins):
        return counts
    found: Array = np.zeros((len(counts), len(bins)), np.int64)
    found[:, np.searchsorted(bins, used)] = counts
    return found


_ADDED = ("samples", "nans", "infinities", "zeros", "class_sums", "class_counts", "near", "counts")


def part_of(part: Array, whole: Array) -> Array:
    """The quotient; 0 of nothing."""
    found: Array = np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)
    return found


def largest(values: Array, numbers: Array) -> tuple[Array, Array]:
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
