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
from typing import TYPE_CHECKING

from dataflow_cli.diff.distinct import distinct
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.diff.budget import Budget
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Shape

OUTSTANDING = 24.0
"""Times the usual channel's error: the length of a pattern that is no rounding."""
LEAST = 0.05
"""Of what rounding may do, over a tensor: no engine's usual error is taken to be less."""
CHANGED = 2.0**-12
"""Of the largest weight: what a weight is off by at least."""


@dataclass(frozen=True)
class Suspect:
    """The weight that explains most of what is left of an error."""

    at: Shape
    """Its place in the kernel."""
    by: float
    """What it is off by."""
    share: float
    """How far it stands out, over how far rounding may: above 1 it is a fault."""


def suspect(layer: Layer, x: Array, kernel: Array, allowed: Budget, got: Array, *, axis: int) -> Suspect | None:
    """The weight that stands out most in what `got` (N, *shape) errs, with its channels on `axis`.

    None for kinds of which nothing can be said.
    """
    found = _patterned(allowed, got, axis)
    lengths = None if found is None else _matched(layer, x, *found)
    if found is None or lengths is None:
        return None
    (error, gain), (length, by) = found, lengths
    largest = float(np.abs(kernel).max()) or np.inf
    shares = np.minimum(np.abs(length) / (OUTSTANDING * _usual(error, gain, axis)), np.abs(by) / (CHANGED * largest))
    at = np.unravel_index(int(np.argmax(shares)), shares.shape)
    return Suspect(tuple(map(int, at)), float(by[at]), float(shares[at]))


def likeness(layer: Layer, x: Array, allowed: Budget, got: Array, *, axis: int) -> Array | None:
    """For every number of the kernel the cosine between the error of `got` and what moving the number does to it."""
    found = _patterned(allowed, got, axis)
    lengths = None if found is None else _matched(layer, x, *found)
    if found is None or lengths is None:
        return None
    size = float(np.sqrt(np.sum(np.square(found[0], dtype=np.float64))))
    return np.nan_to_num(np.abs(lengths[0]) / (size or np.inf))


def _patterned(allowed: Budget, got: Array, axis: int) -> tuple[Array, Array] | None:
    """The error in units of what rounding may do, and by how many of these it moves if the sum of products does by 1.

    Only where rounding is drawn anew: windows that are the same, as on a white background, all err alike. None where it
    is not known what sums of products do.
    """
    wanted, spread, slope = allowed.wanted, allowed.spread, allowed.slope
    if spread is None or slope is None or not got.size:
        return None
    with np.errstate(all="ignore"):
        error = np.where(got == wanted, 0.0, (got - wanted) / spread)
        gain = np.where(np.isfinite(error) & (spread > 0), slope / spread, 0.0) * _anew(wanted, axis)
    return np.where(gain != 0, error, 0.0).astype(np.float32), gain


def _anew(wanted: Array, axis: int) -> Array:
    """Where windows are not those of a position before, (N, *shape) with one channel: by all that comes of them."""
    places = np.moveaxis(wanted, axis, -1).shape[:-1]
    found = np.zeros(math.prod(places), bool)
    found[distinct(wanted, axis)[0]] = True
    return np.expand_dims(found.reshape(places), axis)


def _matched(layer: Layer, x: Array, error: Array, gain: Array) -> tuple[Array, Array] | None:
    """Of every weight how much of its pattern the error has, in units of what rounding may do; what it is off by."""
    most, wide = float(np.abs(gain).max()) or 1.0, float(np.abs(x).max()) or 1.0  # so that float32 holds all squares
    x, gain = (x / wide).astype(np.float32), (gain / most).astype(np.float32)
    product = layer.kernel_gradient(x, gain * error)
    square = layer.kernel_gradient(np.square(x), np.square(gain))
    if product is None or square is None:
        return None
    with np.errstate(all="ignore"):
        length = np.where(square > 0, product / np.sqrt(square), 0.0)
        return length, np.where(square > 0, product / square, 0.0) / (most * wide)


def _usual(error: Array, gain: Array, axis: int) -> float:
    """The error of the usual channel, where it is not cut off by the activation: one that is off does not change it.

    Of few elements the usual one may err little by chance: then more is taken for it.
    """
    others = tuple(i for i in range(error.ndim) if i != axis % error.ndim)
    counts = np.count_nonzero(gain, axis=others)
    squares = np.sum(np.square(error), axis=others)[counts > 0] / counts[counts > 0]
    usual = float(np.sqrt(np.median(squares))) if squares.size else 0.0
    return max(usual, LEAST, 1 / math.sqrt(int(counts.sum()) or 1))
