"""The activation layer: a function, by its name, as a layer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, SameShape
from dataflow_cli.layers.bases.activated import Activated, ActivationField, function
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import ActivationFunction
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.tiling import Tiling
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class ActivationLayer(Activated, SameShape, Channels):
    """An activation by its name."""

    type: ClassVar[str] = "activation"
    copies: ClassVar[bool] = True
    activation: ActivationFunction = option(ActivationField(), "the name of the function")

    def inside(self, name: str) -> Layer:
        return replace(self, activation=function("linear"))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return inputs[0]

    def tiling(self, inputs: Shapes) -> Tiling:
        return self.activation.tiling(inputs)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.moved(at, inputs, at)
