"""One weight that is another, where rounding hides it at every element: a matched filter.

A weight that is off by d makes an error of d times what it is multiplied with, at all positions of one channel. The own
error is held against each of these patterns, both in units of what rounding may do: what the pattern has in the error,
over its length, grows with the root of the number of positions, and rounding does not. All weights are two products of
matrices. Three things keep rounding from being taken for a weight: the pattern stands out of what rounding makes in the
other channels; d is a part of the layer's largest weight that no engine's rounding of weights comes near; and what it
does somewhere is more than rounding does at most elements.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.distinct import distinct
from dataflow_cli.diff.measuring import largest
from dataflow_cli.diff.portions import AT_ONCE, flushed, of_parts, parts
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.budget import Budget
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Shape

OUTSTANDING = 24.0
"""Times the usual channel's error: the length of a pattern that is no rounding."""
LEAST = 0.05
"""Of what rounding may do, over a tensor: no engine's usual error is taken to be less."""
CHANGED = 2.0**-12
"""Of the largest weight: what a weight is off by at least."""
SMALL = 1e-3
"""Of the largest weight: a small fault, of which is said how many weights would show it."""
FAINT = 2.0**-40
"""Of the largest input, or slope: one that shows nothing, and whose square float32 has not all digits for."""
SAMPLED = 2**16
"""Of those that are looked at together, so many lengths of patterns are."""


@dataclass(frozen=True)
class Suspect:
    """The weight that explains most of what is left of an error, and what could be seen of any."""

    at: Shape
    """Its place in the kernel."""
    by: float
    """What it is off by."""
    share: float
    """How far it stands out, over how far rounding may: above 1 it is a fault."""
    least: float
    """By how much of the layer's largest weight the usual one has to be off, to be found: of those whose input is not
    zero. Infinite if all are.
    """
    seen: float
    """The share of all weights that are found if they are off by SMALL of the largest."""


def suspect(layer: Layer, x: Array, kernel: Array, allowed: Budget, got: Array, *, axis: int) -> Suspect | None:
    """The weight that stands out most in what `got` (N, *shape) errs, with its channels on `axis`.

    None for kinds of which nothing can be said.
    """
    found = _patterned(allowed, got, axis)
    if found is None:
        return None
    error, gain = found
    usual, scale = OUTSTANDING * _usual(error, gain, axis), largest(kernel) or 1.0
    best, lengths = Suspect((0,) * kernel.ndim, 0.0, -1.0, np.inf, 0.0), []
    for rows in _rows(layer, x, kernel):
        patterns = _matched(layer, x if rows is None else x[..., rows], error, gain)
        if patterns is None:
            return None
        by = patterns.by
        shares = np.minimum(np.abs(patterns.found) / usual, np.abs(by) / (CHANGED * scale))
        at = tuple(map(int, np.unravel_index(int(np.argmax(shares)), shares.shape)))
        if shares[at] > best.share:
            place = at if rows is None else (int(rows[at[0]]), *at[1:])
            best = replace(best, at=place, by=float(by[at]), share=float(shares[at]))
        lengths.append(patterns.length.reshape(-1)[:: 1 + patterns.length.size // SAMPLED])
    least, seen = _seen(np.concatenate(lengths), usual, scale)
    return replace(best, least=least, seen=seen)


def _rows(layer: Layer, x: Array, kernel: Array) -> Iterator[Array | None]:
    """Which rows of a dense layer's matrix are looked at together; None for all the numbers of another layer's kernel.

    Where one row of inputs is all there is, patterns of a unit's weights are the same but for their length: one that is
    off by most is as likely as any, and some more show how long they are.
    """
    if not layer.has_units:
        yield None
        return
    numbers = np.arange(len(kernel))
    if x.size == len(kernel):
        shown = np.abs(x.reshape(-1))
        some = numbers[:: 1 + kernel.size // SAMPLED]
        yield numbers if kernel.size <= AT_ONCE else np.union1d(some, np.argmin(np.where(shown > 0, shown, np.inf)))
        return
    for part in parts(layer, kernel):
        yield numbers[part]


def _seen(length: Array, usual: float, scale: float) -> tuple[float, float]:
    """What a weight has to be off by to be found, from the lengths of patterns."""
    with np.errstate(all="ignore"):
        least = np.maximum(usual / length / scale, CHANGED)
    alive = length > 0
    return float(np.median(least[alive])) if alive.any() else np.inf, float(np.mean(least <= SMALL))


def most_alike(
    layer: Layer, x: Array, kernel: Array, allowed: Budget, got: Array, *, axis: int, count: int
) -> list[tuple[float, Shape]] | None:
    """So many numbers of the kernel whose change does most like the error of `got`: the cosine of each, and its place.

    None for kinds of which that is not known of all at once.
    """
    patterned = _patterned(allowed, got, axis)
    if patterned is None:
        return None
    error, gain = patterned
    size = float(np.sqrt(np.sum(np.square(error, dtype=np.float64)))) or np.inf
    found: list[tuple[float, Shape]] = []
    for part in parts(layer, kernel):
        patterns = _matched(layer, x[..., part] if layer.has_units else x, error, gain)
        if patterns is None:
            return None
        alike = np.nan_to_num(np.abs(patterns.found) / size)
        least = found[-1][0] if len(found) == count else -np.inf
        more = [(cosine, (at[0] + part.start, *at[1:])) for cosine, at in most(alike, count, above=least)]
        found = sorted([*found, *more], reverse=True)[:count]
    return found


def most(array: Array, count: int, above: float = -np.inf) -> list[tuple[float, Shape]]:
    """The largest numbers above one, and where they stand; the largest first."""
    flat = array.reshape(-1)
    places = np.flatnonzero(flat > above)
    if places.size > count:
        places = places[np.argpartition(flat[places], -count)[-count:]]
    found = [(float(flat[at]), tuple(map(int, np.unravel_index(at, array.shape)))) for at in places]
    return sorted(found, reverse=True)


def _patterned(allowed: Budget, got: Array, axis: int) -> tuple[Array, Array] | None:
    """The error in units of what rounding may do, and by how many of these it moves if the sum of products does by 1.

    Only where rounding is drawn anew: windows that are the same, as on a white background, all err alike. None where it
    is not known what sums of products do.
    """
    wanted, spread, slope = allowed.wanted, allowed.spread, allowed.slope
    if spread is None or slope is None or not got.size:
        return None
    error, gain = of_parts(_in_units, [got, wanted, spread, slope], [np.float32, np.float64])
    gain *= _anew(wanted, axis)
    error *= gain != 0
    return error, gain


def _in_units(got: Array, wanted: Array, spread: Array, slope: Array) -> tuple[Array, Array]:
    """The error, and how it moves, in units of what rounding may do; nothing where that is not known."""
    with np.errstate(all="ignore"):
        error = np.where(got == wanted, 0.0, (got - wanted) / spread)
        known = np.isfinite(error) & (spread > 0)
        return np.where(known, error, 0.0), np.where(known, slope / spread, 0.0)


def _anew(wanted: Array, axis: int) -> Array:
    """Where windows are not those of a position before, (N, *shape) with one channel: by all that comes of them."""
    places = np.moveaxis(wanted, axis, -1).shape[:-1]
    found = np.zeros(math.prod(places), bool)
    found[distinct(wanted, axis)[0]] = True
    return np.expand_dims(found.reshape(places), axis)


@dataclass(frozen=True)
class _Patterns:
    """What the weights of a kernel, in its shape, make of an error, in units of what rounding may do."""

    found: Array
    """How much of its pattern the error has."""
    length: Array
    """How long the pattern is of a weight that is off by 1."""

    @property
    def by(self) -> Array:
        """What every weight is off by, if its pattern in the error is that."""
        with np.errstate(all="ignore"):
            found: Array = np.where(self.length > 0, self.found / self.length, 0.0)
        return found


def _matched(layer: Layer, x: Array, error: Array, gain: Array) -> _Patterns | None:
    most, wide = float(np.abs(gain).max()) or 1.0, float(np.abs(x).max()) or 1.0  # so that float32 holds all squares
    x, gain = (flushed((each / size).astype(np.float32, order="C"), FAINT) for each, size in ((x, wide), (gain, most)))
    product = layer.kernel_gradient(x, gain * error)
    square = layer.kernel_gradient(np.square(x), np.square(gain))
    if product is None or square is None:
        return None
    length = np.sqrt(square, out=square)
    with np.errstate(all="ignore"):
        return _Patterns(np.where(length > 0, product / length, 0.0), length * np.float32(most * wide))


def _usual(error: Array, gain: Array, axis: int) -> float:
    """The error of the usual channel, where it is not cut off by the activation: one that is off does not change it.

    Of few elements the usual one may err little by chance: then more is taken for it.
    """
    others = tuple(i for i in range(error.ndim) if i != axis % error.ndim)
    counts = np.count_nonzero(gain, axis=others)
    squares = np.sum(np.square(error), axis=others)[counts > 0] / counts[counts > 0]
    usual = float(np.sqrt(np.median(squares))) if squares.size else 0.0
    return max(usual, LEAST, 1 / math.sqrt(int(counts.sum()) or 1))
