"""The softmax function: positive numbers that sum to 1.

    out[i] = exp(in[i]) / Σ_j exp(in[j])

i, j: place along `axis`. Where a mask is 0, in is -1e9 instead, and out 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.activations.along_axis import AlongAxis, share
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Softmax(AlongAxis):
    """Positive numbers that sum to 1: the probabilities of classes."""

    type: ClassVar[str] = "softmax"
    uses_masks: ClassVar[bool] = True

    @property
    def meaning(self) -> str:
        return "distribution"

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        """A mask of steps says nothing of numbers at one step."""
        return tuple(mask) == tuple(inputs[0])

    def masked(self, masks: tuple[int, ...]) -> Layer:
        from dataflow_cli.layers.activations.masked_softmax import MaskedSoftmax

        plain = Softmax(axis=self.axis, data_format=self.data_format)
        return MaskedSoftmax(axis=self.axis, data_format=self.data_format, masks=masks) if masks else plain

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        return kernels.activations.softmax(x, [position + 1 for position in self.positions(x.shape[1:])])

    def concluded(self, before: Explanation, shift: float, total: float) -> Explanation:
        return share(before, shift, total)
