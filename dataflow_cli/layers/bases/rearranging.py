"""Layers that put the elements of one input into other places: their rule applied to numbered elements tells it all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Rearranging(Layer):
    """Base of kinds whose every element is one of the input."""

    hands_on: ClassVar[bool] = True

    def arranged(self, x: Array) -> Array:
        """The elements of an input (N, *shape) in their new places."""
        raise NotImplementedError

    def move(self, at: Shape, source: Shape) -> str:
        """Where an element of the output came from, in words."""
        return f"element [{', '.join(map(str, at))}] is [{', '.join(map(str, source))}] of the input"

    def sources(self, shape: Shape) -> Array:
        """For every element of the output the number, row by row, of the one of the input that it is."""
        numbered = np.arange(math.prod(shape)).reshape(1, *shape)
        result: Array = self.arranged(numbered)[0]
        return result

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        fed = np.zeros(math.prod(inputs[0]), bool)
        fed[self.sources(inputs[0])[wanted]] = True
        return [fed.reshape(inputs[0])]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.arranged(inputs[0])

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        shape = inputs[0].shape[1:]
        source = explaining.unravelled(int(self.sources(shape)[at]), shape)
        return explaining.moved(at, inputs, source, self.move(at, source))
