"""Where numbers have become too large for the type that a network is computed in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem
from dataflow_cli.lazy import np
from dataflow_cli.sizes import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Parameters
    from dataflow_cli.trace.model import Step
    from dataflow_cli.weights.model import Weights

NEAR = 0.8
"""The power of a type's largest number that factors must come to for their sums to be the reason."""


def outgrown(steps: Sequence[Step], weights: Weights, dtype: str) -> tuple[Problem, ...]:
    """A warning about the first layer that makes infinities or NaN of what is finite, if the numbers are that large."""
    by_name = {step.name: step for step in steps}
    for step in steps:
        if not step.is_input and _lost(step):
            inputs = [by_name[name] for name in step.inputs]
            return (_warning(step, dtype),) if _factors(inputs, weights.of(step.name)) > _limit(dtype) else ()
    return ()


def _lost(step: Step) -> int:
    """How many values are not finite."""
    return step.statistics.nans + step.statistics.infinities


def _factors(inputs: Sequence[Step], parameters: Parameters) -> float:
    """The product of the largest numbers of all that goes in; 0 if any of it is not finite."""
    if any(map(_lost, inputs)):
        return 0.0
    largest = [max(abs(step.statistics.low), abs(step.statistics.high)) for step in inputs]
    largest += [float(np.abs(array).max(initial=0)) for array in parameters.values()]
    product = math.prod(max(number, 1.0) for number in largest)
    return product if all(map(math.isfinite, largest)) else 0.0


def _limit(dtype: str) -> float:
    return math.pow(LARGEST[dtype], NEAR)


def _warning(step: Step, dtype: str) -> Problem:
    message = f"'{step.name}' makes {_lost(step):,} infinite values or NaN of finite ones: too large for {dtype}"
    wider = {"float16": "float32", "bfloat16": "float32", "float32": "float64"}.get(dtype)
    hint = f"compute in {wider}: `--dtype {wider}`" if wider else "scale the input, or the parameters, down"
    return Problem("W310", message, hint, severity="warning")
