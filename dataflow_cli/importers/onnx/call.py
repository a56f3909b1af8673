"""One operation that is being translated: what it takes and says, and the layers that it becomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import printable
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held, as_target, counted, wants, without
from dataflow_cli.importers.onnx.wire import shortest
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.importers.onnx.model import Node
    from dataflow_cli.importers.onnx.state import State

    Value = Held | Constant

_NEAR = object()


@dataclass(frozen=True)
class Call:
    """A node, and what is known where it stands."""

    node: Node
    to: State

    @property
    def operation(self) -> str:
        """The operation's name."""
        return self.node.operation

    @property
    def opset(self) -> int:
        """The version of ONNX's operations that the model is written in."""
        return self.to.opset

    # What it says

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, or what stands for it where it is not written."""
        return self.node.attributes.get(name, default)

    def number(self, name: str, default: float | None = None) -> Any:
        """An attribute that is a number with a point, in as few digits as tell it from its neighbours in float32."""
        value = self.attribute(name)
        return default if value is None else self.short(value)

    @staticmethod
    def short(value: Any) -> Any:
        """A float32 in as few digits as it takes; other numbers as they are."""
        return shortest(value) if isinstance(value, float) else value

    @property
    def channels_first(self) -> bool:
        """Whether the network's kinds look for channels before the axes of space."""
        return self.to.data_format == "channels_first"

    def setting(self, name: str, place: int, default: Any = None) -> Any:
        """Whole numbers that are an attribute in some versions, and an input in others. Raises FieldError."""
        if self.has(place):
            return self.constant(place, name).integers()
        return self.attribute(name, default)

    # What it takes

    def has(self, place: int) -> bool:
        """Whether an input is given."""
        return place < len(self.node.inputs) and self.node.inputs[place] != ""

    def value(self, place: int) -> Value:
        """An input. Raises FieldError if it is left out."""
        if not self.has(place):
            raise FieldError(f"its input {place + 1} is not there")
        return self.to.values[self.node.inputs[place]]

    def values(self) -> list[Value]:
        """All inputs that are given."""
        return [self.value(place) for place in range(len(self.node.inputs)) if self.has(place)]

    def is_constant(self, place: int) -> bool:
        """Whether an input is known before the network runs."""
        return self.has(place) and isinstance(self.value(place), Constant)

    def constant(self, place: int, what: str = "") -> Constant:
        """An input that has to be known. Raises FieldError if the data makes it."""
        value = self.value(place)
        if isinstance(value, Held):
            told = what or f"input {place + 1}"
            raise FieldError(f"its {told} is made by '{value.name}', and has to be known beforehand")
        return value

    def tensor(self, place: int) -> Held:
        """An input as a tensor of the network; a constant becomes a layer that gives it."""
        value = self.value(place)
        return value if isinstance(value, Held) else self.held(value)

    def held(self, value: Value) -> Held:
        """The value as a tensor of the network, given by a layer if it is a constant."""
        near = next((each for each in self.values() if isinstance(each, Held)), None)
        return self.to.held(value, near)

    def sampled(self, place: int, axis: int = 0) -> Held:
        """An input whose samples lie along this axis of it; where all is one sample, an axis of one is taken for it.

        Raises FieldError, Misplaced.
        """
        held = self.tensor(place)
        is_settled = not held.root or held.root in self.to.batches
        of_one = held.batch is None or (self.to.size == 1 and not self.to.leaves_size_open)
        if held.batch != axis and of_one and is_settled and axis < held.rank and known(held.shape[axis]) == 1:
            return self.alone(held, axis)
        self.wants(held, axis)
        return held

    def each(self, place: int) -> Held:
        """An input along whose first axis every place is computed by itself: samples, or steps of one."""
        held = self.tensor(place)
        is_settled = not held.root or held.root in self.to.batches
        if held.batch is None and is_settled and held.rank > 2 and known(held.shape[0]) != 1:
            return replace(held, batch=0, steps=True)
        return self.sampled(place)

    def alone(self, held: Held, axis: int) -> Held:
        """A tensor of one sample, without an axis of length 1, which is taken for that of samples."""
        if without(held.shape, axis) == held.sample:
            return replace(held, batch=axis, root="", axes=())
        target = as_target(without(held.shape, axis))
        found = self.layer("reshape", {"target_shape": target}, [held], batch=None, behind="_squeezed", gives="")
        return replace(found, shape=held.shape, batch=axis)

    def wants(self, held: Held, axis: int | None) -> None:
        """Ask for the samples of a tensor along an axis. Raises FieldError, or Misplaced for an input of the model."""
        if held.batch is None and axis is not None and held.rank and not held.root and self.to.size == 1:
            raise FieldError("the axis of its samples was taken away before")
        if held.root in self.to.batches and held.batch != axis:
            raise FieldError("its inputs have their samples along different axes")
        wants(held, axis)

    def is_wanted(self, place: int) -> bool:
        """Whether anybody takes one of its outputs."""
        name = self.node.outputs[place] if place < len(self.node.outputs) else ""
        return bool(name) and (name in self.to.readers or name in self.to.kept)

    # What it becomes

    def layer(
        self,
        kind: str,
        fields: Mapping[str, Any],
        inputs: Sequence[Held],
        parameters: Mapping[str, Constant] | None = None,
        *,
        batch: Any = _NEAR,
        dtype: str = "",
        behind: str = "",
        gives: str | None = None,
    ) -> Held:
        """A layer of this kind, and its output.

        `batch` is the axis of their output along which samples lie, by default that of the first input that has one.
        `behind` stands behind the name where the node becomes several layers, all but the last of which are without a
        partner there (`gives=""`).
        """
        if batch is _NEAR:
            batch = next((held.batch for held in inputs if held.batch is not None), None)
        fields = {name: value for name, value in fields.items() if value is not None}
        if inputs[0].steps:
            kind, fields, batch = "time_distributed", {"layer": {"type": kind, **fields}}, None
            inputs = [replace(held, batch=None, steps=False) for held in inputs]
        dtype = dtype or inputs[0].dtype
        return self.to.add(
            self.node, kind, fields, inputs, parameters, batch=batch, dtype=dtype, behind=behind, gives=gives
        )

    def absorb(self, node: Node) -> None:
        """The layer of this one does what the operation behind it does too: what that gives is its output."""
        self.to.absorb(node, self.node)

    def place(self, held: Held, axis: int) -> int:
        """Where an axis of theirs is in a sample, from 0. Raises FieldError for that of samples, Misplaced."""
        if held.batch is not None and counted(axis, held.rank) == held.batch and held.root:
            self.wants(held, None)
        return held.place(axis)

    def axis(self, default: int, held: Held, name: str = "axis") -> int:
        """An attribute that is an axis of a tensor, from 0."""
        return counted(int(self.attribute(name, default)), held.rank)

    def refuse_others(self, *names: str) -> None:
        """Raise FieldError for an attribute that is none of these."""
        others = [name for name in self.node.attributes if name not in names]
        if others:
            raise FieldError(f"`{printable(others[0])}` is not there in dftrace")
