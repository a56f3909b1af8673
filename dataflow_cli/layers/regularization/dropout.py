"""The dropout layer, as it works after training: the identity.

In training it sets a random part (`rate`) of the elements to 0 and scales the others by 1 / (1 - rate), so that their
expected value stays. That is why nothing is left to do when the network is used: out = in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import SameShape
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.layers.tiling import Tiling
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Dropout(SameShape):
    """Drops elements at random in training; after it, the identity."""

    type: ClassVar[str] = "dropout"
    redrawn: ClassVar[bool] = False
    hands_on: ClassVar[bool] = True
    note: ClassVar[str] = "does nothing outside of training"
    rate: float = option(Number(0, maximum=1), "the part of the elements that training sets to 0")

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return inputs[0]

    def tiling(self, inputs: Shapes) -> Tiling:
        return Tiling(stage=_nothing)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.moved(at, inputs, at, "unchanged: elements are dropped in training only")


def _nothing(_parameters: Parameters, _others: Arrays) -> Stage:
    return kernels.epilogue.Stage()
