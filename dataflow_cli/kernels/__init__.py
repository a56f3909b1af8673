"""The arithmetic: plain functions on arrays, (N, ..., channels). Nothing here knows of layers, files or terminals.

A layer names a kernel with its module, `kernels.conv.convolution_job`. The module is imported when it is first asked
for: what counts a network, or checks its file, never computes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dataflow_cli.lazy import exports

if TYPE_CHECKING:
    from types import ModuleType

    from dataflow_cli.kernels import (
        activations,
        attention,
        conv,
        conv_lstm,
        conv_transpose,
        dense,
        depthwise,
        elementwise,
        gates,
        gelu,
        gradients,
        heads,
        method,
        normalization,
        panels,
        pooling,
        positions,
        quantization,
        recurrent,
        spectra,
        upsample,
        windows,
    )
    from dataflow_cli.kernels.running import epilogue

__all__ = [
    "activations",
    "attention",
    "conv",
    "conv_lstm",
    "conv_transpose",
    "dense",
    "depthwise",
    "elementwise",
    "epilogue",
    "gates",
    "gelu",
    "gradients",
    "heads",
    "method",
    "normalization",
    "panels",
    "pooling",
    "positions",
    "quantization",
    "recurrent",
    "spectra",
    "upsample",
    "windows",
]

_HOMES = {"epilogue": "running.epilogue"}
_RARE = (
    "attention",
    "conv_lstm",
    "conv_transpose",
    "gates",
    "gelu",
    "gradients",
    "heads",
    "positions",
    "quantization",
    "recurrent",
    "spectra",
    "upsample",
)
"""What few networks need, imported by the first layer that does."""


def load_all() -> None:
    """Import those that most networks need, so that no layer's time has an import in it."""
    for name in __all__:
        if name not in _RARE:
            _load(name)


def _load(name: str) -> ModuleType:
    return import_module(f"{__name__}.{_HOMES.get(name, name)}")


__getattr__, __dir__ = exports(__name__, __all__, _load)
