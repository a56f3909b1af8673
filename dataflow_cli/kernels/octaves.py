"""Counts of values by sign and sixteenth of an octave: exact integers, the same however data is split.

The leading bits of an IEEE 754 number are its sign, its exponent, and how far it is from its power of two to the next:
as an unsigned number they are the bin that it falls into. A bin is a sixteenth of a power of two wide, which is 1/16 of
the values at its lower edge and 1/31 of those at the upper.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

PARTS = 16
"""Of an octave."""
_HALF = {"float32": 1 << 12, "float64": 1 << 15}
"""Bins of one sign: 8 or 11 bits of the exponent, 4 of the fraction."""
_BITS = {4: ("float32", "uint32", 19), 8: ("float64", "uint64", 48)}
"""By the bytes of a value: its type, as what its bits are read, and how many lie behind those of a bin."""
_BIAS = {"float32": 127, "float64": 1023}


def bin_count(dtype: str) -> int:
    """How many bins there are, of both signs."""
    return 2 * _HALF[dtype]


def bins_of(values: Array) -> Array:
    """The bin of every value of a flat array in one piece, float32 or float64, as an index."""
    _, kind, shift = _BITS[values.dtype.itemsize]
    bits = values.view(kind)
    found: Array = (bits >> bits.dtype.type(shift)).astype(np.intp)
    return found


def counted(values: Array, isnt_zero: Array) -> Array:
    """How many values of a flat array in one piece fall into each bin, (bins,), int64, those below zero last.

    `isnt_zero` says of each whether it is not zero. Those that are, of either sign, are in the first bin.
    """
    return padded(leading(values, isnt_zero), bin_count(_BITS[values.dtype.itemsize][0]))


def leading(values: Array, isnt_zero: Array | None = None) -> Array:
    """The same up to the last bin that has any value; without `isnt_zero` none may be zero.

    That is faster where zeros are many and left out, since counters that are all the same one wait for each other.
    """
    half = _HALF[_BITS[values.dtype.itemsize][0]]
    found: Array = np.bincount(bins_of(values), minlength=1)
    if isnt_zero is not None and len(found) > half and found[half]:
        negative = int(np.count_nonzero(np.signbit(values) & ~isnt_zero))
        found[0], found[half] = found[0] + negative, found[half] - negative
    return found


def padded(counts: Array, bins: int) -> Array:
    """Leading counts with those of the other bins, which have none."""
    if len(counts) == bins:
        return counts
    found: Array = np.zeros(bins, np.int64)
    found[: len(counts)] = counts
    return found


def are_plain(counts: Array, bins: int) -> bool:
    """Whether leading counts, of so many bins in all, are of finite values alone of which none is below zero."""
    return len(counts) <= bins // 2 - PARTS


def counted_by_channel(values: Array, used: Array) -> Array:
    """How many values (n, C), in one piece, of each channel fall into each of the `used` bins (U,): (C, U), int64.

    `used` holds, in rising order, all bins that `counted` has values in.
    """
    channels = values.shape[1]
    place = np.zeros(bin_count(_BITS[values.dtype.itemsize][0]), np.intp)
    place[used] = np.arange(len(used))
    at = place[bins_of(values.reshape(-1)) * (values.reshape(-1) != 0)].reshape(values.shape)
    at *= channels
    at += np.arange(channels)
    found: Array = np.bincount(at.reshape(-1), minlength=len(used) * channels).reshape(len(used), channels).T
    return found


def unsound(counts: Array) -> int:
    """How many values are NaN or infinite: the exponent has no zero."""
    half = len(counts) // 2
    return int(counts[half - PARTS : half].sum() + counts[-PARTS:].sum())


def edges(dtype: str) -> Array:
    """The lower edges of the bins of values from zero on, in size (bins / 2 + 1,), float64; the last is infinite."""
    half, bias = _HALF[dtype], _BIAS[dtype]
    exponent, part = np.divmod(np.arange(half - PARTS), PARTS)
    normal = np.ldexp(1 + part / PARTS, exponent - bias)
    found = np.where(exponent > 0, normal, np.ldexp(part / PARTS, 1 - bias))
    return np.append(found, math.inf)


def percentile(counts: Array, share: float, dtype: str) -> float:
    """A value that at least the `share` of all finite ones does not exceed: the edge of a bin, away from zero for what
    is above it and towards it below. NaN if there is none.

    It is at most 1/16 of itself too high.
    """
    half = len(counts) // 2
    sizes = edges(dtype)
    below, above = counts[half : 2 * half - PARTS][::-1], counts[: half - PARTS]
    ordered = np.concatenate([below, above])
    upper = np.concatenate([-sizes[:-1][::-1], sizes[1:]])
    total = int(ordered.sum())
    if not total:
        return math.nan
    place = int(np.searchsorted(np.cumsum(ordered), share * total))
    return float(upper[min(place, len(upper) - 1)])


def share_beyond(counts: Array, low: float, high: float, dtype: str) -> float:
    """The share of finite values below `low` or above `high`; of the bins that hold these ends nothing counts.

    NaN if there is no value, or an end is NaN.
    """
    half = len(counts) // 2
    lower, upper = edges(dtype)[:-1], edges(dtype)[1:]
    below, above = counts[half : 2 * half - PARTS], counts[: half - PARTS]
    total = int(below.sum() + above.sum())
    if not total or math.isnan(low) or math.isnan(high):
        return math.nan
    outside = below[(-upper >= high) | (-lower < low)].sum() + above[(lower > high) | (upper <= low)].sum()
    return float(outside / total)
