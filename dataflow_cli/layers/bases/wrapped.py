"""The `layer` field of layers that wrap another one: that one's type and fields, without a name or inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import FieldError, LayerError, suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.patterns import reference
from dataflow_cli.layers.scalars import shown
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.fields import JSONSchema, Option

OUTSIDE = ("name", "inputs", "mask", "weights", "source")
"""What stands at the wrapper, not at the layer in it."""


@dataclass(frozen=True)
class WrappedLayer:
    """A layer as a mapping of its type and fields; with `along_sequences`, one that goes along a sequence."""

    along_sequences: bool = False
    holds_layer: ClassVar[bool] = True

    def read(self, value: Any) -> Layer:
        if isinstance(value, Layer):
            return self.checked(value)
        fields = {"type": value} if isinstance(value, str) else value
        if not isinstance(fields, Mapping) or not isinstance(fields.get("type"), str):
            raise FieldError(f"expected {self.describe()}, found {shown(value)}", hint="write `{type: ..., ...}`")
        name = fields["type"]
        if name not in KINDS:
            raise FieldError(f"unknown layer type {shown(name)}", hint=suggestion(name, KINDS), path=("type",))
        options = KINDS[name].options()
        values = {key: _read(key, one, name, options) for key, one in fields.items() if key != "type"}
        missing = [key for key, one in options.items() if one.required and key not in values]
        if missing:
            raise FieldError(f"{name} needs `{missing[0]}`", hint=options[missing[0]].doc, path=("type",))
        try:
            return self.checked(KINDS[name](**values))
        except LayerError as error:
            raise FieldError(error.message, hint=error.hint, path=(error.field,)) from None

    def checked(self, layer: Layer) -> Layer:
        """The layer. Raises FieldError if it takes or gives several tensors, or goes along no sequence and has to."""
        if layer.arity[0] > 1:
            hint = "write it beside, not in here, and name its inputs"
            raise FieldError(f"{layer.type} takes more than one input, and here is one", hint=hint, path=("type",))
        if layer.parts_only:
            hint = "write it beside, not in here, with its axis counted from the end"
            raise FieldError(f"{layer.type} gives several tensors, and one is wanted here", hint=hint, path=("type",))
        if self.along_sequences and not layer.is_recurrent:
            hint = f"write one of {', '.join(_recurrent())}"
            raise FieldError(f"{layer.type} does not go along a sequence step by step", hint=hint, path=("type",))
        return layer

    def describe(self) -> str:
        return "a recurrent layer, its type and fields" if self.along_sequences else "a layer, its type and fields"

    def schema(self) -> JSONSchema:
        if not self.along_sequences:
            return reference("wrapped")
        recurrent = {"type": "object", "required": ["type"], "properties": {"type": {"enum": _recurrent()}}}
        return {"allOf": [reference("wrapped"), recurrent]}


def _recurrent() -> list[str]:
    return [kind for kind in KINDS if KINDS[kind].is_recurrent]


def _read(key: str, value: Any, kind: str, options: Mapping[str, Option]) -> Any:
    if key not in options:
        hint = "write it at the wrapper" if key in OUTSIDE else suggestion(key, options)
        raise FieldError(f"{kind} has no field {shown(key)}", hint=hint, path=(key,))
    try:
        return options[key].kind.read(value)
    except FieldError as error:
        raise FieldError(f"{key}: {error.message}", hint=error.hint, path=(key, *error.path)) from None
