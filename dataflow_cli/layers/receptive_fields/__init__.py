"""Which elements of the input an element sees, exactly.

A layer names what it needs of a running network with its module, `receptive_fields.feeding.along`, which is imported
when it is first asked for: what counts a network has no use for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dataflow_cli.lazy import exports

if TYPE_CHECKING:
    from dataflow_cli.layers.receptive_fields import feeding

__all__ = ["feeding"]

__getattr__, __dir__ = exports(__name__, __all__, lambda name: import_module(f"{__name__}.{name}"))
