"""Bringing the spatial axes of pictures to other lengths: by whole factors, or each new element from any old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.shapes import Array


def nearest(x: Array, factors: Sequence[int]) -> Array:
    """Every element of `x` (N, *spatial, channels) repeated `factors` times along its spatial axes."""
    for axis, factor in enumerate(factors, start=1):
        x = np.repeat(x, factor, axis=axis)
    return x


def bilinear(x: Array, factors: Sequence[int]) -> Array:
    """`x` (N, *spatial, channels) interpolated between its elements' centres, one axis after the other."""
    for axis, factor in enumerate(factors, start=1):
        x = _interpolated(x, axis, factor)
    return x


def _interpolated(x: Array, axis: int, factor: int) -> Array:
    """One axis grown: element o lies at (o + 1/2) / factor - 1/2 of the old axis; past the ends the last one stands."""
    length = x.shape[axis]
    places = np.clip((np.arange(length * factor) + 0.5) / factor - 0.5, 0, length - 1)
    before = np.floor(places).astype(np.intp)
    after = np.minimum(before + 1, length - 1)
    weights = (places - before).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
    one, two = np.take(x, before, axis=axis), np.take(x, after, axis=axis)
    two *= weights
    np.copyto(two, 0, where=weights == 0)  # a neighbour without weight plays no part, be it NaN
    one *= 1 - weights
    one += two
    return one


def resampled(x: Array, axis: int, length: int, weights: Sequence[Mapping[int, float]], fill: float = 0) -> Array:
    """`x` with other elements along one axis of `length`: for each of them weights by the place of an old one.

    Beyond the ends stands `fill`.
    """
    before = max(-min(map(min, weights)), 0)
    after = max(max(map(max, weights)) - length + 1, 0)
    if before or after:
        widths = [(before, after) if number == axis else (0, 0) for number in range(x.ndim)]
        x = np.pad(x, widths, constant_values=fill)
    most = max(map(len, weights))
    table = [[*some.items(), *[(next(iter(some)), 0.0)] * (most - len(some))] for some in weights]
    places = np.array([[at for at, _ in row] for row in table], np.intp) + before
    factors = np.array([[one for _, one in row] for row in table], x.dtype)
    if most == 1:
        return np.take(x, places[:, 0], axis=axis)
    along = (-1, *[1] * (x.ndim - axis - 1))
    return _summed(x, axis, places, [factor.reshape(along) for factor in factors.T])


def _summed(x: Array, axis: int, places: Array, factors: Sequence[Array]) -> Array:
    result = np.take(x, places[:, 0], axis=axis)
    result *= factors[0]
    for column, factor in zip(places.T[1:], factors[1:], strict=True):
        part = np.take(x, column, axis=axis)
        part *= factor
        np.copyto(part, 0, where=factor == 0)  # a neighbour without weight plays no part, be it NaN
        result += part
    return result
