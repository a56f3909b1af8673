"""Errors that go into a layer, and what comes of them: of inputs that were not captured, or of rounding on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Arrays, Parameters

DRAWS = 8
"""Ways in which elements are taken to err: all up, all down, and at random."""
CERTAIN = 0.25
"""How far a tensor that was not captured usually lies from the other side's, in parts of what its layer is allowed."""


@dataclass(frozen=True)
class Noise:
    """How far an input may lie from the other side's, which was not captured."""

    most: Array
    """At an element."""
    usual: Array
    """At most of those that are summed up, where a few are at their most."""
    spread: Array | None = None
    """As a root of a mean square, where that is known."""


def carried_on(
    layer: Layer,
    inputs: Arrays,
    parameters: Parameters,
    wanted: Array,
    noise: Sequence[Array | None],
    *,
    off: float = 0.0,
) -> Array:
    """How far the output moves if inputs lie apart by so much, where that is not None.

    `off` is by what part of them the parameters that are lists of numbers, one a channel, lie apart as well, and all
    those of a layer that sums products with them.
    """
    found, apart = np.zeros(wanted.shape), np.empty(wanted.shape)
    for number in range(2 if _follows_two(layer) else DRAWS):
        moved = [
            x if each is None else _moved(x, each, number, place)
            for place, (x, each) in enumerate(zip(inputs, noise, strict=True))
        ]
        given = parameters if not off else _moved_apart(layer, inputs, parameters, off, number)
        with np.errstate(all="ignore"):
            np.subtract(layer(moved, given), wanted, out=apart)
            np.fmax(found, np.abs(apart, out=apart), out=found)
    return found


def _follows_two(layer: Layer) -> bool:
    """Whether no way of erring does more to an element than all up, or all down."""
    return is_of_elements(layer) or (layer.is_monotone and layer.result_activation is None)


def is_of_elements(layer: Layer) -> bool:
    """Whether an element of the output is one of an input, or a function of one."""
    if isinstance(layer, ActivationFunction):
        return layer.function_of_elements is not None
    return layer.hands_on and layer.result_activation is None


def _moved(x: Array, by: Array, number: int, place: int) -> Array:
    if number < 2:
        return x + by if number == 0 else x - by
    moved = np.asarray(sign(number, place, x.shape))
    moved *= by
    moved += x
    return moved


def _moved_apart(layer: Layer, inputs: Arrays, parameters: Parameters, by: float, number: int) -> Parameters:
    """Parameters that are lists of numbers, or terms of a sum of products, lie apart by a part of each number.

    `number` says which way. The inputs have ways of their own.
    """
    sums = layer.longest_sum([x.shape[1:] for x in inputs]) > 1
    apart = [name for name, array in parameters.items() if array.dtype.kind == "f" and (sums or array.ndim == 1)]
    ways = {name: sign(number, place, parameters[name].shape) for place, name in enumerate(apart, len(inputs))}
    return {**parameters, **{name: parameters[name] * (1 + way * by) for name, way in ways.items()}}


def of_measured(layer: Layer, inputs: Arrays, noise: Sequence[Any | None]) -> list[Any | None]:
    """The noise of inputs that have any: whole numbers, and what is looked up by, are as they are."""
    exact = layer.lookups([x.shape[1:] for x in inputs])
    return [
        None if place in exact or x.dtype.kind != "f" else each
        for place, (x, each) in enumerate(zip(inputs, noise, strict=True))
    ]


def sign(number: int, place: int, shape: tuple[int, ...]) -> Array | float:
    """Which way elements err: all up, all down, then at random, the same in every comparison."""
    if number < 2:
        return 1.0 - 2.0 * number
    drawn = np.random.default_rng([number, place]).integers(0, 2, shape, np.int8)
    drawn += drawn
    drawn -= 1
    return drawn.astype(np.float64)
