"""A small kind with a memory, as recurrent layers have one: what its values come from are earlier ones of its own.

state[n, t, c] = in[n, t, c] · kernel[c]  +  decay · state[n, t-1, c]
out[n, t, c]   = state[n, t, c]  -  out[n, t-1, c] / 2
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, Parameter, SameShape
from dataflow_cli.layers.explaining.explanation import SOURCE
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF = -0.5


@dataclass(frozen=True, kw_only=True)
class Memory(SameShape):
    """Base of what remembers: every place along the first axis depends on all before it."""

    type: ClassVar[str] = "echo"
    decay: float = option(Number(), "how much of the state stays", 0.5)

    def parameters(self, inputs):
        return {"kernel": Parameter(inputs[0][-1:])}

    def receptive_field(self, seen, inputs):
        return seen[0].whole()

    def feeds(self, wanted, inputs):
        return [np.logical_or.accumulate(wanted[::-1], axis=0)[::-1]]

    def states(self, inputs, parameters):
        state = inputs[0] * parameters["kernel"]
        for t in range(1, state.shape[1]):
            state[:, t] += self.decay * state[:, t - 1]
        return state

    def concluded(self, at, inputs, blocks, more):
        """The sum of the blocks; all places up to this one take part."""
        total = sum(block.subtotal for block in (*blocks, *more))
        start = explaining.from_blocks(at, inputs, blocks, total, more=more)
        roles = np.zeros(inputs[0].shape[1:], np.int8)
        roles[: at[0] + 1, at[1]] = SOURCE
        summands = [block.subtotal for block in (*blocks, *more)]
        return replace(start, roles=(roles,)).then("sum", "", summands, total)


def earlier(tensor, name, array, at, factor):
    """The element one step before, times a factor, if there is a step before."""
    if not at[0]:
        return []
    block = explaining.element(name, factor * array, (at[0] - 1, at[1]))
    block = replace(block, values=block.values / factor)
    return [explaining.recalled(tensor, explaining.carrying(block, block.subtotal))]


@dataclass(frozen=True, kw_only=True)
class State(Memory):
    """The state alone."""

    recalls: ClassVar[tuple[str, ...]] = ("state",)

    def forward(self, inputs, parameters, engine=None):
        return self.states(inputs, parameters)

    def explain(self, at, inputs, parameters):
        values = explaining.taken(inputs[0][0], ([at[0]], at[1]))
        now = explaining.weighted("now", "row", values, explaining.taken(parameters["kernel"], ([at[1]],)), "kernel")
        before = earlier("state", "state before", self.states(inputs, parameters)[0], at, self.decay)
        return self.concluded(at, inputs, [now], before)


@dataclass(frozen=True, kw_only=True)
class Echo(Memory):
    """A state that is heard, less half of what was heard before."""

    insides: ClassVar[Mapping[str, str]] = {"state": "what is remembered"}
    recalls: ClassVar[tuple[str, ...]] = ("state", "")

    def inside(self, name) -> Layer:
        return State(decay=self.decay)

    def forward(self, inputs, parameters, engine=None):
        heard = self.states(inputs, parameters)
        for t in range(1, heard.shape[1]):
            heard[:, t] += HALF * heard[:, t - 1]
        return heard

    def explain(self, at, inputs, parameters):
        state = self.states(inputs, parameters)[0]
        now = explaining.element("state", state, at)
        now = explaining.recalled("state", explaining.carrying(now, now.subtotal))
        before = earlier("", "heard before", self.forward(inputs, parameters)[0], at, HALF)
        return self.concluded(at, inputs, [], [now, *before])
