"""From values to levels 0..255.

    zero:    level = 128 - 128 v / m      0 is 128, middle gray; +m is 0, darkest; -m is 255, lightest
    minmax:  level = 255 (v - low) / (high - low)
    share:   level = 255 - 255 v / m      0 is 255, lightest; m is 0, darkest: of values from 0 on

m is the largest |v|. Both are rounded to the nearest whole number and cut at 0 and 255. NaN and infinities have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.between import fraction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array

Map = Literal["zero", "minmax", "share"]
MIDDLE, TOP = 128, 255


@dataclass(frozen=True)
class Scale:
    """The smallest and largest finite value, NaN if there is none: one number, or one a channel (1, channels, 1, 1)."""

    map: Map
    low: Array
    high: Array

    @property
    def reach(self) -> Array:
        """The largest |v|."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @property
    def is_empty(self) -> bool:
        """Whether there is no finite value."""
        return bool(np.isnan(self.low).all())

    @property
    def is_single(self) -> bool:
        return self.low.size == 1


def scale_of(tensors: Sequence[Array], how: Map, *, by_channel: bool = False) -> Scale:
    """The scale of all values of some tensors together, or of each channel of planes (N, channels, height, width)."""
    spans = [_span(tensor, by_channel=by_channel) for tensor in tensors]
    low = np.min([one for one, _ in spans], axis=0)
    high = np.max([one for _, one in spans], axis=0)
    empty = low > high
    return Scale(how, np.where(empty, np.nan, low), np.where(empty, np.nan, high))


def _span(tensor: Array, *, by_channel: bool) -> tuple[Array, Array]:
    values = tensor.astype(np.float64)
    finite = np.isfinite(values)
    axes = (0, 2, 3) if by_channel else None
    low = np.min(values, axis=axes, keepdims=by_channel, where=finite, initial=np.inf)
    high = np.max(values, axis=axes, keepdims=by_channel, where=finite, initial=-np.inf)
    return np.asarray(low), np.asarray(high)


def levels(values: Array, scale: Scale) -> Array:
    """The level of every value, uint8. What has none is at 128 or 0; `paint` gives it its own color."""
    finite = np.where(np.isfinite(values), values.astype(np.float64), 0.0)
    low, high = np.nan_to_num(scale.low), np.nan_to_num(scale.high)
    if scale.map == "zero":
        reach = np.maximum(np.abs(low), np.abs(high))
        exact = MIDDLE - MIDDLE * (finite / np.where(reach > 0, reach, 1.0))
    elif scale.map == "share":
        exact = TOP - TOP * fraction(finite, 0.0, high)
    else:
        exact = TOP * fraction(finite, low, high)
    result: Array = np.clip(np.rint(exact), 0, TOP).astype(np.uint8)
    return result
