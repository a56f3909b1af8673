"""What all activations without parameters share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import ActivationFunction, Whole
from dataflow_cli.layers.tiling import Tiling, Work
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.layers.explaining.explanation import Explanation, Notation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

STEP, PART = 1e-4, 1e-12
"""A change of this size, or of this part of a large number, that does not show means that the function is saturated:
its value is rounded to a limit.
"""


@dataclass(frozen=True, kw_only=True)
class Elementwise(ActivationFunction):
    """Base of kinds that apply one function to every element."""

    def tiling(self, inputs: Shapes) -> Tiling:
        return Tiling(self._job, stage=self._stage, channels="any")

    def _stage(self, parameters: Parameters, others: Arrays) -> Stage:
        return kernels.epilogue.Stage(function=self.function_of_elements)

    def _job(self, work: Work) -> Job:
        function = self.function_of_elements
        return kernels.elementwise.element_job(function, work.inputs, work.stages, work.out, engine=work.engine)

    @property
    def function_of_elements(self) -> Function:
        return self._overwrite

    def _overwrite(self, x: Array, out: Array) -> None:
        kernels.elementwise.by_parts(self._apply_into, x, out)

    def _apply_into(self, x: Array, out: Array) -> None:
        out[...] = self.apply(x)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        (x,) = inputs
        if x.dtype.kind != "f":
            return self.apply(x)
        return kernels.elementwise.applied(self.function_of_elements, x, engine)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return self.follow(explaining.moved(at, inputs, at), Whole(self, inputs, parameters))

    def follow(self, before: Explanation, whole: Whole) -> Explanation:
        x = before.total
        notation = self.notation(x)
        step = max(STEP, PART * abs(x))
        below, value, above = map(float, self.apply(np.array([x - step, x, x + step], np.float64)))
        after = before.then(self.type, notation.expression, notation.numbers, value)
        if notation.flat:
            return after.cut_off(notation.words)
        return (
            after.cut_off(f"{self.type} is saturated here: small changes are lost.")
            if below == value == above
            else after
        )

    def notation(self, x: float) -> Notation:
        """The function of one number, as a line of arithmetic."""
        raise NotImplementedError

    def apply(self, x: Array) -> Array:
        """The function of every element."""
        raise NotImplementedError
