"""Parameters made instead of read: Keras' initializers, from a seed.

Every parameter has random numbers of its own, drawn from the seed and its name, so that adding a layer does not change
the others.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.shapes import Array, Shape

CHUNK = 2**18
"""Numbers that are drawn at a time."""
TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a normal distribution that is cut at two standard deviations."""


def initialize(name: str, parameter: Parameter, init: str, seed: int, dtype: str) -> Array:
    """A tensor for the parameter called `layer/parameter`: its constant, or random numbers by the rule `init`."""
    if parameter.fill is not None or init == "zeros":
        return np.full(parameter.shape, parameter.fill or 0.0, parameter.dtype or dtype)
    if parameter.dtype:
        from dataflow_cli.weights.whole import whole

        return whole(initialize(name, replace(parameter, dtype=""), init, seed, "float64"), parameter)
    generator = np.random.default_rng([seed, crc32(name.encode())])
    fan_in, fan_out = fans(parameter.shape)
    result = np.empty(parameter.shape, dtype)
    flat = result.reshape(-1)
    if init == "glorot_uniform":
        limit = math.sqrt(6 / (fan_in + fan_out))
        for part in _parts(flat):
            part[...] = generator.uniform(-limit, limit, part.size)
    else:
        _fill_with_normal(generator, flat, math.sqrt(2 / fan_in) / TRUNCATED_STD)
    return result


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs an output sums, and how many outputs an input goes to: (K·K·channels, K·K·filters)."""
    if len(shape) < 2:
        return max(math.prod(shape), 1), max(math.prod(shape), 1)
    taps = math.prod(shape[:-2])
    return max(taps * shape[-2], 1), max(taps * shape[-1], 1)


def _fill_with_normal(generator: Any, flat: Array, scale: float) -> None:
    """Fill with standard normal numbers times `scale`; those beyond two are drawn again, after all others."""
    again = []
    for number, part in enumerate(_parts(flat)):
        numbers = generator.standard_normal(part.size)
        part[...] = numbers * scale
        again.append(np.flatnonzero(np.abs(numbers) > 2) + number * CHUNK)
    places = np.concatenate(again) if again else np.empty(0, np.intp)
    while places.size:
        again = []
        for some in _parts(places):
            numbers = generator.standard_normal(some.size)
            flat[some] = numbers * scale
            again.append(some[np.abs(numbers) > 2])
        places = np.concatenate(again)


def _parts(flat: Array) -> Iterator[Array]:
    """A flat array in chunks: numbers are drawn in float64, and only a chunk of them is held in it."""
    for start in range(0, flat.size, CHUNK):
        yield flat[start : start + CHUNK]
