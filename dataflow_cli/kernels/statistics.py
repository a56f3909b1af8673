"""What the values of a tensor are like, exactly: sums in float64, chunk by chunk, in reused memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[Any]

CHUNK = 65_536
"""Elements a chunk: its float64 copy stays in the cache."""


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

        Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
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
            mean=self.mean + apart * share,
            m2=self.m2 + other.m2 + apart * apart * self.finite * share,
        )


def moments(array: Array) -> Moments:
    """The moments of all elements of an array of any shape and type."""
    total = Moments()
    scratch = np.empty(min(array.size, CHUNK), np.float64)
    for chunk in _chunks(array):
        total = total.merged(_chunk_moments(chunk, scratch[: chunk.size]))
    return total


def _chunks(array: Array) -> Iterator[Array]:
    """Flat stretches of the array; without a copy where its memory is in one piece, in whatever order."""
    flat = array.ravel(order="K")
    for start in range(0, flat.size, CHUNK):
        yield flat[start : start + CHUNK]


def _chunk_moments(chunk: Array, scratch: Array) -> Moments:
    least, most = chunk.min(), chunk.max()
    zeros = chunk.size - int(np.count_nonzero(chunk))
    if not (np.isfinite(least) and np.isfinite(most)):
        return _unsound_moments(chunk, zeros)
    scratch[...] = chunk
    mean = float(scratch.sum()) / chunk.size
    np.subtract(scratch, mean, out=scratch)
    return Moments(
        count=chunk.size,
        finite=chunk.size,
        zeros=zeros,
        minimum=float(least),
        maximum=float(most),
        mean=mean,
        m2=float(np.dot(scratch, scratch)),
    )


def _unsound_moments(chunk: Array, zeros: int) -> Moments:
    """A chunk with NaN or infinities: count them, then take the moments of the rest."""
    finite = chunk[np.isfinite(chunk)]
    nans = int(np.count_nonzero(np.isnan(chunk)))
    unsound = Moments(count=chunk.size - finite.size, nans=nans, infinities=chunk.size - finite.size - nans)
    if not finite.size:
        return unsound
    sound = _chunk_moments(finite, np.empty(finite.size, np.float64))
    return unsound.merged(sound)
