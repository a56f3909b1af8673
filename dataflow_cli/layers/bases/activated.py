"""The `activation` field of convolutions, dense layers and merges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import FieldError, suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import ActivationFunction, Layer
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import JSONSchema, Optional, option, refuse
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Array, Shapes

FUNCTIONS = (
    "linear",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "softmax",
    "log_softmax",
    "relu6",
    "hard_tanh",
    "hard_silu",
    "hard_shrink",
    "soft_shrink",
    "tanh_shrink",
    "mish",
    "celu",
    "squareplus",
    "sparse_plus",
    "log_sigmoid",
)
"""The kinds that are functions of their input alone."""
ALONE = {
    "prelu": "has parameters",
    "glu": "gives half as many numbers",
    "threshold": "has fields without a default",
}
ARITHMETIC = (
    *("sqrt", "square", "exp", "log", "abs", "negative", "reciprocal", "sin", "cos", "floor", "ceil", "erf"),
    *("round", "sign", "clip", "cast"),
    *("tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh"),
)
ALONE |= dict.fromkeys(ARITHMETIC, "is arithmetic and no activation")
"""Activations that must be layers of their own, with the reason."""


def function(name: str) -> ActivationFunction:
    """What an `activation` field of this value says."""
    kind = KINDS[name]
    if not issubclass(kind, ActivationFunction):
        raise TypeError(f"{name} is no function that another layer can have")
    return kind.as_activation()


@dataclass(frozen=True)
class ActivationField:
    """The name of an activation."""

    def read(self, value: Any) -> ActivationFunction:
        if isinstance(value, ActivationFunction):
            return value
        if isinstance(value, Mapping):
            raise FieldError(
                f"expected {self.describe()}, found a mapping",
                hint="write an activation with fields as a layer of its own",
            )
        if isinstance(value, str) and value in ALONE:
            raise FieldError(f"'{value}' {ALONE[value]}", hint=f"write `- {value}` as a layer of its own")
        if not isinstance(value, str) or value not in FUNCTIONS:
            known = suggestion(str(value).lower(), FUNCTIONS) or f"known: {', '.join(FUNCTIONS)}"
            raise refuse(self, value, known)
        return function(value)

    def describe(self) -> str:
        return "the name of an activation"

    def schema(self) -> JSONSchema:
        return {"enum": list(FUNCTIONS)}


@dataclass(frozen=True, kw_only=True)
class Activated(Layer):
    """Base of kinds with an `activation` that is applied to their result."""

    insides: ClassVar[Mapping[str, str]] = {"sum": "the result before the activation"}
    activation: ActivationFunction | None = option(Optional(ActivationField()), "applied to the result", None)

    @property
    def result_activation(self) -> ActivationFunction | None:
        return self.activation

    def inside(self, name: str) -> Layer:
        return replace(self, activation=None)

    def rest(self, name: str) -> Layer | None:
        return self.activation or function("linear")

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return self.activated_field(super().receptive_field(seen, inputs), inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return super().feeds(self.before_activation(wanted, inputs), inputs)

    def before_activation(self, wanted: Array, inputs: Shapes) -> Array:
        """Which elements can change the `wanted` ones by the activation."""
        if self.activation is None:
            return wanted
        (before,) = self.activation.feeds(wanted, [self.output_shape(inputs)])
        return before

    def activated_field(self, seen: ReceptiveField, inputs: Shapes) -> ReceptiveField:
        """What is seen after the activation, from what is seen before: a softmax may look along a spatial axis."""
        activation: Layer | None = self.activation
        if activation is None:
            return seen
        if isinstance(self, Channels) and isinstance(activation, Channels):
            activation = replace(activation, data_format=self.data_format)
        return activation.receptive_field([seen], [self.output_shape(inputs)])
