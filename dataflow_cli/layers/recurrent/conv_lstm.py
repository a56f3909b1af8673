"""Long short-term memories whose states are pictures (Shi et al., "Convolutional LSTM network", 2015).

    sum[n, t, p, k] = Σ_o Σ_c  in[n, t, p·stride + o·dilation - pad, c] · kernel[o, c, k]
                      +  Σ_o Σ_v  hidden[n, t-1, p + o - pad', v] · recurrent_kernel[o, v, k]  +  bias[k]
    input_gate, forget_gate, output_gate[n, t, p, f] = recurrent_activation( sum )
    candidate[n, t, p, f] = activation( sum )
    cell[n, t, p, f]   = forget_gate[n, t, p, f] · cell[n, t-1, p, f]  +  input_gate[n, t, p, f] · candidate[n, t, p, f]
    hidden[n, t, p, f] = output_gate[n, t, p, f] · activation( cell[n, t, p, f] )
    out = hidden, of the last step alone without `return_sequences`

The input gate has the sum k = f, the forget gate filters + f, the candidate 2 · filters + f, the output gate
3 · filters + f. n: sample; t: step; p: position; o: tap of a kernel; c: channel of the input; f, v: filter. pad' keeps
the size of the state, whose kernel neither strides nor is dilated. Before the first step, hidden and cell are 0, or
what is given as a second and third input.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.bases.windows import Padding, PaddingField
from dataflow_cli.layers.convolution.conv import Conv, Conv1D, Conv2D, Conv3D
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.receptive_fields import feeding
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.recurrent.long_short_term import LongShortTerm
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_CONVOLUTIONS = (Conv1D, Conv2D, Conv3D)


@dataclass(frozen=True, kw_only=True)
class ConvLSTM(LongShortTerm, Spatial):
    """Base of conv_lstm1d, conv_lstm2d and conv_lstm3d: everything but the number of spatial axes."""

    has_sequences: ClassVar[bool] = False
    filters: int = option(Integer(1), "number of filters: the channels of a state")
    kernel_size: tuple[int, ...] = per_rank(PerAxis, "{axes} of the kernels")
    strides: tuple[int, ...] = per_rank(PerAxis, "step between two positions of the input", 1)
    padding: Padding = per_rank(PaddingField, "what is added {around} of a step", "valid")
    dilation_rate: tuple[int, ...] = per_rank(PerAxis, "distance between two taps of the input's kernel", 1)

    @property
    def width(self) -> int:
        return self.filters

    @property
    def gate_axis(self) -> int:
        return -1 - self.rank if self.channels_first else -1

    def channels_axis(self, dimensions: int) -> int:
        return dimensions + self.gate_axis

    @property
    def window_size(self) -> Shape:
        return self.kernel_size

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return ("step", *(name.removesuffix("s") for name in self.names(self.rank + 1)))[-dimensions:]

    @property
    def over_inputs(self) -> Conv:
        """The convolution of one step's input: all gates' sums."""
        return self._convolution(self.padding, self.strides, self.dilation_rate, use_bias=self.use_bias)

    @property
    def over_states(self) -> Conv:
        """The convolution of the state before it, which keeps the size."""
        ones = (1,) * self.rank
        return self._convolution("same", ones, ones, use_bias=False)

    def _convolution(
        self, padding: Padding, strides: tuple[int, ...], dilation_rate: tuple[int, ...], *, use_bias: bool
    ) -> Conv:
        return _CONVOLUTIONS[self.rank - 1](
            filters=self.gates * self.filters,
            kernel_size=self.kernel_size,
            strides=strides,
            padding=padding,
            dilation_rate=dilation_rate,
            use_bias=use_bias,
            data_format=self.data_format,
        )

    # Shapes

    def sequence_names(self) -> tuple[str, ...]:
        return ("steps", *self.axis_names())

    def lengths(self, inputs: Shapes) -> tuple[Shape, Shape]:
        """The spatial lengths of a step's input, and of a state. Raises LayerError if the window does not fit."""
        lengths, _ = self.over_inputs.split([inputs[0][1:]])
        return lengths, self.over_inputs.output_lengths(lengths)

    def state_shape(self, inputs: Shapes) -> Shape:
        return self.join(self.lengths(inputs)[1], self.filters)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        found = self.over_inputs.parameters([inputs[0][1:]])
        recurrent = self.over_states.parameters([self.state_shape(inputs)])["kernel"]
        return {"kernel": found.pop("kernel"), "recurrent_kernel": recurrent} | found

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        of_inputs = self.over_inputs.mac_factors([inputs[0][1:]])
        of_states = self.over_states.mac_factors([self.state_shape(inputs)])
        return tuple((inputs[0][0], *factors) for factors in (*of_inputs, *of_states))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return self.over_inputs.shape_arithmetic([inputs[0][1:]])

    def in_order(self, *, inputs: bool) -> bool:
        return True

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import unknown

        raise unknown(f"PyTorch has no {self.type}")

    # What is seen

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """A step sees those before it, and around a position, of each one step further back, a kernel more."""
        first, *starts = seen[: len(self.unmasked(inputs))]
        steps, (lengths, state) = inputs[0][0], self.lengths(inputs)
        if first.channels_first != self.channels_first:
            return first.whole()
        for links in (self.over_inputs.links(lengths), self.grown(state, steps - 1)):
            first = first.through([Link(), *links])
        return self._of_all_steps(first, inputs).merged([self._of_start(one, state, steps) for one in starts])

    def _of_all_steps(self, first: ReceptiveField, inputs: Shapes) -> ReceptiveField:
        """The field of the sequence, as that of the output: the axis of steps begins anew, or is gone."""
        steps, *shape = inputs[0]
        if self.channels_first:  # steps stand where channels do in one sample, and channels where space begins
            found = first.without_first(shape[0])
            return found.widened(1, self.rank + 1) if self.all_steps else found
        return first.accumulated(steps, backwards=self.go_backwards) if self.all_steps else first.without_first(steps)

    def _of_start(self, start: ReceptiveField, state: Shape, steps: int) -> ReceptiveField:
        """The field of a state before the first step, as that of the output."""
        found = start.through(self.grown(state, steps))
        return found.widened(int(self.channels_first), self.rank + 1) if self.all_steps else found

    def grown(self, state: Shape, steps: int) -> list[Link]:
        """What lies under a position of a state so many steps before."""
        links = self.over_states.links(state)
        return [replace(one, shift=one.shift * steps, taps=(one.taps - 1) * steps + 1) for one in links]

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """Followed back step by step: a hidden state wants what its convolutions take, a cell the one before it."""
        lengths, state = self.lengths(inputs)
        links, back = self.over_inputs.links(lengths), self.over_states.links(state)
        some = np.moveaxis(wanted, self.gate_axis, -1)
        steps = some if self.all_steps else np.stack([*[np.zeros_like(some)] * (inputs[0][0] - 1), some])
        before, cell, found = np.zeros((*state, 1), bool), steps[0], []
        for step in steps[::-1]:
            cell = step | before
            here = cell.any(axis=-1, keepdims=True)
            found.append(feeding.linked(here, links, lengths))
            before = feeding.linked(here, back, state)
        fed = np.stack(found if self.go_backwards else found[::-1])
        states = self.unmasked(inputs)[1:]
        starts = [self._shown(one, shape) for one, shape in zip((before, cell), states, strict=False)]
        seen = np.asarray(fed.reshape(len(fed), -1).any(axis=1))
        return [self._shown(fed, inputs[0]), *starts, *self.mask_fed(seen, inputs)]

    def _shown(self, places: Array, shape: Shape) -> Array:
        """Places, channels last, or those of all channels (..., 1), in the layer's format."""
        return np.broadcast_to(np.moveaxis(places, -1, self.gate_axis), shape)

    # Work

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """All that is worked out by step, and what the convolutions take beside it."""
        state = self.state_shape(inputs)
        beside = [
            self.over_inputs.method([inputs[0][1:]], samples * inputs[0][0]).beside,
            self.over_states.method([state], samples).beside,
        ]
        columns = len(self.columns) + self.gates
        return kernels.method.beside(samples * inputs[0][0] * columns * math.prod(state) + sum(beside))

    def by_step(
        self,
        x: Array,
        before: Sequence[Array],
        parameters: Parameters,
        engine: Engine | None = None,
        held: Array | None = None,
    ) -> dict[str, Array]:
        sums = self.sums_of_inputs(x.swapaxes(0, 1), parameters, engine)
        carried = replace(self.over_states, data_format="channels_last")

        def of_state(state: Array) -> Array:
            return carried.forward([state], {"kernel": parameters["recurrent_kernel"]}, engine)

        starts = [np.moveaxis(one, self.gate_axis, -1) for one in before]
        found = kernels.conv_lstm.conv_lstm(
            np.moveaxis(sums, self.gate_axis, -1), of_state, starts, self.functions, held
        )
        return {name: np.moveaxis(one, -1, self.gate_axis) for name, one in zip(self.columns, found, strict=True)}

    def sums_of_inputs(self, x: Array, parameters: Parameters, engine: Engine | None = None) -> Array:
        """What the inputs (steps, n, ...) give to the sums, bias included: (steps, n, ...)."""
        own = {name: one for name, one in parameters.items() if name != "recurrent_kernel"}
        found = self.over_inputs.forward([x.reshape(-1, *x.shape[2:])], own, engine)
        return found.reshape(*x.shape[:2], *found.shape[1:])

    def likeness(
        self, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
    ) -> dict[str, Array] | None:
        from dataflow_cli.layers.recurrent.conv_likeness import likeness

        return likeness(self, inputs, parameters, error, gain)

    # Explanation

    def terms(self, inputs: Shapes) -> int:
        return self.over_inputs.terms([inputs[0][1:]]) + self.over_states.terms([self.state_shape(inputs)])

    def longest_sum(self, inputs: Shapes) -> int:
        return self.terms(inputs)

    def account(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Account:
        from dataflow_cli.layers.recurrent.conv_account import ConvAccount

        return ConvAccount(self, at, inputs, parameters)


@dataclass(frozen=True, kw_only=True)
class ConvLSTM1D(ConvLSTM):
    """A cell with gates at every place of a signal, along a sequence of signals (steps, length, channels)."""

    type: ClassVar[str] = "conv_lstm1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class ConvLSTM2D(ConvLSTM):
    """A cell with gates at every place of a picture, along a sequence of pictures (steps, height, width, channels)."""

    type: ClassVar[str] = "conv_lstm2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class ConvLSTM3D(ConvLSTM):
    """A cell with gates at every place of a volume, along a sequence of volumes (steps, depth, ..., channels)."""

    type: ClassVar[str] = "conv_lstm3d"
    rank: ClassVar[int] = 3
