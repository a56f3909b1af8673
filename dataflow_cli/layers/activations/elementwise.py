"""What all activations without parameters share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataflow_cli.layers.base import SameShape

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Array, Arrays, Parameters


@dataclass(frozen=True, kw_only=True)
class Elementwise(SameShape):
    """Base of kinds that apply one function to every element."""

    def forward(self, inputs: Arrays, parameters: Parameters) -> Array:
        return self.apply(inputs[0])

    def apply(self, x: Array) -> Array:
        """The function of every element."""
        raise NotImplementedError
