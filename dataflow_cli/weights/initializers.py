"""Parameters made instead of read: Keras' initializers, from a seed.

Every parameter has random numbers of its own, drawn from the seed and its name, so that adding a layer does not change
the others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from zlib import crc32

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Array, Parameter, Shape

TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a normal distribution that is cut at two standard deviations."""


def initialize(name: str, parameter: Parameter, init: str, seed: int, dtype: str) -> Array:
    """A tensor for the parameter called `layer/parameter`: its constant, or random numbers by the rule `init`."""
    if parameter.fill is not None or init == "zeros":
        return np.full(parameter.shape, parameter.fill or 0.0, dtype)
    generator = np.random.default_rng([seed, crc32(name.encode())])
    fan_in, fan_out = fans(parameter.shape)
    if init == "glorot_uniform":
        limit = math.sqrt(6 / (fan_in + fan_out))
        return generator.uniform(-limit, limit, parameter.shape).astype(dtype)
    return (_truncated_normal(generator, parameter.shape) * (math.sqrt(2 / fan_in) / TRUNCATED_STD)).astype(dtype)


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs an output sums, and how many outputs an input goes to: (K·K·channels, K·K·filters)."""
    if len(shape) < 2:
        return max(math.prod(shape), 1), max(math.prod(shape), 1)
    taps = math.prod(shape[:-2])
    return max(taps * shape[-2], 1), max(taps * shape[-1], 1)


def _truncated_normal(generator: Any, shape: Shape) -> Array:
    """Standard normal numbers, those beyond two drawn again."""
    numbers: Array = generator.standard_normal(shape)
    while (beyond := np.abs(numbers) > 2).any():
        numbers[beyond] = generator.standard_normal(np.count_nonzero(beyond))
    return numbers
