"""Functions of a place on an axis that are constant over stretches and repeat: what a receptive field's ends are.

Behind nothing but strides an end moves on by the same amount from place to place. Behind an axis that grew it stays for
some places, then moves on, and after a period all begins anew, a rise further on.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd, lcm
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST = 1024
"""Stretches a period at most. Networks have some; more take growths and strides in turn, large and without a divisor in
common."""
LARGEST = 2**128
"""No number gets larger: strides multiply, also those that an axis is too short for."""


class TooIrregular(Exception):  # noqa: N818  it says what the function is, and is always caught
    """A function has too many stretches, or too large numbers, to be followed."""


@dataclass(frozen=True)
class Steps:
    """f(place + period) = f(place) + rise. `starts` are where its stretches begin within a period, from 0 on.

    `values` are those of the stretches; None stands for no value at all.
    """

    period: int = 1
    rise: int = 1
    starts: tuple[int, ...] = (0,)
    values: tuple[int | None, ...] = (0,)

    @classmethod
    def listed(cls, values: Sequence[int | None]) -> Steps:
        """The function that has these values from 0 on, and again behind them."""
        return cls._made(len(values), 0, list(enumerate(values)))

    def at(self, place: int) -> int | None:
        """The value at a place."""
        turns, rest = divmod(place, self.period)
        value = self.values[0 if len(self.values) == 1 else self._stretch(rest)]
        return None if value is None else value + turns * self.rise

    def _stretch(self, rest: int) -> int:
        """The stretch that holds a place of the first period; few networks have an axis with several."""
        from bisect import bisect_right

        return bisect_right(self.starts, rest) - 1

    @property
    def rising(self) -> bool:
        """Whether it has a value everywhere and never falls."""
        if len(self.values) == 1:
            return self.values[0] is not None
        values = [*self.values, self.at(self.period)]
        return all(one is not None and two is not None and one <= two for one, two in pairwise(values))

    def moved(self, shift: int, stride: int) -> Steps:
        """f(place * stride + shift)."""
        if self.period == 1:
            return self._made(1, self.rise * stride, ((0, self.at(shift)),))
        return self.shifted(shift).strided(stride)

    def shifted(self, by: int) -> Steps:
        """f(place + by)."""
        places = [(start - by) % self.period for start in self.starts]
        return self._made(self.period, self.rise, [(place, self.at(place + by)) for place in sorted({0, *places})])

    def strided(self, stride: int) -> Steps:
        """f(place * stride)."""
        common = gcd(self.period, stride)
        period, turns = self.period // common, stride // common
        places: Iterable[int]
        if len(self.starts) * turns < period:
            offsets = [turn * self.period for turn in _range(turns, len(self.starts))]
            places = {0} | {-(-(start + offset) // stride) for start in self.starts for offset in offsets}
        else:
            places = _range(period)
        pieces = [(place, self.at(place * stride)) for place in sorted(places) if place < period]
        return self._made(period, self.rise * turns, pieces)

    def repeated(self, times: int) -> Steps:
        """f(place / times), rounded up."""
        pieces = [(0, self.at(0))]
        pieces += [((start - 1) * times + 1, self.at(start)) for start in (*self.starts[1:], self.period)]
        return self._made(self.period * times, self.rise, pieces)

    def apart(self, times: int) -> Steps:
        """f(place / times) where that is a whole number; no value between."""
        pairs = zip(pairwise((*self.starts, self.period)), self.values, strict=True)
        stretches = [stretch for stretch, value in pairs if value is not None]
        _range(sum(end - start for start, end in stretches))
        places = [place for stretch in stretches for place in range(*stretch)]
        pieces = [piece for place in places for piece in ((place * times, self.at(place)), (place * times + 1, None))]
        return self._made(self.period * times, self.rise, pieces if places[:1] == [0] else [(0, None), *pieces])

    def least(self, gap: int, count: int) -> Steps:
        """The smallest of f(place), f(place + gap), ..., `count` of them."""
        made, width = self, 1
        while width < count and not made.rising:  # of what rises the first is the smallest
            step = min(width, count - width)
            made, width = made.lower(made.shifted(gap * step)), width + step
        return made

    def sampled(self, period: int, rise: int, places: Callable[[int], range]) -> Steps:
        """The smallest of f at all `places(place)`, which are the same again, `rise` further on, after `period`."""
        turns = self.period // gcd(rise, self.period)
        pieces = [(place, self._smallest(places(place))) for place in _range(period * turns)]
        return self._made(period * turns, self.rise * (rise * turns // self.period), pieces)

    def _smallest(self, places: range) -> int | None:
        """The smallest value at any of some places."""
        if self.rising and places:
            return self.at(places[0])
        values = [self.at(places[turn]) for turn in _range(len(places))]
        return min((value for value in values if value is not None), default=None)

    def lower(self, other: Steps) -> Steps:
        """The smaller of both. Raises ValueError if they rise at different rates, and so part without bound."""
        if self.period * other.rise != other.period * self.rise:
            raise ValueError("different rates")
        period = lcm(self.period, other.period)
        places = {
            start + offset * one.period
            for one in (self, other)
            for offset in _range(period // one.period, len(one.starts))
            for start in one.starts
        }
        pieces = [(place, _smaller(self.at(place), other.at(place))) for place in sorted(places)]
        return self._made(period, self.rise * (period // self.period), pieces)

    @staticmethod
    def _made(period: int, rise: int, pieces: Sequence[tuple[int, int | None]]) -> Steps:
        """From the first places of stretches and their values, of which neighbours may be alike."""
        kept = [pieces[0], *(two for one, two in pairwise(pieces) if one[1] != two[1])]
        starts, values = zip(*kept, strict=True)
        if len(kept) > MOST or max(period, rise, abs(values[0] or 0), abs(values[-1] or 0)) > LARGEST:
            raise TooIrregular
        return Steps(period, rise, starts, values)


def _range(count: int, each: int = 1) -> range:
    """Numbers from 0 on, if so many times `each` are no more than can be followed."""
    if count * each > MOST:
        raise TooIrregular
    return range(count)


def _smaller(one: int | None, two: int | None) -> int | None:
    """The smaller of two values, of which either may be missing."""
    if one is None or two is None:
        return two if one is None else one
    return min(one, two)
