"""How one element of a convolutional recurrent layer came about: its sums are those of two convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from dataflow_cli.layers import explaining
from dataflow_cli.layers.receptive_fields import feeding
from dataflow_cli.layers.recurrent.account import Account, Going
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.convolution.conv import Conv
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape

RECURRENT = "recurrent_kernel"


class Convolving(Going, Protocol):
    """What it needs to know of the layer."""

    @property
    def gate_axis(self) -> int:
        """The axis of the channels, from the end."""

    @property
    def over_inputs(self) -> Conv:
        """The convolution of one step's input: all gates' sums."""

    @property
    def over_states(self) -> Conv:
        """The convolution of the state before it."""

    def sums_of_inputs(self, x: Array, parameters: Parameters) -> Array:
        """What the inputs (steps, n, ...) give to the sums, bias included: (steps, n, ...)."""


class ConvAccount(Account):
    """One sample's run along a sequence of pictures."""

    layer: Convolving

    def __init__(self, layer: Convolving, at: Shape, inputs: Arrays, parameters: Parameters) -> None:
        super().__init__(layer, at, inputs, parameters)

    def column(self, gate: int) -> int:
        return gate * self.layer.width + self.unit[self.layer.gate_axis]

    def terms(self, column: int) -> list[Block]:
        """The windows of the step's input, channel by channel, and those of the state before."""
        step, position = self.place(self.step), self.layer.over_inputs.apart(self.unit)[0]
        at = self.layer.over_inputs.join(position, column)
        found = self._windows(self.layer.over_inputs, at, self.inputs[0][:, step], "kernel")
        blocks = [replace(_at(block, step), name=f"inputs, {block.name}") for block in found]
        if self.step:
            before = self._windows(
                self.layer.over_states, at, self.values["hidden"][np.newaxis, self.step - 1], RECURRENT
            )
            blocks += [
                replace(explaining.recalled("hidden", _at(block, self.step - 1)), name=f"state before, {block.name}")
                for block in before
            ]
        elif self.has_start:
            start = self._windows(self.layer.over_states, at, self.inputs[1], RECURRENT)
            blocks += [replace(block, input=1, name=f"state before, {block.name}") for block in start]
        return blocks

    def _windows(self, convolution: Conv, at: Shape, x: Array, parameter: str) -> list[Block]:
        """What a convolution says of one of its sums, without the bias."""
        found = convolution.explain(at, [x], {"kernel": self.parameters[parameter]})
        return [replace(block, parameter=parameter) for block in found.blocks]

    def sums(self) -> Array:
        found: Array = self.layer.sums_of_inputs(self.x.swapaxes(0, 1), self.parameters)[:, 0]
        with np.errstate(all="ignore"):
            return found + self.layer.over_states.forward(
                [self.states_before()], {"kernel": self.parameters[RECURRENT]}
            )

    def inputs_of(self, sums: Array) -> Array:
        return self._fed(self.layer.over_inputs, "kernel", sums, self.inputs[0].shape[2:])

    def states_of(self, sums: Array) -> Array:
        return self._fed(self.layer.over_states, RECURRENT, sums, self.starts[0].shape[1:])

    def _fed(self, convolution: Conv, parameter: str, sums: Array, shape: Shape) -> Array:
        """Which elements of an input of this shape, in the layer's format, have a part in some of the sums."""
        axis, lengths = self.layer.gate_axis, convolution.split([shape])[0]
        nonzero, links = self.parameters[parameter] != 0, convolution.links(lengths)
        fed = feeding.multiplied(np.moveaxis(sums, axis, -1), nonzero, links, lengths)
        return np.moveaxis(fed, -1, axis)


def _at(block: Block, step: int) -> Block:
    """A block of one step's elements as one of the sequence's."""
    places = block.places
    front = np.full((*places.shape[:-1], 1), step, places.dtype)
    return replace(block, places=np.concatenate([front, places], axis=-1))
