"""What an activation inside of a step may be: a function of every number by itself.

It cannot be a layer of its own, so that fields of its own can stand here: `{type: hard_sigmoid, alpha: 0.2}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.layers.bases.activated import FUNCTIONS, ActivationField
from dataflow_cli.layers.bases.wrapped import WrappedLayer
from dataflow_cli.layers.patterns import reference
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.fields import JSONSchema

ALONG_AXES = ("softmax", "log_softmax")
"""Functions that look at all units at once."""


@dataclass(frozen=True)
class OfElements(ActivationField):
    """An activation that is a function of single numbers: its name, or a mapping of its type and fields."""

    def read(self, value: Any) -> ActivationFunction:
        found = _with_fields(value) if isinstance(value, Mapping) else super().read(value)
        if found.function_of_elements is None:
            hint = "gates and states take a function of single numbers, such as sigmoid or tanh"
            raise FieldError(f"'{found.type}' looks at all units at once", hint=hint)
        return found

    def describe(self) -> str:
        return "the name of an activation, or a mapping of its type and fields"

    def schema(self) -> JSONSchema:
        names = [name for name in FUNCTIONS if name not in ALONG_AXES]
        with_fields = [name for name in names if not KINDS[name].torch_defaults]
        typed = {"type": "object", "required": ["type"], "properties": {"type": {"enum": with_fields}}}
        return {"anyOf": [{"enum": names}, {"allOf": [reference("wrapped"), typed]}]}


def _with_fields(value: Mapping[str, Any]) -> ActivationFunction:
    """A function with fields of its own. Raises FieldError for one that has others in PyTorch, told by its name."""
    found = WrappedLayer().read(value)
    if not isinstance(found, ActivationFunction) or found.type not in FUNCTIONS:
        raise FieldError(f"{found.type} is no activation", hint=f"known: {', '.join(FUNCTIONS)}", path=("type",))
    if found.torch_defaults:
        raise FieldError(f"{found.type} takes no fields here", hint=f"write its name alone: {found.type}")
    return found
