"""What layers share that act in training only: after it they are the identity, out = in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import SameShape
from dataflow_cli.layers.tiling import Tiling
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class HandsOn(SameShape):
    """Base of kinds that do something in training only; what, they say of themselves."""

    redrawn: ClassVar[bool] = False
    hands_on: ClassVar[bool] = True
    note: ClassVar[str] = "does nothing outside of training"
    only: ClassVar[str]
    """Why an element comes through unchanged."""

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return inputs[0]

    def tiling(self, inputs: Shapes) -> Tiling:
        return Tiling(stage=_nothing, channels="any")

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.moved(at, inputs, at, f"unchanged: {self.only}")


def _nothing(_parameters: Parameters, _others: Arrays) -> Stage:
    return kernels.epilogue.Stage()
