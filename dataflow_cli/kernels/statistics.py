"""What the values of a tensor are like, exactly: sums in float64, chunk by chunk, in reused memory.

Moments and histograms of two parts merge into those of the whole, so data can stream through in minibatches.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import field
from functools import partial, reduce
from operator import mul
from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.scratch import block_of, scratch, workspace
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.shapes import Array


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

    @property
    def std(self) -> float:
        """The standard deviation of the finite values, with their number (not one less) below."""
        return math.sqrt(self.m2 / self.finite) if self.finite else math.nan

    @property
    def zero_share(self) -> float:
        """The share of elements that are exactly zero, 0 to 1."""
        return self.zeros / self.count if self.count else math.nan

    @property
    def low(self) -> float:
        """The smallest finite value; NaN if there is none."""
        return self.minimum if self.finite else math.nan

    @property
    def high(self) -> float:
        """The largest finite value; NaN if there is none."""
        return self.maximum if self.finite else math.nan

    @property
    def average(self) -> float:
        """The mean of the finite values; NaN if there is none."""
        return self.mean if self.finite else math.nan

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


def moments(array: Array, engine: Engine = PLAIN_ENGINE) -> Moments:
    """The moments of all elements of an array of any shape and type."""
    with np.errstate(all="ignore"):  # sums of huge values overflow to infinity, which is said and not warned of
        if not array.flags.forc:
            return together([part for chunk in _chunks(array) for part in _parts(chunk)])
        chunks = list(_chunks(array))
        parts: list[list[Part]] = [[]] * len(chunks)

        def take(number: int) -> None:
            parts[number] = parts_of(chunks[number])

        engine.spread([partial(take, number) for number in range(len(chunks))], array.size * COST)
        return together([part for some in parts for part in some])


def parts_of(array: Array) -> list[Part]:
    """The moments of a tile chunk by chunk, for `together`, on the calling thread.

    It must have switched floating-point warnings off. A tile that is not in one piece is copied.
    """
    if array.flags.c_contiguous:
        return _parts(array.reshape(-1))
    copy = scratch("copy", array.shape, array.dtype)
    copy[...] = array
    return _parts(copy.reshape(-1))


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


def _parts(values: Array) -> list[Part]:
    """The moments of a flat array: it is looked at as a whole, and summed chunk by chunk."""
    size = values.size
    if not size:
        return []
    least, most = float(np.minimum.reduce(values)), float(np.maximum.reduce(values))
    if not (least > -math.inf and most < math.inf):  # so it is too if one of them is NaN
        return [_unsound_moments(values)]
    zeros = 0
    if least <= 0 <= most:
        zeros = int(np.count_nonzero(np.equal(values, 0, scratch("mask", (size,), np.bool_))))
    parts: list[Part] = []
    step = _step(size)
    for start in range(0, size, step):
        chunk = values[start : start + step]
        space = workspace(("chunk", chunk.size), partial(_Workspace, chunk.size))
        space.wide[...] = chunk
        parts.append((chunk.size, zeros, least, most, *_mean_and_m2(space)))
        zeros = 0
    return parts


def _step(size: int) -> int:
    """The length of equal chunks of so many elements; rows are not cut where there are several."""
    count = max(round(size / CHUNK), 1)
    return size if count == 1 else -(-size // (count * COLUMNS)) * COLUMNS


class _Workspace:
    """A thread's memory for a chunk in float64, and the views of it that are summed."""

    def __init__(self, size: int) -> None:
        rows = size // COLUMNS
        self.wide = scratch("wide", (size,), np.float64)
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


def _unsound_moments(values: Array) -> Moments:
    """Of values with NaN or infinities: count them, then take the moments of the rest."""
    finite = values[np.isfinite(values)]
    nans = int(np.count_nonzero(np.isnan(values)))
    missing = values.size - finite.size
    return Moments(count=missing, nans=nans, infinities=missing - nans).merged(together(_parts(finite)))


def _chunk_histogram(chunk: Array) -> Histogram:
    values = chunk[np.isfinite(chunk)]
    below, above = values[values < 0], values[values > 0]
    return Histogram(_powers(below), _powers(above), values.size - below.size - above.size)


def _powers(values: Array) -> dict[int, int]:
    """How many values lie between each power of two and the next."""
    exponents = np.frexp(values)[1]  # a value is a fraction from 0.5 to 1 times 2 to this power
    counts = np.bincount(exponents + (_LOWEST - 1))
    return {int(e) - _LOWEST: int(counts[e]) for e in np.flatnonzero(counts)}
