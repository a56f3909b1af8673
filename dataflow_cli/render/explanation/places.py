"""Where the numbers of a block come from, one place a row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def listed(places: Array) -> Array:
    """Places (..., axes) as (count, axes); those of a single number have no axes."""
    return places.reshape(math.prod(places.shape[:-1]), places.shape[-1])
