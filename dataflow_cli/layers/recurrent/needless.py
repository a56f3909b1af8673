"""Fields of Keras' recurrent layers that change nothing in a run, or only where they have one of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers.fields import Boolean
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.fields import JSONSchema


@dataclass(frozen=True)
class OnlyFalse:
    """false; true would be something else than what is computed here."""

    why: str
    hint: str

    def read(self, value: Any) -> bool:
        if Boolean().read(value):
            raise FieldError(self.why, hint=self.hint)
        return False

    def describe(self) -> str:
        return "false"

    def schema(self) -> JSONSchema:
        return {"enum": [False, "false"]}


STATEFUL = OnlyFalse(
    "a stateful layer begins where the run before ended, and here every run begins anew",
    "leave it out, and name the states that it begins with behind its input: `inputs: [x, hidden]`",
)
RETURN_STATE = OnlyFalse(
    "the last states are no further outputs, but inner tensors of the layer, which are always there",
    "leave it out, and read them by their names: `inputs: ['NAME:final_hidden']`",
)
TIME_MAJOR = OnlyFalse(
    "a sample is (steps, features), and the samples of a minibatch stand before the steps",
    "leave it out, and give data (samples, steps, features)",
)
