"""Changes of what flows: an input in another order, and what stands beside the layer."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.change import Change
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


def changes(network: Network, node: Node, parameters: Parameters) -> Iterator[Change]:
    """The layer with inputs in another order, left out, or put through an activation before."""
    yield from _flattened(network, node, parameters)
    yield from _exchanged(node, parameters)
    yield from _left_out(node, parameters)
    yield from _activated(network, node, parameters)


def _flattened(network: Network, node: Node, parameters: Parameters) -> Iterator[Change]:
    shape = _before_flattening(network, node)
    for first, found in ((True, "channels first"), (False, "channels last")) if shape is not None else ():
        yield Change(
            node,
            node.layer,
            parameters,
            f"its input is flattened with {found}, where the other side has it the other way round",
            "flatten in the same order, or reorder the rows of its kernel",
            _reordering(shape, to_first=first),  # type: ignore[arg-type]
        )


def _exchanged(node: Node, parameters: Parameters) -> Iterator[Change]:
    if len(node.inputs) == 2 and node.input_shapes[0] == node.input_shapes[1]:
        yield Change(
            node, node.layer, parameters, "its two inputs are exchanged", "exchange them", lambda x: [x[1], x[0]]
        )
    if len(node.inputs) > 2:
        yield Change(
            node, node.layer, parameters, "its inputs stand in reverse order", "reverse them", lambda x: [*reversed(x)]
        )
    for place, shape in enumerate(node.input_shapes):
        for one, other in combinations(range(1, len(shape) + 1), 2):
            if shape[one - 1] == shape[other - 1] > 1:
                found = f"axes {one} and {other} of its input {node.inputs[place]} are exchanged"
                yield Change(node, node.layer, parameters, found, "transpose it", _with(place, _swapping(one, other)))


def _left_out(node: Node, parameters: Parameters) -> Iterator[Change]:
    """A merge without one of what it merges, as where a path around other layers was forgotten."""
    for place, name in enumerate(node.inputs) if node.layer.element_by_element else ():
        found = f"its input {name} is left out"
        yield Change(node, node.layer, parameters, found, "check what goes in", _with(place, np.zeros_like))


def _activated(network: Network, node: Node, parameters: Parameters) -> Iterator[Change]:
    """An activation before the layer instead of behind it: its own, or that of the layer that follows."""
    follow = [other.layer for other in network.nodes if node.name in other.inputs]
    functions = [node.layer.result_activation, *(layer for layer in follow if isinstance(layer, ActivationFunction))]
    for function in functions:
        if function is None:
            continue
        bare = replace(node.layer, activation=None) if node.layer.result_activation is not None else node.layer  # type: ignore[call-arg]
        for place, name in enumerate(node.inputs):
            found = f"{function.type} stands before it, on its input {name}, and not behind it"
            advice = "put the activation in the same place"
            yield Change(node, bare, parameters, found, advice, _with(place, _applying(function)))


def _with(place: int, change: Callable[[Array], Array]) -> Callable[[Arrays], Arrays]:
    """One of the inputs otherwise."""
    return lambda inputs: [change(x) if number == place else x for number, x in enumerate(inputs)]


def _swapping(one: int, other: int) -> Callable[[Array], Array]:
    return lambda x: np.swapaxes(x, one, other)


def _applying(function: ActivationFunction) -> Callable[[Array], Array]:
    return lambda x: function([x.copy()], {})


def _before_flattening(network: Network, node: Node) -> Shape | None:
    """The shape that the layer's only input had before it became a vector."""
    if len(node.inputs) != 1 or len(node.input_shapes[0]) != 1:
        return None
    name = node.inputs[0]
    while name in network.by_name:
        before = network.by_name[name]
        if len(before.inputs) != 1 or math.prod(before.input_shapes[0]) != node.input_shapes[0][0]:
            return None
        if len(before.input_shapes[0]) > 1:
            return before.input_shapes[0]
        name = before.inputs[0]
    return None


def _reordering(shape: Shape, *, to_first: bool) -> Callable[[Arrays], Arrays]:
    """A vector in the order of (*space, channels) brought into that of (channels, *space), or back."""

    def reordered(inputs: Sequence[Array]) -> list[Array]:
        (x,) = inputs
        if to_first:
            return [np.moveaxis(x.reshape(-1, *shape), -1, 1).reshape(x.shape)]
        turned = (len(x), shape[-1], *shape[:-1])
        return [np.moveaxis(x.reshape(turned), 1, -1).reshape(x.shape)]

    return reordered
