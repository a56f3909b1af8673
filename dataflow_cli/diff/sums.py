"""What two tensors have apart, summed up part by part, so that each part is read once and stays in the cache.

Tensors of float32 are summed in float32 within a part, and in float64 over all parts: that is exact to a few parts in
1e8 and takes a third of the time. The largest difference is that of float64. What float32 cannot hold, such as numbers
near its ends, infinities and NaN, is summed in float64.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.tolerance import NEAR
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.tolerance import Allowed
    from dataflow_cli.shapes import Array

PART = 2**15
"""Elements of a part, which stays in the cache while one thing after the other is asked of it."""
PIECE = 2**13
"""Elements of a piece of it: so few that no product of two is handed to several threads."""
LEAST, MOST = 2.0**-80, 2.0**80
"""Between these, sums of squares lose nothing at either end of float32."""
CLOSE = 2.0**-6
"""How small B may be beside A, as squares, to be told from A and the difference."""


class Sums:
    """What is known of both so far."""

    def __init__(self, allowed: Allowed | None = None) -> None:
        self.largest = 0.0
        self.at = self.outside = 0
        self._allowed = allowed
        self._noise = self._signal = self._left = self._right = self._product = 0.0
        self._rounded = 0.0  # `largest` as float32 has it
        self._scratch: tuple[Array, Array] | None = None

    def add(self, one: Array, other: Array, start: int) -> None:
        """A part of both, flat, from element `start` on."""
        if not (one.dtype == other.dtype == np.float32 and self._add_narrow(one, other, start)):
            self._add(one.astype(np.float64), other.astype(np.float64), start)

    def _add_narrow(self, one: Array, other: Array, start: int) -> bool:
        """The same in float32; False, and nothing is added, if that cannot hold it."""
        if self._scratch is None:
            self._scratch = np.empty(PART, np.float32), np.empty(PART, np.float32)
        apart, size = (each[: one.size] for each in self._scratch)
        np.subtract(one, other, out=apart)
        pieces = (slice(first, first + PIECE) for first in range(0, one.size, PIECE))
        found = [_squares(one[piece], other[piece], apart[piece]) for piece in pieces]
        if None in found:
            return False
        differ = False
        for signal, right, product, noise in filter(None, found):
            self._left += signal
            self._signal += signal
            self._right += right
            self._product += product
            self._noise += noise
            differ = differ or noise > 0
        if differ:
            np.abs(apart, out=size)
            self._rank_narrow(one, other, size, start)
        return True

    def _rank_narrow(self, one: Array, other: Array, apart: Array, start: int) -> None:
        most = float(apart[apart.argmax()])
        if most >= self._rounded:
            places = np.flatnonzero(apart == most)  # of these, which are equally far apart in float32, the farthest
            exact = np.abs(one[places].astype(np.float64) - other[places])
            self._keep(float(exact.max()), start + int(places[exact.argmax()]))
        if self._allowed is not None and most >= self._allowed.atol * (1 - NEAR):
            self.outside += self._allowed.beyond_narrow(one, other, apart)

    def _keep(self, largest: float, at: int) -> None:
        if largest > self.largest:
            self.largest, self.at, self._rounded = largest, at, float(np.float32(largest))

    def _add(self, one: Array, other: Array, start: int) -> None:
        if self._allowed is not None:
            self.outside += self._allowed.beyond(one, other)
        apart = np.abs(one - other)
        if not math.isfinite(float(apart.max())):
            apart[(one == other) | (np.isnan(one) & np.isnan(other))] = 0.0
            ranked = np.where(np.isnan(apart), np.inf, apart)
            self._keep(float(ranked.max()), start + int(ranked.argmax()))
        else:
            self._keep(float(apart.max()), start + int(apart.argmax()))
        self._noise += float(apart @ apart)
        self._left += float(one @ one)
        self._right += float(other @ other)
        self._product += float(one @ other)
        finite = one if math.isfinite(self._left) else one[np.isfinite(one)]
        self._signal += float(finite @ finite)

    def snr(self) -> float:
        """Signal to noise in decibels."""
        if self._noise == 0:
            return math.inf
        return 10 * math.log10(self._signal / self._noise) if self._signal and math.isfinite(self._noise) else -math.inf

    def cosine(self) -> float:
        """Between both as vectors."""
        if not (self._left >= 0 and self._right >= 0):
            return math.nan
        lengths = math.sqrt(self._left) * math.sqrt(self._right)
        if not math.isfinite(lengths) or not math.isfinite(self._product):
            return math.nan
        if not lengths:
            return float(self._left == self._right)
        return min(max(self._product / lengths, -1.0), 1.0)


def _squares(one: Array, other: Array, apart: Array) -> tuple[float, float, float, float] | None:
    """The sums of A², B², A B and (A - B)² of a piece of both; None if float32 cannot hold them."""
    signal, noise = float(one.dot(one)), float(apart.dot(apart))
    if not (_holds(signal, one) and _holds(noise, apart)):
        return None
    across = float(one.dot(apart))
    right = signal - 2 * across + noise  # B is A - (A - B): the angle between both keeps its digits
    if right > CLOSE * signal:
        return signal, right, signal - across, noise
    return signal, float(other.dot(other)), float(one.dot(other)), noise


def _holds(squares: float, part: Array) -> bool:
    """Whether the sum of a part's squares is one that float32 can hold."""
    return LEAST <= squares <= MOST or (squares == 0 and not part.any())
