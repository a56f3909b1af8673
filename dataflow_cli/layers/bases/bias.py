"""The bias of convolutions and dense layers: a number for every filter or unit, added to its sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli import kernels
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Boolean, option

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Parameters


def field(owner: str) -> Any:
    """The field that says whether there is one; `owner` has it, such as a filter."""
    return option(Boolean(), f"whether a bias is added to every {owner}", True)


def parameter(count: int, *, used: bool) -> dict[str, Parameter]:
    """The parameter beside the kernel, of so many numbers."""
    return {"bias": Parameter((count,), fill=0)} if used else {}


def before(parameters: Parameters, stages: Stages) -> Stages:
    """What is done to a sum: first the bias is added, if there is one."""
    return (kernels.epilogue.Stage(shift=parameters.get("bias")), *stages)


def explained(result: Explanation, number: int, parameters: Parameters) -> Explanation:
    """The explanation of the sum of one filter or unit, led on through its bias, if there is one."""
    return result.plus("bias", (number,), float(parameters["bias"][number])) if "bias" in parameters else result
