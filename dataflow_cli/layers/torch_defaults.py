"""A layer's fields as PyTorch has them where a file says `framework: torch` and nothing else of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.base import ActivationFunction

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer


def with_torch_defaults(kind: type[Layer], values: dict[str, Any]) -> dict[str, Any]:
    """The fields that were written, those that were not and differ, and functions with the parameters they have there.

    The name of a function says none of its fields, so that all of them are the defaults.
    """
    functions = {name: in_torch(value) for name, value in values.items() if isinstance(value, ActivationFunction)}
    return {**kind.torch_defaults, **values, **functions}


def in_torch(function: ActivationFunction) -> ActivationFunction:
    """The function that an `activation` field names, with PyTorch's defaults."""
    return replace(function, **function.torch_defaults) if function.torch_defaults else function
