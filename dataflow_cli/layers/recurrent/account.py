"""How one element of a recurrent layer came about: the sums of its gates, and what it has of the step before.

Every explanation refers to other tensors of the layer, each of which has one of its own: an output to its gates, a gate
to the state before. So one is short however long the sequence is, and following them leads through all steps.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Whole
from dataflow_cli.layers.bases.masked import mask_block
from dataflow_cli.layers.explaining.together import are_together, once
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.layers.base import ActivationFunction
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


class Going(Protocol):
    """What an account needs to know of a layer that goes along a sequence."""

    bundle: ClassVar[str]
    states: ClassVar[tuple[str, ...]]

    @property
    def width(self) -> int:
        """How many numbers the state has along the axis of its gates."""

    @property
    def go_backwards(self) -> bool:
        """Whether it begins at the end."""

    @property
    def all_steps(self) -> bool:
        """Whether what it ends at has a row for every step."""

    def starts(self, inputs: Arrays) -> list[Array]:
        """What every state is before the first step: (n, *state)."""

    def held(self, inputs: Arrays) -> Array | None:
        """Where a step is padding, in turn: (steps, n, 1, ...)."""

    def unmasked(self, inputs: Arrays) -> Arrays:
        """The inputs without their masks."""

    def inside(self, name: str) -> Any:
        """The layer as far as an inner tensor."""

    def by_step(
        self, x: Array, before: Sequence[Array], parameters: Parameters, *, held: Array | None
    ) -> dict[str, Array]:
        """Every inner tensor by step (steps, n, *state), from the inputs (n, steps, ...) in their turn."""


class Account:
    """One sample's run along the sequence, and the element of it that is explained."""

    def __init__(self, layer: Going, at: Shape, inputs: Arrays, parameters: Parameters) -> None:
        self.layer, self.at, self.inputs, self.parameters = layer, at, inputs, parameters
        self.steps = inputs[0].shape[1]
        self.step = at[0] if layer.all_steps else self.steps - 1
        self.unit = at[1:] if layer.all_steps else at
        in_turn = inputs[0][:, ::-1] if layer.go_backwards else inputs[0]
        self.x = np.ascontiguousarray(in_turn[:, : self.step + 1])
        self.starts = layer.starts(inputs)
        self.has_start = len(layer.unmasked(inputs)) > 1
        held = layer.held(inputs)
        self.held = None if held is None else held[: self.step + 1, 0].reshape(-1)
        self.values: Mapping[str, Array] = self._run(in_turn, held)

    def _run(self, in_turn: Array, held: Array | None) -> dict[str, Array]:
        """The tensors by step, as far as this one; of all steps where more elements are asked for."""
        layer = self.layer.inside(self.layer.bundle)
        arrays = [*self.inputs, *self.parameters.values()]
        if are_together():
            x = np.ascontiguousarray(in_turn)
            run = once(("run", layer), arrays, lambda: layer.by_step(x, self.starts, self.parameters, held=held))
            return {name: found[: self.step + 1, 0] for name, found in run.items()}
        held = None if held is None else held[: self.step + 1]
        run = layer.by_step(self.x, self.starts, self.parameters, held=held)
        return {name: found[:, 0] for name, found in run.items()}

    def place(self, step: int) -> int:
        """Where in the input the step takes its features from."""
        return self.steps - 1 - step if self.layer.go_backwards else step

    @property
    def is_held(self) -> bool:
        """Whether the step is padding."""
        return self.held is not None and bool(self.held[-1])

    @property
    def begun(self) -> bool:
        """Whether the step, or one before it, counts."""
        return self.held is None or not self.held.all()

    @property
    def mask_number(self) -> int:
        """Which input the mask is; it is the first of those behind the sequence and the states."""
        return len(self.layer.unmasked(self.inputs))

    # Blocks

    def now(self, tensor: str, amount: float) -> Block:
        """The element of another tensor in the same step, with what it carries."""
        block = explaining.element(tensor.replace("_", " "), self.values[tensor], (self.step, *self.unit))
        return explaining.recalled(tensor, _carrying(block, amount))

    def before(self, tensor: str, amount: float) -> Block | None:
        """The element of a state in the step before; of the input that gives the first; None if that is nothing."""
        name = f"{tensor} before"
        if self.step:
            block = explaining.element(name, self.values[tensor], (self.step - 1, *self.unit))
            block = explaining.recalled(tensor, block)
        elif self.has_start:
            number = 1 + self.layer.states.index(tensor)
            block = explaining.element(name, self.inputs[number][0], self.unit, number)
        else:
            return None
        return _carrying(block, amount)

    def value(self, tensor: str) -> float:
        """The element of a tensor in this step."""
        return float(self.values[tensor][(self.step, *self.unit)])

    def value_before(self, tensor: str) -> float:
        """The element of a state before this step."""
        return float(self.state_before(tensor)[self.unit])

    def state_before(self, tensor: str) -> Array:
        """A state before this step."""
        if self.step:
            found: Array = self.values[tensor][self.step - 1]
            return found
        start: Array = self.starts[self.layer.states.index(tensor)][0]
        return start

    def column(self, gate: int) -> int:
        """Which sum of the step is that of a gate, for the element that is explained."""
        return gate * self.layer.width + self.unit[-1]

    def over_inputs(self, column: int) -> Block:
        """The row of the step's features times a column of the kernel."""
        x, kernel = self.inputs[0][0], self.parameters["kernel"]
        values = explaining.taken(x, (self.place(self.step), range(x.shape[1])))
        weights = explaining.taken(kernel, (range(x.shape[1]), column))
        return explaining.weighted("over the inputs", "row", values, weights, "kernel")

    def gates(self, tensor: str, terms: Array) -> Block:
        """A row of gates of this step, in what each lets through: half of that is its own."""
        values = explaining.taken(self.values[tensor], (self.step, range(self.layer.width)))
        block = explaining.added(f"the {tensor.replace('_', ' ')}s", values)
        carried = sound(block, terms / 2)
        block = replace(
            block, terms=terms, subtotal=float(terms.sum()), contributions=carried, term_name="gated product"
        )
        return explaining.recalled(tensor, block)

    def over_state(self, column: int) -> Block | None:
        """The row of the state before times a column of the recurrent kernel; None if that is nothing but zeros."""
        kernel, units = self.parameters["recurrent_kernel"], range(self.layer.width)
        weights = explaining.taken(kernel, (units, column))
        if self.step:
            values = explaining.taken(self.values["hidden"], (self.step - 1, units))
        elif self.has_start:
            values = explaining.taken(self.inputs[1][0], (units,))
        else:
            return None
        block = explaining.weighted("over the state before", "row", values, weights, "recurrent_kernel")
        return explaining.recalled("hidden", block) if self.step else replace(block, input=1)

    def terms(self, column: int) -> list[Block]:
        """What a sum of the step is made of, without its bias."""
        blocks = self.over_inputs(column), self.over_state(column)
        return [block for block in blocks if block is not None]

    # Of all steps

    def sums(self) -> Array:
        """The sums of all steps (steps, columns), if inputs, states and bias are just added."""
        parameters = self.parameters
        with np.errstate(all="ignore"):
            found: Array = self.x[0] @ parameters["kernel"] + self.states_before() @ parameters["recurrent_kernel"]
            if "bias" in parameters:
                found += parameters["bias"]
        return found

    def states_before(self, tensor: str = "hidden") -> Array:
        """A state before every step: (steps, *state)."""
        start = self.starts[self.layer.states.index(tensor)]
        return np.concatenate([start, self.values[tensor][:-1]])

    def inputs_of(self, sums: Array) -> Array:
        """Which elements of a step have a part in some of its sums, booleans: those that are multiplied by no 0."""
        found: Array = ((self.parameters["kernel"] != 0) & sums).any(axis=1)
        return found

    def states_of(self, sums: Array) -> Array:
        """Which elements of the state before a step have a part in some of its sums."""
        found: Array = ((self.parameters["recurrent_kernel"] != 0) & sums).any(axis=1)
        return found

    # Explanations

    def handed_on(self, tensor: str) -> Explanation:
        """A state after a step that is padding: that before it."""
        value = self.value_before(tensor)
        start = self.start([self.before(tensor, value)], value)
        return start.noted("the step is masked: the state before it is handed on")

    def zero(self) -> Explanation:
        """What comes out of a step that is padding, where that is 0."""
        found = explaining.from_blocks(self.at, self.inputs, [self.mask_block([self.step])], 0.0)
        return found.noted("the step is masked: 0")

    def nothing(self) -> Explanation:
        """What comes out before any step counts."""
        block = self.mask_block(range(self.step + 1))
        found = explaining.from_blocks(self.at, self.inputs, [block], 0.0)
        return found.noted("the step is masked, and so are all before it: 0")

    def with_mask(self, found: Explanation) -> Explanation:
        """An explanation with what the mask says of the step."""
        if self.held is None:
            return found
        return replace(found, blocks=(*found.blocks, self.mask_block([self.step])))

    def mask_block(self, steps: Sequence[int]) -> Block:
        """What the mask says of steps."""
        return mask_block(self.inputs[self.mask_number][0], self.mask_number, [[self.place(step) for step in steps]])

    def start(self, blocks: Sequence[Block | None], total: float) -> Explanation:
        """An explanation of these blocks, those left out that are None."""
        there = [block for block in blocks if block is not None]
        mine = [block for block in there if block.recalled is None]
        more = [block for block in there if block.recalled is not None]
        return explaining.from_blocks(self.at, self.inputs, mine, total, more=more)

    def summed(self, column: int, *bias: int) -> Explanation:
        """The sum of a gate: inputs, the state before, and the bias at each of these rows of it (none: it has none)."""
        blocks = self.terms(column)
        subtotals = [block.subtotal for block in blocks]
        result = self.start(blocks, sum(subtotals))
        if len(subtotals) > 1:
            result = result.then("sum over inputs and state", "", subtotals, sum(subtotals))
        return self.biased(result, column, *bias)

    def biased(self, result: Explanation, column: int, *rows: int) -> Explanation:
        """The sum with its bias, if the layer has any; of several biases those of the `rows`."""
        bias = self.parameters.get("bias")
        if bias is None:
            return result
        places: list[Shape] = [(row, column) for row in rows] or [(column,)]
        for place in places:
            result = result.plus("bias", place, float(bias[place]))
        return result

    def applied(self, function: ActivationFunction | None, before: Explanation) -> Explanation:
        """A sum led on through its activation."""
        if function is None:
            return before
        return function.follow(before, Whole(function, self.inputs, self.parameters))


def _carrying(block: Block, amount: float) -> Block:
    """A block of one element in what it carries. What is not finite carries itself: nothing else is to blame for it."""
    if not math.isfinite(block.subtotal):
        return explaining.carrying(block, block.subtotal)
    return explaining.carrying(block, amount if math.isfinite(amount) else 0.0)


def gated(block: Block, gate: Array) -> Block:
    """A row whose terms are multiplied by gates (units,), and which carries half of them."""
    with np.errstate(all="ignore"):
        terms = block.terms * gate
    return replace(
        block,
        terms=terms,
        subtotal=float(terms.sum()),
        contributions=sound(block, terms / 2),
        term_name="gated product",
    )


def sound(block: Block, amounts: Array) -> Array:
    """What the elements of a block carry: what is not finite carries itself, and is alone to blame."""
    return np.where(np.isfinite(block.values), np.where(np.isfinite(amounts), amounts, 0.0), block.values)


def half(*factors: float) -> float:
    """What each of the two factors of a product carries."""
    return math.prod(factors) / 2
