"""Numbers of eight bits, as float32: which number each byte is.

    float8_e4m3: sign, 4 bits of exponent (7 is 2⁰), 3 of fraction; no infinity, and NaN where all of them are 1
    float8_e5m2: the upper half of a float16

As the Open Compute Project specifies them ("OCP 8-bit floating point", 2023), and PyTorch and safetensors store them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

FLOAT8 = ("float8_e4m3", "float8_e5m2")


def as_float32(data: Array, dtype: str) -> Array:
    """Bytes as the numbers that they are."""
    if dtype == "float8_e5m2":
        return (data.astype(np.uint16) << 8).view(np.float16).astype(np.float32)
    found: Array = _e4m3()[data]
    return found


@cache
def _e4m3() -> Array:
    """By byte."""
    codes = np.arange(256)
    exponent, fraction = codes >> 3 & 15, codes & 7
    size = np.where(exponent == 0, np.ldexp(fraction / 8, -6), np.ldexp(1 + fraction / 8, exponent - 7))
    size[(exponent == 15) & (fraction == 7)] = np.nan
    table: Array = np.where(codes >> 7, -size, size).astype(np.float32)
    return table
