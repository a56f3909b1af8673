"""Where each parameter of a network comes from: inline, else a file, else an initializer. Shapes are always checked."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.errors import Problem, WeightsError
from dataflow_cli.netfile.model import WeightsSpec
from dataflow_cli.shapes import written
from dataflow_cli.sizes import HALF, computed_in
from dataflow_cli.weights.doubts import doubts
from dataflow_cli.weights.file import open_weights
from dataflow_cli.weights.model import Weights
from dataflow_cli.weights.problems import header_problems, read, stored_value_problems, value_problem
from dataflow_cli.weights.wanted import as_stored, from_file, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflow_cli.errors import Place
    from dataflow_cli.network.model import Network, Node, Share
    from dataflow_cli.shapes import Array

    Arrays = dict[tuple[str, str], Array]


def load_weights(
    network: Network,
    path: str | Path | None = None,
    *,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
    whole: Network | None = None,
) -> Weights:
    """The parameters of a network.

    `path` or `init` stands over what the network file says under `weights:`; parameters written in a layer always
    hold. `dtype` is the type of the arrays, the network's own if absent. `whole` is the network that the file is for,
    if this is a part of it. Raises WeightsError: E200 for an unreadable file, E201 for missing parameters, E202 for
    other shapes, E203 if there are no weights at all, E204 for an array that is not one of numbers, E205 for what
    PyTorch computes otherwise, E206 for names that count otherwise.
    """
    spec = network.weights or WeightsSpec(layout=network.framework)
    if path is not None:
        spec = replace(spec, path=os.fspath(path), init=None, place=None, map_keys={}, arrays=None)
    elif init is not None:
        spec = WeightsSpec(init=init, seed=seed)
    given = dtype or network.dtype
    stored, dtype = given if given in HALF else "", computed_in(given)
    found, warnings = _read(network, spec, dtype, whole or network)
    made = _made(network, spec, dtype) if spec.file is None else {}
    found |= made
    found |= {(node.name, name): _inline(node, name, dtype) for node in network.nodes for name in node.inline}
    if stored:
        found = {name: kernels.activations.as_stored(array, stored) for name, array in found.items()}
    arrays = {
        node.name: {
            name: shared_array(found, node.shared[name]) if name in node.shared else found[node.name, name]
            for name in node.parameters
        }
        for node in network.nodes
        if node.parameters
    }
    source = spec.file or (f"{spec.init}, seed {spec.seed}" if spec.init else "the network file")
    return Weights(arrays, str(source), tuple(warnings), (spec.init or "") if made else "", stored)


def weights_problems(network: Network) -> Iterator[Problem]:
    """What is wrong with the weights that the network file names: all that `load_weights` would refuse or doubt.

    Values are read, but not with NumPy, unless something is wrong with them.
    """
    spec = network.weights
    if spec is None or spec.file is None:
        return
    try:
        with open_weights(spec.file, spec.arrays) as file:
            spec = as_stored(spec, file)
            needed, untranslated = wanted(network, spec, file.shapes)
            yield from untranslated
            refused = list(header_problems(file, needed))
            yield from refused
            if not refused:
                for one in needed:
                    yield from stored_value_problems(file, one, computed_in(network.dtype))
            yield from doubts(network, spec, file, needed)
    except WeightsError as error:
        yield Problem(error.code, error.message, error.hint, spec.place)


def check_weights(network: Network, weights: Weights) -> None:
    """Raise WeightsError if these are not this network's parameters: E201 for a missing one, E202 for a shape."""
    for node in network.nodes:
        arrays = weights.of(node.name)
        for name, parameter in node.parameters.items():
            if name not in arrays:
                message = f"the weights ({weights.source}) have no parameter '{node.name}/{name}'"
                raise WeightsError(message, hint="load them for this network", code="E201")
            if arrays[name].shape != parameter.shape:
                found, needed = written(arrays[name].shape), written(parameter.shape)
                message = f"{node.name}/{name} has shape {found}, the layer needs {needed}"
                raise WeightsError(message, hint="load the weights for this network", code="E202")


def _read(network: Network, spec: WeightsSpec, dtype: str, whole: Network) -> tuple[Arrays, list[Problem]]:
    """The parameters that a file has, if one is named, and what looks wrong about them."""
    if spec.file is None:
        return {}, []
    with _located(spec.place), open_weights(spec.file, spec.arrays) as file:
        spec = as_stored(spec, file)
        needed, untranslated = wanted(network, spec, file.shapes)
        refused = next(chain(untranslated, header_problems(file, needed)), None)
        if refused is not None:
            raise WeightsError(refused.message, hint=refused.hint, code=refused.code, place=refused.place)
        arrays = {}
        for one in needed:
            with _located(one.place):
                arrays[one.node.name, one.name] = read(file, one, dtype)
        unsound = (value_problem(file, one, arrays[one.node.name, one.name]) for one in needed)
        return arrays, [*filter(None, unsound), *doubts(whole, spec, file, needed)]


def shared_array(found: Arrays, share: Share) -> Array:
    """The array of another layer, in the same memory."""
    array = found[share.owner.name, share.parameter]
    return array.T if share.transpose else array


@contextmanager
def _located(place: Place | None) -> Iterator[None]:
    """Gives an error about a file its place in the network file, unless it has one."""
    try:
        yield
    except WeightsError as error:
        error.place = error.place or place
        raise


def _inline(node: Node, name: str, dtype: str) -> Array:
    from dataflow_cli.weights.inline import inline_array

    return inline_array(node.inline[name], node.parameters[name], dtype)


def _made(network: Network, spec: WeightsSpec, dtype: str) -> Arrays:
    """Parameters by an initializer. Raises WeightsError if none is named, and a parameter needs one."""
    made: Arrays = {}
    for node, name, parameter in from_file(network):
        full = f"{node.name}/{name}"
        if spec.init is None:
            raise WeightsError(
                f"{network.name} has no weights: nothing gives '{full}' {written(parameter.shape)}",
                hint="name a file of weights with --weights FILE, or make random ones with --init he_normal --seed 7",
                code="E203",
            )
        from dataflow_cli.weights.initializers import initialize

        made[node.name, name] = initialize(full, parameter, spec.init, spec.seed, dtype)
    return made
