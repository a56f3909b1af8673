"""What an activation inside of a step may be: a function of every number by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers.bases.activated import FUNCTIONS, ActivationField
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.base import ActivationFunction
    from dataflow_cli.layers.fields import JSONSchema

ALONG_AXES = ("softmax", "log_softmax")
"""Functions that look at all units at once."""


@dataclass(frozen=True)
class OfElements(ActivationField):
    """The name of an activation that is a function of single numbers."""

    def read(self, value: Any) -> ActivationFunction:
        found = super().read(value)
        if found.function_of_elements is None:
            hint = "gates and states take a function of single numbers, such as sigmoid or tanh"
            raise FieldError(f"'{found.type}' looks at all units at once", hint=hint)
        return found

    def schema(self) -> JSONSchema:
        return {"enum": [name for name in FUNCTIONS if name not in ALONG_AXES]}
