"""The arithmetic: plain functions on arrays, (N, ..., channels). Nothing here knows of layers, files or terminals.

A layer names a kernel with its module, `kernels.conv.convolve`. The module is imported when it is first asked for: what
counts a network, or checks its file, never computes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataflow_cli.kernels import (
        activations,
        conv,
        conv_transpose,
        dense,
        depthwise,
        elementwise,
        method,
        normalization,
        panels,
        pooling,
        upsample,
        windows,
    )
    from dataflow_cli.kernels.running import epilogue

__all__ = [
    "activations",
    "conv",
    "conv_transpose",
    "dense",
    "depthwise",
    "elementwise",
    "epilogue",
    "method",
    "normalization",
    "panels",
    "pooling",
    "upsample",
    "windows",
]

_HOMES = {"epilogue": "running.epilogue"}


def load_all() -> None:
    """Import all of them, so that no layer's time has an import in it."""
    for name in __all__:
        import_module(f"{__name__}.{_HOMES.get(name, name)}")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{_HOMES.get(name, name)}")
