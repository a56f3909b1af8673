"""Spectral normalization (Miyato et al., 2018): a layer whose kernel training divides by its largest singular value.

    out = layer( in )

After training the kernel is what it was divided to; `vector_u` is where the next division would have begun.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import Layer, Parameter
from dataflow_cli.layers.bases.wrapped import WrappedLayer
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import ActivationFunction
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

VECTOR = "vector_u"
_DIVIDED = ("kernel", "embeddings")


@dataclass(frozen=True, kw_only=True)
class SpectralNormalization(Layer):
    """A layer whose kernel is kept small in training; after it, that layer."""

    type: ClassVar[str] = "spectral_normalization"
    layer: Layer = option(WrappedLayer(), "the layer, which has a kernel or embeddings: `{type: dense, units: 10}`")
    power_iterations: int = option(Integer(1), "how many times training looks for the singular value in a step", 1)

    @property
    def takes_indices(self) -> bool:  # type: ignore[override]
        return self.layer.takes_indices

    @property
    def takes_integers(self) -> bool:  # type: ignore[override]
        return self.layer.takes_integers

    def result_type(self, types: Sequence[str]) -> str:
        return self.layer.result_type(types)

    @property
    def has_sequences(self) -> bool:
        return self.layer.has_sequences

    @property
    def result_activation(self) -> ActivationFunction | None:
        return self.layer.result_activation

    @property
    def hands_mask_on(self) -> bool:
        return self.layer.hands_mask_on

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return self.layer.axes(dimensions, channels_first=channels_first)

    def output_shape(self, inputs: Shapes) -> Shape:
        found = self.layer.output_shape(inputs)
        if not any(name in self.layer.parameters(inputs) for name in _DIVIDED):
            hint = "write one that has a kernel, or the layer alone: nothing else is computed after training"
            raise LayerError(f"{self.layer.type} has neither kernel nor embeddings", hint=hint, field="layer")
        return found

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        found = self.layer.parameters(inputs)
        kernel = next(found[name] for name in _DIVIDED if name in found)
        return found | {VECTOR: Parameter((1, kernel.shape[-1]), trainable=False)}

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return self.layer.mac_factors(inputs)

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return self.layer.lookups(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return self.layer.sees(seen, inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.layer.feeds(wanted, inputs)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return self.layer.shape_arithmetic(inputs)

    def in_order(self, *, inputs: bool) -> bool:
        return self.layer.in_order(inputs=inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return self.layer.torch_order(orders, inputs)

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        if parameter == VECTOR:
            return super().torch_stored(parameter, shape, inputs, order)
        return self.layer.torch_stored(parameter, shape, inputs, order)

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return {} if self.layer.bundle else self.layer.inner_tensors

    def inside(self, name: str) -> Layer:
        return replace(self, layer=self.layer.inside(name))

    def rest(self, name: str) -> Layer | None:
        return self.layer.rest(name)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        return self.layer.method(inputs, samples, kept=kept, fast_math=fast_math)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.layer.forward(inputs, self.own(parameters), engine)

    def own(self, parameters: Parameters) -> Parameters:
        """Those of the layer."""
        return {name: one for name, one in parameters.items() if name != VECTOR}

    def terms(self, inputs: Shapes) -> int:
        return self.layer.terms(inputs)

    def longest_sum(self, inputs: Shapes) -> int:
        return self.layer.longest_sum(inputs)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return self.layer.explain(at, inputs, self.own(parameters))
