"""A small kind of several tensors: the halves of a vector, and the counts of how often any of them was worked out."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLS: list[str] = []
"""What was worked out from the input itself."""


@dataclass(frozen=True, kw_only=True)
class Part(Layer):
    """Some elements of a vector, doubled if they come from the input itself."""

    type: ClassVar[str] = "halves"
    name: str = field(default="")
    factor: float = field(default=2.0)

    def taken(self, length):
        return {"first": slice(length // 2), "second": slice(length // 2, None)}.get(self.name, slice(None))

    def output_shape(self, inputs):
        return (len(range(inputs[0][0])[self.taken(inputs[0][0])]),)

    def receptive_field(self, seen, inputs):
        return seen[0].whole()

    def feeds(self, wanted, inputs):
        fed = np.zeros(inputs[0], bool)
        fed[self.taken(inputs[0][0])] = wanted
        return [fed]

    def forward(self, inputs, parameters, engine=None):
        if self.factor != 1:
            CALLS.append(self.name)
        return self.factor * inputs[0][:, self.taken(inputs[0].shape[1])]

    def explain(self, at, inputs, parameters):
        place = (range(inputs[0].shape[1])[self.taken(inputs[0].shape[1])][at[0]],)
        values = explaining.taken(inputs[0][0], ([place[0]],))
        weights = explaining.taken(np.full(inputs[0].shape[1], self.factor), ([place[0]],))
        block = explaining.weighted("now", "row", values, weights, "factor")
        start = explaining.from_blocks(at, inputs, [block], block.subtotal)
        return start.then("sum", "", [block.subtotal], block.subtotal)


@dataclass(frozen=True, kw_only=True)
class Halves(Part):
    """Twice a vector, half by half."""

    insides: ClassVar[Mapping[str, str]] = {"first": "the first half", "second": "the second half"}
    parts_only: ClassVar[bool] = True
    bundle: ClassVar[str] = "both"
    short: bool = option(Boolean(), "leaves the second half out", False)

    @property
    def inner_tensors(self):
        return {"first": self.insides["first"]} if self.short else self.insides

    def inside(self, name):
        return Part(name=name)

    def onward(self, name, end):
        return Part(name=end, factor=1.0) if name == self.bundle else None
