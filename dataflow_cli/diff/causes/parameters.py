"""Changes of parameters: in another order, exchanged, left out, rounded."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.change import Change, with_parameters
from dataflow_cli.diff.causes.roundings import ROUNDINGS, Rounded
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Parameters

ABSENT = {"bias": 0.0, "beta": 0.0, "gamma": 1.0, "scale": 1.0, "moving_mean": 0.0, "moving_variance": 1.0}
"""What a parameter is where there is none."""
GATES = (3, 4)
"""Gates of recurrent layers, whose columns stand side by side."""
KERAS_GATES = {4: "ifco", 3: "zrh"}


def changes(node: Node, parameters: Parameters) -> Iterator[Change]:
    """The layer with parameters that another program could have made of the same file."""
    yield from _absent(node, parameters)
    yield from _exchanged(node, parameters)
    yield from _rounded(node, parameters)
    yield from _gates(node, parameters)
    for name in parameters:
        yield from _turned(node, parameters, name)
    for name in parameters:
        yield from _refilled(node, parameters, name)


def lossy(node: Node, parameters: Parameters) -> Iterator[Change]:
    """Those of them that take away what cannot be had back."""
    yield from _absent(node, parameters)
    yield from _rounded(node, parameters)


def _absent(node: Node, parameters: Parameters) -> Iterator[Change]:
    for name, value in ABSENT.items():
        if name in parameters:
            without = {**parameters, name: np.full_like(parameters[name], value)}
            there = np.flatnonzero(parameters[name] != value)
            alone = f", of which {name}[{there[0]}] alone is not {value:g}" if len(there) == 1 else ""
            yield with_parameters(node, without, f"`{name}` is left out{alone}", f"check whether {name} was loaded")


def _exchanged(node: Node, parameters: Parameters) -> Iterator[Change]:
    """Two parameters of one shape, or all of two parts that are called alike: `query_kernel` and `key_kernel`."""
    for one, other in combinations(parameters, 2):
        if parameters[one].shape == parameters[other].shape:
            swapped = {**parameters, one: parameters[other], other: parameters[one]}
            yield with_parameters(node, swapped, f"`{one}` and `{other}` are exchanged", "check the names they go by")
    for one, other in combinations(dict.fromkeys(name.partition("_")[0] for name in parameters), 2):
        pairs = [(name, name.replace(one, other, 1)) for name in parameters if name.startswith(f"{one}_")]
        if len(pairs) > 1 and all(b in parameters and parameters[a].shape == parameters[b].shape for a, b in pairs):
            swapped = {**parameters, **{a: parameters[b] for a, b in pairs}, **{b: parameters[a] for a, b in pairs}}
            yield with_parameters(
                node, swapped, f"all of {one} and {other} are exchanged", "check the names they go by"
            )


def of_others(run: Run, node: Node, parameters: Parameters) -> Iterator[Change]:
    """The layer with all parameters of another one."""
    shapes = {name: array.shape for name, array in parameters.items()}
    for other in run.network.nodes if parameters else ():
        own = {name: parameter.shape for name, parameter in other.parameters.items()}
        if other.name != node.name and own == shapes:
            found = f"it has the parameters of {other.name}"
            yield with_parameters(node, run.parameters(other), found, "check the names that parameters are loaded by")


def _turned(node: Node, parameters: Parameters, name: str) -> Iterator[Change]:
    """A parameter with axes exchanged that are equally long, or one axis backwards."""
    array = parameters[name]
    for first in range(array.ndim):
        for second in range(first + 1, array.ndim):
            if array.shape[first] == array.shape[second] > 1:
                turned = {**parameters, name: np.swapaxes(array, first, second)}
                yield with_parameters(
                    node,
                    turned,
                    f"`{name}` is transposed: its axes {first} and {second} are exchanged",
                    f"transpose {name}",
                )
    for axis in range(array.ndim) if array.ndim > 1 else ():
        if array.shape[axis] > 1:
            backwards = {**parameters, name: np.flip(array, axis)}
            yield with_parameters(
                node, backwards, f"`{name}` stands backwards along axis {axis}", f"reverse {name} along axis {axis}"
            )


def _refilled(node: Node, parameters: Parameters, name: str) -> Iterator[Change]:
    """A parameter whose axes were moved, and that was given its shape again without moving them back."""
    array = parameters[name]
    for order in permutations(range(array.ndim)) if array.ndim > 1 else ():
        moved = array.transpose(order)
        back = array.reshape(moved.shape).transpose(np.argsort(order))
        if order == tuple(range(array.ndim)):
            continue
        for found in (moved.reshape(array.shape), back):
            said = f"`{name}` is reshaped where it should be transposed: axes {', '.join(map(str, order))}"
            yield with_parameters(node, {**parameters, name: found}, said, f"transpose {name} by these axes")


def _gates(node: Node, parameters: Parameters) -> Iterator[Change]:
    """Recurrent layers whose gates stand in another order."""
    units = getattr(node.layer, "units", None)
    for count in GATES:
        wide = [name for name, array in parameters.items() if units and array.shape[-1] == count * units]
        if len(wide) < 2:
            continue
        for order in permutations(range(count)):
            if order != tuple(range(count)):
                moved = {name: _regated(parameters[name], order) for name in wide}
                letters = ", ".join(KERAS_GATES[count][gate] for gate in order)
                found = f"the gates stand in the order {letters}, where Keras has {', '.join(KERAS_GATES[count])}"
                yield with_parameters(node, {**parameters, **moved}, found, "reorder the gates of all its parameters")


def _regated(array: Array, order: tuple[int, ...]) -> Array:
    parts = np.split(array, len(order), axis=-1)
    return np.concatenate([parts[gate] for gate in order], axis=-1)


def _rounded(node: Node, parameters: Parameters) -> Iterator[Change]:
    """Weights that were stored in fewer bits."""
    weights, advice = [name for name, array in parameters.items() if array.ndim > 1], "give both the same weights"
    for called, rounding in ROUNDINGS.items():
        some, every = Rounded(parameters, rounding, weights), Rounded(parameters, rounding, [*parameters])
        yield with_parameters(node, some, f"the weights are rounded to {called}", advice)
        yield with_parameters(node, every, f"all parameters are rounded to {called}", advice)
