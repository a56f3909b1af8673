"""What all layers share that go along a sequence: fields, and the tensors by step that they can show.

A step makes new states of what stands in it and of the states before. What a state is, a vector or a picture, is left
to the kinds.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.masked import Masked, check_mask, counts
from dataflow_cli.layers.fields import Boolean, Integer, Number, Optional, option
from dataflow_cli.layers.recurrent.column import Column
from dataflow_cli.layers.recurrent.needless import RETURN_STATE, STATEFUL, TIME_MAJOR
from dataflow_cli.layers.recurrent.of_elements import OfElements
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import Shape, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import ActivationFunction, Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shapes

STEPS = "steps"
"""The tensor that holds all that is worked out: by step, one inner tensor beside the other."""
FINAL = "final_"
"""What the last step's part of an inner tensor is called before that tensor's name."""


@dataclass(frozen=True, kw_only=True)
class Stepping(Masked):
    """Base of kinds that go along the first axis of a sample, and hand states on from step to step."""

    columns: ClassVar[tuple[str, ...]]
    """The inner tensors by step, in the order in which the parameters and `STEPS` have them; last the states."""
    states: ClassVar[tuple[str, ...]] = ("hidden",)
    """Those of them that a step hands on to the next."""
    is_recurrent: ClassVar[bool] = True
    bundle: ClassVar[str] = STEPS
    ways: ClassVar[tuple[str, ...]] = ()
    """The factors that what is wanted may come through, see `open_ways`."""
    shut_at_first: ClassVar[tuple[str, ...]] = ()
    """Those of them that nothing comes through in the first step, if the states before it are zeros."""
    activation: ActivationFunction | None = option(Optional(OfElements()), "applied to what is new in a step", "tanh")
    use_bias: bool = bias.field("sum")
    return_sequences: bool = option(
        Boolean(), "whether the states of all steps come out, or the last one's alone", False
    )
    go_backwards: bool = option(
        Boolean(), "whether it begins at the end; the first state that comes out is that", False
    )
    zero_output_for_mask: bool = option(
        Boolean(), "whether a masked step comes out as zeros, or as the step before it", False
    )
    dropout: float = option(Number(0, maximum=1), "the part of the inputs that training leaves out", 0)
    recurrent_dropout: float = option(Number(0, maximum=1), "the part of the states that training leaves out", 0)
    unroll: bool = option(Boolean(), "whether Keras writes the steps out one by one; the numbers are the same", False)
    implementation: int = option(Integer(0), "which way Keras computes a step; the numbers are the same", 2)
    stateful: bool = option(STATEFUL, "whether a run begins where the one before ended", False)
    return_state: bool = option(RETURN_STATE, "whether the last states are further outputs", False)
    time_major: bool = option(TIME_MAJOR, "whether steps stand before the samples", False)
    ends: str = field(default="")
    """The inner tensor that this one ends at; nothing for the layer as such."""

    @property
    def gates(self) -> int:
        """How many sums a step has for every number of a state."""
        return len(self.columns) - len(self.states)

    @property
    def width(self) -> int:
        """How many numbers a state has along `gate_axis`."""
        raise NotImplementedError

    @property
    def gate_axis(self) -> int:
        """The axis, from the end, along which one gate's sums stand beside the next one's."""
        return -1

    @property
    def all_steps(self) -> bool:
        """Whether it has a row for every step."""
        return not self.ends.startswith(FINAL) if self.ends else self.return_sequences

    # Shapes

    def state_shape(self, inputs: Shapes) -> Shape:
        """The shape of one state. Raises LayerError if there is none."""
        raise NotImplementedError

    def sequence_names(self) -> tuple[str, ...]:
        """What the axes of a sample are called."""
        raise NotImplementedError

    def output_shape(self, inputs: Shapes) -> Shape:
        steps, state = self.checked(inputs)[0], list(self.state_shape(inputs))
        state[self.gate_axis] *= len(self.columns) if self.ends == STEPS else 1
        return (steps, *state) if self.all_steps else tuple(state)

    def checked(self, inputs: Shapes) -> Shape:
        """The shape of the sequence. Raises LayerError if it is none, or a state or mask does not fit."""
        shape, *states = self.unmasked(inputs)
        names = f"({', '.join(self.sequence_names())})"
        if len(shape) != len(self.sequence_names()):
            found = f"found {written(shape)}" if shape else "found a single number"
            hint = f"reshape it to {names} before"
            raise LayerError(f"{self.type} takes a sequence {names}, {found}", hint=hint, wanted="a sequence")
        if states and len(states) != len(self.states):
            what = " and ".join(self.states)
            hint = f"give it all that a step hands on, {what}, or no state: then it starts with zeros"
            raise LayerError(f"{self.type} starts with {what}, found {len(states)} more inputs", hint=hint)
        for name, state in zip(self.states, states, strict=False):
            if tuple(state) != (wanted := self.state_shape(inputs)):
                message = f"{self.type} starts with a {name} state of {written(wanted)}, found {written(state)}"
                hint = f"give it one of {written(wanted)}" if len(wanted) > 1 else f"give it one of {wanted[0]} numbers"
                raise LayerError(message, hint=hint, code="E132", field="inputs")
        check_mask(self.mask(inputs), shape[:1])
        return shape

    def mask_fed(self, steps: Array, inputs: Shapes) -> list[Array]:
        """Of the masks, what feeds anything: all `steps` that are seen, booleans."""
        masks = inputs[len(inputs) - len(self.masks) :]
        return [steps if len(shape) == 1 else np.zeros(shape, bool) for shape in masks]

    @property
    def hands_mask_on(self) -> bool:
        return self.return_sequences and not self.ends

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        return tuple(mask) == tuple(inputs[0][:1])

    def in_turn(self, sequence: Array) -> Array:
        """The sequence (steps, ...) as it is taken."""
        return sequence[::-1] if self.go_backwards else sequence

    # Insides

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return {} if self.ends else self.insides

    def inside(self, name: str) -> Layer:
        return replace(self, ends=name)

    def onward(self, name: str, end: str) -> Layer | None:
        """A tensor by step is a part of all; what comes out and what is last are of one by step.

        With a mask, what comes out is no state alone: before the first step that counts it is 0, see `begun`.
        """
        if self.masks and not end:
            return None
        wanted = end.removeprefix(FINAL) or "hidden"
        if name not in {STEPS, wanted}:
            return None
        first = self.columns.index(wanted) * self.width if name == STEPS else 0
        all_steps = replace(self, ends=end).all_steps
        part = Column(first=first, count=self.width, all_steps=all_steps, axis=self.gate_axis)
        return replace(part, of_vectors=len(self.sequence_names()) == 2)

    def rest(self, name: str) -> Layer | None:
        return self.onward(name, "")

    # Work

    @property
    def smooth(self) -> bool:
        """Whether its functions are the sigmoid and the hyperbolic tangent, one of which gives the other."""
        return False

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0][:, ::-1] if self.go_backwards else inputs[0]
        held = self.held(inputs)
        parts = self.by_step(x, self.starts(inputs), parameters, engine, held)
        if self.ends == STEPS:
            found = np.concatenate([parts[name] for name in self.columns], axis=self.gate_axis)
        else:
            found = parts[self.ends.removeprefix(FINAL) or "hidden"]
        if held is not None and not self.ends:
            shown = ~held if self.zero_output_for_mask else begun(held)
            found = np.where(shown, found, found.dtype.type(0))
        return np.ascontiguousarray(found.swapaxes(0, 1) if self.all_steps else found[-1])

    def starts(self, inputs: Arrays) -> list[Array]:
        """What every state is before the first step: (n, *state)."""
        given = [np.ascontiguousarray(state) for state in self.unmasked(inputs)[1:]]
        if given:
            return given
        state = self.state_shape([x.shape[1:] for x in inputs])
        return [np.zeros((len(inputs[0]), *state), inputs[0].dtype)] * len(self.states)

    def held(self, inputs: Arrays) -> Array | None:
        """Where a step is padding and hands its states on, in turn: booleans (steps, n, 1), with as many axes of 1 as a
        state has; None without a mask.
        """
        mask = self.mask(inputs)
        if mask is None:
            return None
        found: Array = ~self.in_turn(counts(mask).T)
        return found.reshape(*found.shape, *[1] * (inputs[0].ndim - 2))

    def by_step(
        self,
        x: Array,
        before: Sequence[Array],
        parameters: Parameters,
        engine: Engine | None = None,
        held: Array | None = None,
    ) -> dict[str, Array]:
        """Inner tensors by step (steps, n, *state), from the inputs (n, steps, ...) in their turn: all of them if it
        ends at one, else at least the state that comes out.
        """
        raise NotImplementedError

    # Explanation

    def account(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Account:
        """The run along the sequence of one sample, with the element of it that is explained."""
        from dataflow_cli.layers.recurrent.account import Account as Made

        return Made(self, at, inputs, parameters)

    def explained(self, name: str, account: Account) -> Explanation:
        """How the element of an inner tensor by step came about."""
        raise NotImplementedError

    def open_ways(self, account: Account) -> dict[str, Array]:
        """By factor, (steps, *state): where it lets small changes through, being not 0, and no function flat."""
        raise NotImplementedError

    def wanted_by(
        self, wanted: Mapping[str, Array], here: Mapping[str, Array], carried: Callable[[Array], Array]
    ) -> tuple[Array, dict[str, Array]]:
        """Which sums of a step, and which states before it, elements of its tensors come from, through what is open.

        `carried` says of sums which elements of the state before have a part in them.
        """
        raise NotImplementedError

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.explaining.later import Later
        from dataflow_cli.layers.recurrent.reach import roles

        name = self.ends.removeprefix(FINAL) or "hidden"
        account = self.account(at, inputs, parameters)
        if not self.ends and self.zero_output_for_mask and account.is_held:
            return account.zero()
        if not self.ends and not account.begun:
            return account.nothing()
        is_held = account.is_held and name in self.states
        found = account.handed_on(name) if is_held else self.explained(name, account)
        if name in self.states:
            found = account.with_mask(found)
        return replace(found, at=at, roles=Later(lambda: roles(self, account, name)))


def some_of(held: Array | None, some: slice) -> Array | None:
    """What is held of some samples."""
    return None if held is None else held[:, some]


def begun(held: Array) -> Array:
    """Where a step that counts has been, of steps that are held (steps, ...)."""
    found: Array = np.logical_or.accumulate(~held)
    return found
