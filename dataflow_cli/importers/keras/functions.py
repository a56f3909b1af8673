"""Keras' activations: ours by theirs. What ours cannot be at `activation:` becomes a layer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = {"swish": "silu", "hard_swish": "hard_silu", "exponential": "exp"}
_OLD_HARD_SIGMOID = {"alpha": 0.2}
"""Before Keras 3 the slope was 1/5; now it is 1/6."""


def function(value: Any, *, old: bool) -> tuple[str, dict[str, Any]]:
    """The kind that an activation of Keras' is, and its fields. `old`: as Keras before 3 has it. Raises FieldError."""
    name = function_name(value)
    kind = _OURS.get(name, name)
    if kind not in KINDS or kind in ("activation", "prelu"):
        raise FieldError(f"dftrace has no activation '{name[:60]}'")
    return kind, dict(_OLD_HARD_SIGMOID) if old and kind == "hard_sigmoid" else {}


def function_name(value: Any) -> str:
    """What Keras calls an activation, however the file writes it. Raises FieldError for a layer or foreign code."""
    if value is None:
        return "linear"
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.get("class_name") == "function":
        config = value.get("config")
        registered = str(value.get("registered_name") or "")
        if isinstance(config, str) and (">" not in registered or registered.startswith("keras")):
            return config
    raise FieldError("its activation is no function of Keras'")


def fits(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether the function can stand at `activation:`."""
    return kind in FUNCTIONS and not fields
