"""States that go through gates, which open and shut by functions of sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.layers.fields import Optional, option
from dataflow_cli.layers.recurrent.of_elements import OfElements
from dataflow_cli.layers.recurrent.stepping import Stepping
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.recurrent import Functions
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.layers.base import ActivationFunction
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class Gated(Stepping):
    """Base of kinds whose state goes through gates."""

    recurrent_activation: ActivationFunction | None = option(
        Optional(OfElements()), "applied to the sums of the gates", "sigmoid"
    )

    @property
    def smooth(self) -> bool:
        return _named(self.recurrent_activation, "sigmoid") and _named(self.activation, "tanh")

    @property
    def functions(self) -> Functions:
        """What is applied to the sums."""
        state = np.tanh if self.smooth else applying(self.activation)
        return kernels.recurrent.Functions(applying(self.recurrent_activation), state, self.smooth)


def _named(function: ActivationFunction | None, name: str) -> bool:
    return function is not None and function.type == name


def applying(function: ActivationFunction | None) -> Function:
    """A function as what overwrites its argument, or fills another array."""
    made = None if function is None else function.function_of_elements
    return made or _copied


def _copied(x: Array, out: Array) -> None:
    if x is not out:
        out[...] = x
