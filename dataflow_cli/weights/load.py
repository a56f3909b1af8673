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
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written
from dataflow_cli.sizes import HALF, computed_in
from dataflow_cli.weights.doubts import doubts
from dataflow_cli.weights.file import open_weights
from dataflow_cli.weights.model import Weights
from dataflow_cli.weights.problems import header_problems, read, stored_value_problems, value_problem
from dataflow_cli.weights.wanted import as_stored, from_file, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataflow_cli.errors import Place
    from dataflow_cli.network.model import Network, Node, Share
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.wanted import Wanted

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
    with reading(network, path, init=init, seed=seed, dtype=dtype, whole=whole) as found:
        own = [(node, name) for node in network.nodes for name in node.own_parameters]
        arrays = {(node.name, name): found.given(node, name) for node, name in own}
        warnings = (*found.value_problems(arrays), *found.warnings)
        arrays = {key: found.rounded(array) for key, array in arrays.items()}
        made = {
            node.name: {
                name: shared_array(arrays, node.shared[name]) if name in node.shared else arrays[node.name, name]
                for name in node.parameters
            }
            for node in network.nodes
            if node.parameters
        }
    return Weights(made, found.source, warnings, found.init, found.stored)


@contextmanager
def reading(
    network: Network,
    path: str | Path | None = None,
    *,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
    whole: Network | None = None,
) -> Iterator[Reading]:
    """What gives the parameters one by one, as `load_weights` does and with its arguments, while the file is open."""
    spec = network.weights or WeightsSpec(layout=network.framework)
    if path is not None:
        spec = replace(spec, path=os.fspath(path), init=None, place=None, map_keys={}, arrays=None)
    elif init is not None:
        spec = WeightsSpec(init=init, seed=seed)
    given = dtype or network.dtype
    stored, dtype = given if given in HALF else "", computed_in(given)
    if spec.file is None:
        _refuse_ungiven(network, spec)
        yield Reading(network, spec, dtype, stored)
        return
    with _located(spec.place), open_weights(spec.file, spec.arrays) as file:
        spec = as_stored(spec, file)
        needed, untranslated = wanted(network, spec, file.shapes)
        refused = next(chain(untranslated, header_problems(file, needed)), None)
        if refused is not None:
            raise WeightsError(refused.message, hint=refused.hint, code=refused.code, place=refused.place)
        warnings = tuple(doubts(whole or network, spec, file, needed))
        yield Reading(network, spec, dtype, stored, file, {(one.node.name, one.name): one for one in needed}, warnings)


@dataclass(frozen=True)
class Reading:
    """Where each parameter of a network comes from; nothing of them is read yet."""

    network: Network
    spec: WeightsSpec
    dtype: str
    stored: str
    file: WeightsFile | None = None
    needed: Mapping[tuple[str, str], Wanted] | None = None
    warnings: tuple[Problem, ...] = ()
    """What looks wrong, by names and shapes alone."""

    @property
    def source(self) -> str:
        """In words."""
        made = f"{self.spec.init}, seed {self.spec.seed}" if self.spec.init else "the network file"
        return str(self.spec.file or made)

    @property
    def init(self) -> str:
        """The rule that makes what nothing gives, if anything is made."""
        ruled = self.spec.file is None and next(from_file(self.network), None) is not None
        return (self.spec.init or "") if ruled else ""

    def array(self, node: Node, name: str) -> Array:
        """A parameter that passes, also another layer's, as it is computed with. Raises what `given` does."""
        share = node.shared.get(name)
        if share is None:
            return self.rounded(self.given(node, name, passing=True))
        owner = self.network.by_name[share.owner.name]
        array = self.rounded(self.given(owner, share.parameter, passing=True))
        return array.T if share.transpose else array

    def rounded(self, array: Array) -> Array:
        """An array as it is stored, where that is of half precision."""
        return kernels.activations.as_stored(array, self.stored) if self.stored else array

    def given(self, node: Node, name: str, *, passing: bool = False) -> Array:
        """A parameter that is the layer's own; where it lies in its file, if it is `passing`.

        Raises WeightsError if its values are damaged.
        """
        if name in node.inline:
            from dataflow_cli.weights.inline import inline_array

            return inline_array(node.inline[name], node.parameters[name], self.dtype)
        if self.file is None:
            from dataflow_cli.weights.initializers import initialize

            full, parameter = f"{node.name}/{name}", node.parameters[name]
            return initialize(full, parameter, self.spec.init or "", self.spec.seed, self.dtype)
        one = (self.needed or {})[node.name, name]
        with _located(one.place):
            return read(self.file, one, self.dtype, passing=passing)

    def value_problems(self, arrays: Arrays) -> Iterator[Problem]:
        """A warning for each of these that has numbers that are not finite."""
        if self.file is not None and self.needed is not None:
            unsound = (value_problem(self.file, one, arrays[key]) for key, one in self.needed.items())
            yield from filter(None, unsound)


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


def _refuse_ungiven(network: Network, spec: WeightsSpec) -> None:
    """Raise WeightsError if a parameter is to be made and no rule for it is named."""
    for node, name, parameter in () if spec.init else from_file(network):
        raise WeightsError(
            f"{network.name} has no weights: nothing gives '{node.name}/{name}' {written(parameter.shape)}",
            hint="name a file of weights with --weights FILE, or make random ones with --init he_normal --seed 7",
            code="E203",
        )
