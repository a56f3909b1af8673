"""How like an error of a ConvLSTM is to what moving one number of its kernels or its bias does, for all at once.

What a step makes of its sums, and of the cell before, it makes place by place: so each gate is moved everywhere at once
to see what the states gain. An element of the output is followed back from step to step by these gains, and from place
to place by the kernel of the states, transposed. What of it comes to the sums of a step meets what the kernels are
multiplied with there.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import kernels
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.layers.convolution.conv import Conv
    from dataflow_cli.shapes import Array, Arrays, Parameters

MOVED = 1e-5
"""By how much sums and cells are moved, both ways."""
ELEMENTS = 96
"""Elements of the output that are looked at."""
SOUND = 1 / 4
"""How many of them, where there are such, have no error: what moves them is not what it was."""
LEAST = 1e-4
"""Of the largest error: what errs less has none."""
MOST_WORK = 6e9
"""Multiply-accumulates that this may take."""
MOST_KEPT = 2e7
"""Numbers of the kernels, one for every element that is looked at, that are kept."""


def likeness(
    layer: Any, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
) -> dict[str, Array] | None:
    """By parameter, for each of its numbers the cosine between the error (n, *shape), at some of its elements, and what
    moving it does there. `gain`, of that shape, is what the output is multiplied by afterwards.

    None for what is too large.
    """
    places = _looked_at(error, _as_many(layer, inputs, parameters))
    found = {name: np.zeros((2, *array.shape)) for name, array in parameters.items()}
    size = 0.0
    for sample in sorted({place[0] for place in places}):
        mine = [place for place in places if place[0] == sample]
        part = np.array([error[place] for place in mine])
        gains = np.ones(len(mine)) if gain is None else np.array([gain[place] for place in mine])
        run = _Linear.of(layer, [x[sample : sample + 1] for x in inputs], parameters)
        size += float(part @ part)
        moved = {name: np.zeros((len(mine), *array.shape)) for name, array in parameters.items()}
        for name, more in run.numbers([place[1:] for place in mine], gains):
            if name in moved:
                moved[name] += more
        for name, each in moved.items():
            found[name] += np.stack([np.tensordot(part, each, 1), np.sum(each**2, axis=0)])
    if not places:
        return None
    with np.errstate(all="ignore"):
        return {
            name: np.nan_to_num(np.abs(product) / np.sqrt(square * size)) for name, (product, square) in found.items()
        }


def _as_many(layer: Any, inputs: Arrays, parameters: Parameters) -> int:
    """Elements whose following back is not too much work: as much as the pass itself, each, and as much again."""
    shapes = [x.shape[1:] for x in inputs]
    work = sum(math.prod(factors) for factors in layer.mac_factors(shapes))
    kept = sum(array.size for array in parameters.values())
    return int(min(ELEMENTS, MOST_WORK / (2 * work), MOST_KEPT / kept))


def _looked_at(error: Array, most: int) -> list[tuple[int, ...]]:
    """Elements that err, from the least to the largest error, and a few of those that do not."""
    size = np.abs(error).ravel()
    order = np.argsort(size, kind="stable")
    sound = int(np.count_nonzero(size <= LEAST * size.max(initial=0.0)))
    if len(order) > most:
        few = min(sound, int(SOUND * most))
        off = _spread(order[sound:], most - few)
        order = np.concatenate([_spread(order[:sound], few), off])
    return [tuple(map(int, np.unravel_index(place, error.shape))) for place in order]


def _spread(places: Array, most: int) -> Array:
    """So many of them, from the first to the last."""
    found: Array = places[np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).astype(int))]
    return found


@dataclass(frozen=True, eq=False)
class _Linear:
    """One sample's run along a sequence, to first order. Arrays are (steps, *positions, channels)."""

    layer: Any
    x: Array
    before: Array
    """The hidden states before every step."""
    gains: Sequence[tuple[Array, Array]]
    """By gate, and last for the cell before: what the hidden state and the cell after a step gain."""
    held: Sequence[bool]
    back: tuple[Conv, Array]
    """What leads from the sums of a step to the hidden state before: a convolution, and its kernel."""

    @classmethod
    def of(cls, layer: Any, inputs: Arrays, parameters: Parameters) -> _Linear:
        every = replace(layer, ends=layer.bundle)
        x = inputs[0][:, ::-1] if layer.go_backwards else inputs[0]
        starts, held = layer.starts(inputs), layer.held(inputs)
        run = every.by_step(x, starts, parameters, held=held)
        hidden, cell = (
            _last(layer, np.concatenate([start, run[name][:-1, 0]]))
            for name, start in zip(layer.states, starts, strict=True)
        )
        over = replace(layer.over_states, data_format="channels_last")
        sums = _last(layer, layer.sums_of_inputs(x.swapaxes(0, 1), parameters)[:, 0])
        sums = sums + over.forward([hidden], {"kernel": parameters["recurrent_kernel"]})
        return cls(
            layer,
            _last(layer, np.ascontiguousarray(x[0])),
            hidden,
            [*_gains(layer, sums, cell)],
            [False] * len(sums) if held is None else [bool(step) for step in held.ravel()],
            _transposed(over, parameters["recurrent_kernel"], hidden.shape[1:-1]),
        )

    def numbers(self, places: Sequence[tuple[int, ...]], gains: Array) -> Iterator[tuple[str, Array]]:
        """By step and parameter, what moving each of its numbers in that step alone does to elements of the output,
        times `gains`: (elements, *shape).
        """
        for step, sums in self.followed(places, gains):
            yield "kernel", _met(self.layer.over_inputs, self.x[step], sums)
            yield "recurrent_kernel", _met(self.layer.over_states, self.before[step], sums)
            yield "bias", sums.reshape(len(sums), -1, sums.shape[-1]).sum(axis=1)

    def followed(self, places: Sequence[tuple[int, ...]], gains: Array) -> Iterator[tuple[int, Array]]:
        """From the last step on, what its sums give to elements of the output: (elements, *positions, sums)."""
        hidden = np.zeros((len(places), *self.before.shape[1:]))
        cell = np.zeros_like(hidden)
        begun = [self.placed(place) for place in places]
        for step in reversed(range(len(self.before))):
            for number, (start, at) in enumerate(begun):
                hidden[(number, *at)] += gains[number] if start == step else 0.0
            if self.held[step]:
                continue
            *gates, cell = (hidden * to_hidden[step] + cell * to_cell[step] for to_hidden, to_cell in self.gains)
            sums = np.concatenate(gates, axis=-1)
            yield step, sums
            over, kernel = self.back
            hidden = over.forward([sums], {"kernel": kernel})

    def placed(self, place: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """The step of an element of the output, and where it stands in that, channels last."""
        step, *at = place if self.layer.all_steps else (len(self.before) - 1, *place)
        return step, ((*at[1:], at[0]) if self.layer.channels_first else tuple(at))


def _last(layer: Any, array: Array) -> Array:
    """The same with channels last."""
    found: Array = np.moveaxis(array, layer.gate_axis, -1)
    return found


def _gains(layer: Any, sums: Array, cell: Array) -> Iterator[tuple[Array, Array]]:
    """How the states after a step move with each gate's sum, and last with the cell before."""
    names = (*layer.columns[: layer.gates], "cell")
    held = np.zeros(1)  # what a state adds to sums that hold it already

    def after(moved: str, by: float) -> list[Array]:
        parts = [
            part + by if moved == name else part
            for name, part in zip(names, np.split(sums, layer.gates, axis=-1), strict=False)
        ]
        before = cell + by if moved == "cell" else cell
        given = np.concatenate(parts, axis=-1)[np.newaxis]
        *_, cells, hiddens = kernels.conv_lstm.conv_lstm(given, lambda _: held, [before, before], layer.functions)
        return [hiddens[0], cells[0]]

    for name in names:
        up, down = after(name, MOVED), after(name, -MOVED)
        to_hidden, to_cell = ((one - other) / (2 * MOVED) for one, other in zip(up, down, strict=True))
        yield to_hidden, to_cell


def _transposed(over: Conv, kernel: Array, lengths: Sequence[int]) -> tuple[Conv, Array]:
    """The convolution that leads from what one puts out back to what goes in, and its kernel."""
    axes = tuple(range(over.rank))
    pads = (window.pads(length) for window, length in zip(over.windows, lengths, strict=True))
    around = tuple(
        (size - 1 - before, size - 1 - behind) for size, (before, behind) in zip(over.kernel_size, pads, strict=True)
    )
    turned = np.ascontiguousarray(np.flip(kernel, axes).swapaxes(-1, -2))
    return replace(over, filters=kernel.shape[-2], padding=around), turned


def _met(over: Conv, x: Array, sums: Array) -> Array:
    """What a step gives to each number of a kernel, of every element: (elements, *kernel)."""
    beside = np.moveaxis(sums, 0, -2).reshape(1, *sums.shape[1:-1], -1)
    found: Any = replace(over, data_format="channels_last").kernel_gradient(x[np.newaxis], beside)
    return np.moveaxis(found.reshape(*found.shape[:-1], *sums.shape[:: sums.ndim - 1]), -2, 0)
