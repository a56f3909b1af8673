"""Ranges for quantization: scale and zero point of every tensor, as ONNX Runtime's quantizer takes them.

    scale = (max - min) / 255        zero_point = round(-min / scale)        with min <= 0 <= max

Written as its `TensorQuantOverrides` are: a list of one mapping a tensor, for unsigned integers of 8 bits.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.profile.model import LayerProfile, Profile

STEPS = 255


def quantization(profile: Profile, names: Sequence[str], share: float = 1.0) -> dict[str, list[dict[str, Any]]]:
    """Scale and zero point by tensor. `share` of the values lie within the range, half of the others on each side; 1
    takes the extremes.
    """
    return {layer.name: [_of(layer, share, profile.dtype)] for layer in profile.layers if layer.name in names}


def _of(layer: LayerProfile, share: float, dtype: str) -> dict[str, Any]:
    least, most = layer.low, layer.high
    if share < 1:
        outside = (1 - share) / 2
        least, most = layer.percentile(outside, dtype), layer.percentile(1 - outside, dtype)
    least, most = (0.0, 0.0) if math.isnan(least) else (min(least, 0.0), max(most, 0.0))  # NaN where nothing is finite
    scale = float(np.float32((most - least) / STEPS)) or 1.0
    return {"scale": scale, "zero_point": min(max(round(-least / scale), 0), STEPS), "rmin": least, "rmax": most}


def quantization_json(profile: Profile, names: Sequence[str], share: float) -> str:
    """The same as JSON."""
    return json.dumps(quantization(profile, names, share), indent=2) + "\n"
