"""What the values of a tensor are like, exactly: sums in float64, chunk by chunk, in reused memory.

Moments and histograms of two parts merge into those of the whole, so data can stream through in minibatches.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Array = NDArray[Any]

CHUNK = 65_536
"""Elements a chunk: its float64 copy stays in the cache."""
_LOWEST = 1074
"""The smallest float64 above zero is 2 to the power of minus this."""


@dataclass(frozen=True)
class Moments:
    """Counts and moments of the elements. `mean`, `m2`, `minimum` and `maximum` are of the finite ones only.

    `m2` is the sum of squared differences from the mean.
    """

    count: int = 0
    finite: int = 0
    nans: int = 0
    infinities: int = 0
    zeros: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    mean: float = 0.0
    m2: float = 0.0

    def merged(self, other: Moments) -> Moments:
        """The moments of both parts together.

        Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
        1979.
        """
        finite = self.finite + other.finite
        share = other.finite / finite if finite else 0.0
        apart = other.mean - self.mean
        return Moments(
            count=self.count + other.count,
            finite=finite,
            nans=self.nans + other.nans,
            infinities=self.infinities + other.infinities,
            zeros=self.zeros + other.zeros,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            mean=self._merged_mean(other, apart, share),
            m2=self.m2 + other.m2 + (apart * apart * self.finite * share if share else 0.0),
        )

    def _merged_mean(self, other: Moments, apart: float, share: float) -> float:
        """The mean of both parts, without adding what one part alone decides or what is too large to subtract."""
        if share in (0.0, 1.0):
            return other.mean if share else self.mean
        return self.mean + apart * share if math.isfinite(apart) else self.mean * (1 - share) + other.mean * share


@dataclass(frozen=True)
class Histogram:
    """How many finite elements have which sign and which power of two: exact, and the same however data is split.

    `positive[e]` counts the elements from 2**e up to, and without, 2**(e + 1); `negative[e]` those of the other sign.
    """

    negative: Mapping[int, int] = field(default_factory=dict)
    positive: Mapping[int, int] = field(default_factory=dict)
    zeros: int = 0

    def merged(self, other: Histogram) -> Histogram:
        """The histogram of both parts together."""
        return Histogram(
            dict(Counter(self.negative) + Counter(other.negative)),
            dict(Counter(self.positive) + Counter(other.positive)),
            self.zeros + other.zeros,
        )

    @property
    def bins(self) -> tuple[tuple[float, float, int], ...]:
        """(low, high, count) of every bin with elements, in the order of the number line; zero is (0.0, 0.0, count)."""
        below = [(-_power(e + 1), -_power(e), self.negative[e]) for e in sorted(self.negative, reverse=True)]
        above = [(_power(e), _power(e + 1), self.positive[e]) for e in sorted(self.positive)]
        return (*below, *([(0.0, 0.0, self.zeros)] if self.zeros else []), *above)


def moments(array: Array) -> Moments:
    """The moments of all elements of an array of any shape and type."""
    total = Moments()
    scratch = np.empty(min(array.size, CHUNK), np.float64)
    with np.errstate(all="ignore"):  # sums of huge values overflow to infinity, which is said and not warned of
        for chunk in _chunks(array):
            total = total.merged(_chunk_moments(chunk, scratch[: chunk.size]))
    return total


def histogram(array: Array) -> Histogram:
    """The histogram of the finite elements of an array of any shape and type."""
    total = Histogram()
    for chunk in _chunks(array):
        total = total.merged(_chunk_histogram(chunk.astype(np.float64)))
    return total


def _power(exponent: int) -> float:
    """2 to the power of `exponent`; infinity past the largest float64."""
    return math.ldexp(1.0, exponent) if exponent < 1024 else math.inf


def _chunks(array: Array) -> Iterator[Array]:
    """Flat stretches of the array, in whatever order its memory has; only what is not in one piece is copied."""
    if array.flags.forc:
        flat = array.ravel(order="K")
        for start in range(0, flat.size, CHUNK):
            yield flat[start : start + CHUNK]
    else:
        flags = ["external_loop", "buffered", "zerosize_ok"]
        yield from (np.asarray(chunk) for chunk in np.nditer(array, flags, order="K", buffersize=CHUNK) if chunk.size)


def _chunk_moments(chunk: Array, scratch: Array) -> Moments:
    least, most = chunk.min(), chunk.max()
    if not (np.isfinite(least) and np.isfinite(most)):
        return _unsound_moments(chunk)
    scratch[...] = chunk
    mean = float(scratch.sum()) / chunk.size
    if not math.isfinite(mean):
        mean = float((scratch / chunk.size).sum())
    np.subtract(scratch, mean, out=scratch)
    return Moments(
        count=chunk.size,
        finite=chunk.size,
        zeros=chunk.size - int(np.count_nonzero(chunk)),
        minimum=float(least),
        maximum=float(most),
        mean=mean,
        m2=float(np.dot(scratch, scratch)),
    )


def _unsound_moments(chunk: Array) -> Moments:
    """A chunk with NaN or infinities: count them, then take the moments of the rest."""
    finite = chunk[np.isfinite(chunk)]
    nans = int(np.count_nonzero(np.isnan(chunk)))
    unsound = Moments(count=chunk.size - finite.size, nans=nans, infinities=chunk.size - finite.size - nans)
    if not finite.size:
        return unsound
    return unsound.merged(_chunk_moments(finite, np.empty(finite.size, np.float64)))


def _chunk_histogram(chunk: Array) -> Histogram:
    values = chunk[np.isfinite(chunk)]
    below, above = values[values < 0], values[values > 0]
    return Histogram(_powers(below), _powers(above), values.size - below.size - above.size)


def _powers(values: Array) -> dict[int, int]:
    """How many values lie between each power of two and the next."""
    exponents = np.frexp(values)[1]  # a value is a fraction from 0.5 to 1 times 2 to this power
    counts = np.bincount(exponents + (_LOWEST - 1))
    return {int(e) - _LOWEST: int(counts[e]) for e in np.flatnonzero(counts)}
