"""Where each parameter of a network comes from: inline, else a file, else an initializer. Shapes are always checked."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem, WeightsError, suggestion
from dataflow_cli.layers.base import Parameter, Shape, written
from dataflow_cli.lazy import np
from dataflow_cli.spec.model import WeightsSpec
from dataflow_cli.weights.initializers import initialize
from dataflow_cli.weights.inline import inline_array
from dataflow_cli.weights.model import Weights
from dataflow_cli.weights.npz import WeightsFile, open_weights
from dataflow_cli.weights.torch_layout import from_torch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflow_cli.layers.base import Array
    from dataflow_cli.network.model import Network, Node

_OTHER_NETWORK = "the weights belong to another network, or the layer's fields differ"


def load_weights(
    network: Network,
    path: str | Path | None = None,
    *,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
) -> Weights:
    """The parameters of a network.

    `path` or `init` stands over what the network file says under `weights:`; parameters written in a layer always
    hold. `dtype` is the type of the arrays, the network's own if absent. Raises WeightsError: E200 for an unreadable
    file, E201 for missing parameters, E202 for other shapes, E203 if there are no weights at all, E204 for an array
    that is not one of numbers.
    """
    spec = network.weights or WeightsSpec()
    if path is not None:
        spec = WeightsSpec(path=os.fspath(path), map=spec.map, layout=spec.layout)
    elif init is not None:
        spec = WeightsSpec(init=init, seed=seed)
    return _Loader(network, spec, dtype or network.dtype).load()


def weights_problems(network: Network) -> Iterator[Problem]:
    """What is wrong with the weights that the network file names, without reading their values.

    Arrays that no layer uses are a warning; not so if the file has a `map:`, because foreign files hold much else.
    """
    spec = network.weights
    if spec is None or spec.file is None:
        return
    try:
        with open_weights(spec.file) as file:
            loader = _Loader(network, spec, network.dtype)
            for node in network.nodes:
                for name, parameter in node.parameters.items():
                    if name not in node.inline:
                        yield from loader.header_problems(file, node, name, parameter)
            yield from loader.unused(file)
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


class _Loader:
    """Fills every parameter of the network from one WeightsSpec."""

    def __init__(self, network: Network, spec: WeightsSpec, dtype: str) -> None:
        self.network = network
        self.spec = spec
        self.dtype = dtype

    def load(self) -> Weights:
        if self.spec.file is not None:
            with open_weights(self.spec.file) as file:
                return Weights(self.arrays(file), str(self.spec.file))
        source = f"{self.spec.init}, seed {self.spec.seed}" if self.spec.init else "the network file"
        return Weights(self.arrays(None), source)

    def arrays(self, file: WeightsFile | None) -> dict[str, dict[str, Array]]:
        return {
            node.name: {name: self.array(file, node, name, parameter) for name, parameter in node.parameters.items()}
            for node in self.network.nodes
            if node.parameters
        }

    def array(self, file: WeightsFile | None, node: Node, name: str, parameter: Parameter) -> Array:
        """One parameter, from the nearest source that has it."""
        if name in node.inline:
            return inline_array(node.inline[name], parameter, self.dtype)
        full = f"{node.name}/{name}"
        if file is not None:
            return self.from_file(file, node, name, parameter)
        if self.spec.init is not None:
            return initialize(full, parameter, self.spec.init, self.spec.seed, self.dtype)
        raise WeightsError(
            f"{self.network.name} has no weights: nothing gives '{full}' {written(parameter.shape)}",
            hint="name an .npz file with --weights FILE, or make random ones with --init he_normal --seed 7",
            code="E203",
        )

    def from_file(self, file: WeightsFile, node: Node, name: str, parameter: Parameter) -> Array:
        problem = next(self.header_problems(file, node, name, parameter), None)
        if problem is not None:
            raise WeightsError(problem.message, hint=problem.hint, code=problem.code)
        array = file.read(self.stored_name(node, name))
        if self.spec.layout == "torch":
            array = self.from_torch(file, node, name, array)
        with np.errstate(over="ignore"):  # 1e300 is infinite in float32, and the trace shows it
            return array.reshape(parameter.shape).astype(self.dtype, copy=False)

    def from_torch(self, file: WeightsFile, node: Node, name: str, array: Array) -> Array:
        """The array with its axes in our order."""
        needed = node.parameters[name].shape
        try:
            ours = from_torch(self.network, node, name, array)
            if ours.shape == needed or ours.size == 1:
                return ours
            found = f"{written(ours.shape)} once its axes are in our order"
        except ValueError:
            found = f"{written(array.shape)}, which is not how PyTorch stores it"
        raise WeightsError(
            f"{file.path}: {node.name}/{name} has shape {found}; the layer needs {written(needed)}",
            hint=_OTHER_NETWORK,
            code="E202",
        )

    def stored_name(self, node: Node, name: str) -> str:
        """The name in the file of a parameter."""
        full = f"{node.name}/{name}"
        return self.spec.map.get(full, full)

    def header_problems(self, file: WeightsFile, node: Node, name: str, parameter: Parameter) -> Iterator[Problem]:
        """What the file's header says against this parameter: missing, of another shape, not numbers."""
        full, stored = f"{node.name}/{name}", self.stored_name(node, name)
        if stored in file.faults:
            fault = file.faults[stored]
            yield Problem("E204", f"{file.path}: {fault.message}", fault.hint, self.spec.place)
            return
        if stored not in file.shapes:
            where = "" if stored == full else f" (for {full})"
            message = f"{file.path}: no parameter '{stored}'{where}"
            yield Problem("E201", message, self.missing_hint(file, stored, parameter.shape), self.spec.place)
            return
        found, needed = file.shapes[stored], parameter.shape
        torch = self.spec.layout == "torch"
        fits = math.prod(found) == math.prod(needed) if torch else found == needed or (found == () and needed == (1,))
        if not fits:
            message = f"{file.path}: {full} has shape {written(found)}, the layer needs {written(needed)}"
            yield Problem("E202", message, self.shape_hint(found, needed), self.spec.place)

    def unused(self, file: WeightsFile) -> Iterator[Problem]:
        """A warning if the file has arrays that no layer uses."""
        used = {self.stored_name(node, name) for node in self.network.nodes for name in node.parameters}
        left = [name for name in file.npz.names if name not in used]
        if left and not self.spec.map:
            names = ", ".join(left[:6]) + (f" and {len(left) - 6} more" if len(left) > 6 else "")
            message = f"{file.path}: no layer uses {names}"
            hint = "the file may belong to another network; `map:` under `weights:` translates names"
            yield Problem("W100", message, hint, self.spec.place, severity="warning")

    def missing_hint(self, file: WeightsFile, stored: str, shape: Shape) -> str:
        """The nearest name, else names with the same shape, else what the file has."""
        near = suggestion(stored, file.shapes)
        if near:
            return near
        alike = [name for name, found in file.shapes.items() if found == shape]
        names = ", ".join((alike or list(file.shapes))[:6])
        lead = f"with shape {written(shape)} it has" if alike else "it has"
        return f"{lead} {names or 'nothing'}; `map:` under `weights:` translates names"

    def shape_hint(self, found: Shape, expected: Shape) -> str:
        """A transposed kernel is most often PyTorch's."""
        if sorted(found) == sorted(expected) and len(found) > 1 and self.spec.layout == "keras":
            return "if the file comes from PyTorch, write `weights: {file: ..., layout: torch}`"
        return _OTHER_NETWORK
