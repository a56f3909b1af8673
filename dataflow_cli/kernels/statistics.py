"""What the values of a tensor are like, exactly: sums in float64, chunk by chunk, in reused memory.

Moments and histograms of two parts merge into those of the whole, so data can stream through in minibatches.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import field
from functools import partial, reduce
from operator import mul
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import block_of, scratch, workspace
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

CHUNK = 65_536
"""Elements a chunk, or half as many more: its float64 copy stays in the cache."""
COLUMNS = 256
"""Of the matrix as which a chunk is summed."""
COST = 20
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""
_FEWEST_ROWS = 8
"""With fewer it is summed as it is."""
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
            m2=self.m2 + other.m2 + (apart * apart * self.finite * share if 0 < share < 1 else 0.0),
        )

    def _merged_mean(self, other: Moments, apart: float, share: float) -> float:
        """The mean of both parts, without adding what one part alone decides or what is too large to subtract."""
        if share in (0.0, 1.0):
            return other.mean if share else self.mean
        return self.mean + apart * share if math.isfinite(apart) else self.mean * (1 - share) + other.mean * share


Part = Moments | tuple[int, int, float, float, float, float]
"""Moments of a part; as (count, zeros, minimum, maximum, mean, m2) where all elements are finite, which is cheaper."""


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
    with np.errstate(all="ignore"):  # sums of huge values overflow to infinity, which is said and not warned of
        if not array.flags.forc:
            return together(parts_of(array))
        chunks = list(_chunks(array))
        parts: list[Part] = [Moments()] * len(chunks)

        def take(number: int) -> None:
            parts[number] = _chunk_moments(chunks[number])

        current().spread([partial(take, number) for number in range(len(chunks))], array.size * COST)
        return together(parts)


def parts_of(array: Array) -> list[Part]:
    """The moments of an array chunk by chunk, for `together`, on the calling thread.

    It must have switched floating-point warnings off.
    """
    if array.size <= CHUNK * 3 // 2 and array.flags.c_contiguous:
        return [_chunk_moments(array.reshape(-1))]
    return [_chunk_moments(chunk) for chunk in _chunks(array)]


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
        count = max(round(flat.size / CHUNK), 1)
        yield from (flat[flat.size * i // count : flat.size * (i + 1) // count] for i in range(count))
    else:
        parts = np.nditer(array, ["external_loop", "buffered", "zerosize_ok"], order="K", buffersize=CHUNK)
        yield from (np.asarray(part) for part in parts if np.size(part))


def together(parts: Sequence[Part]) -> Moments:
    """The moments of all parts, merged in order."""
    if len(parts) == 1:
        return _moments(parts[0])
    sound = [part for part in parts if isinstance(part, tuple)]
    if len(sound) < len(parts) or not sound:
        return reduce(Moments.merged, map(_moments, parts), Moments())
    counts, zeros, minima, maxima, means, squares = zip(*sound, strict=True)
    count = sum(counts)
    try:
        mean = math.fsum(map(mul, means, counts)) / count
        m2 = math.fsum([m2 + n * (part - mean) ** 2 for m2, n, part in zip(squares, counts, means, strict=True)])
    except (OverflowError, ValueError):  # sums of huge values
        mean = math.inf
    if not math.isfinite(mean):
        return reduce(Moments.merged, map(_moments, parts), Moments())
    return _moments((count, sum(zeros), min(minima), max(maxima), mean, m2))


def _moments(part: Part) -> Moments:
    if not isinstance(part, tuple):
        return part
    count, zeros, minimum, maximum, mean, m2 = part
    return Moments(count, count, 0, 0, zeros, minimum, maximum, mean, m2)


def _chunk_moments(chunk: Array) -> Part:
    """The moments of a flat array of at most a chunk's size."""
    size = chunk.size
    if not size:
        return Moments()
    least, most = float(np.minimum.reduce(chunk)), float(np.maximum.reduce(chunk))
    if not (least > -math.inf and most < math.inf):  # so it is too if one of them is NaN
        return _unsound_moments(chunk)
    space = workspace(("chunk", size), lambda: _Workspace(size))
    space.wide[...] = chunk
    mean, m2 = _mean_and_m2(space)
    zeros = int(np.count_nonzero(np.equal(chunk, 0, space.mask))) if least <= 0 <= most else 0
    return size, zeros, least, most, mean, m2


class _Workspace:
    """A thread's memory for a chunk in float64, and the views of it that are summed."""

    def __init__(self, size: int) -> None:
        rows = size // COLUMNS
        self.wide = scratch("wide", (size,), np.float64)
        self.mask = scratch("mask", (size,), np.bool_)
        self._table = self.wide[: rows * COLUMNS].reshape(rows, COLUMNS)
        self._rest = self.wide[rows * COLUMNS :]
        self._down, self._across = block_of(1, np.float64)[:rows], block_of(1, np.float64)[:COLUMNS]

    def total(self) -> float:
        """The sum, by columns first: products with ones are twice as fast as NumPy's sum, and as exact."""
        if self._down.size < _FEWEST_ROWS:
            return float(np.add.reduce(self.wide))
        total = float(np.dot(np.dot(self._down, self._table), self._across))
        return total + float(np.add.reduce(self._rest)) if self._rest.size else total


def _mean_and_m2(space: _Workspace) -> tuple[float, float]:
    """The mean, and the sum of squared differences from it. May overwrite the values.

    Σ(x - mean)² = Σx² - n·mean² needs one pass less, and is as exact where little cancels: up to a mean of two
    standard deviations.
    """
    values = space.wide
    count = values.size
    mean = space.total() / count
    if not math.isfinite(mean):
        mean = float(np.add.reduce(values / count))
    squares = float(np.dot(values, values))
    m2 = squares - count * mean * mean
    if squares <= 5 * m2 < math.inf:
        return mean, m2
    np.subtract(values, mean, out=values)
    return mean, float(np.dot(values, values))


def _unsound_moments(chunk: Array) -> Moments:
    """A chunk with NaN or infinities: count them, then take the moments of the rest."""
    finite = chunk[np.isfinite(chunk)]
    nans = int(np.count_nonzero(np.isnan(chunk)))
    unsound = Moments(count=chunk.size - finite.size, nans=nans, infinities=chunk.size - finite.size - nans)
    if not finite.size:
        return unsound
    return unsound.merged(_moments(_chunk_moments(finite)))


def _chunk_histogram(chunk: Array) -> Histogram:
    values = chunk[np.isfinite(chunk)]
    below, above = values[values < 0], values[values > 0]
    return Histogram(_powers(below), _powers(above), values.size - below.size - above.size)


def _powers(values: Array) -> dict[int, int]:
    """How many values lie between each power of two and the next."""
    exponents = np.frexp(values)[1]  # a value is a fraction from 0.5 to 1 times 2 to this power
    counts = np.bincount(exponents + (_LOWEST - 1))
    return {int(e) - _LOWEST: int(counts[e]) for e in np.flatnonzero(counts)}
