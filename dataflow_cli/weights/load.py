"""Where each parameter of a network comes from: inline, else a file, else an initializer. Shapes are always checked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem, WeightsError, suggestion
from dataflow_cli.layers.base import Parameter, Shape, written
from dataflow_cli.spec.model import WeightsSpec
from dataflow_cli.weights.initializers import initialize
from dataflow_cli.weights.inline import inline_array
from dataflow_cli.weights.model import Weights
from dataflow_cli.weights.npz import WeightsFile, open_weights
from dataflow_cli.weights.torch_layout import from_torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.base import Array
    from dataflow_cli.network.model import Network, Node


def load_weights(
    network: Network,
    path: str | Path | None = None,
    *,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
) -> Weights:
    """The parameters of a network.

    `path` or `init` stands over what the network file says under `weights:`; parameters written in a layer always hold.
    `dtype` is the type of the arrays, the network's own if absent. Raises WeightsError: E200 for an unreadable file, E201
    for missing parameters, E202 for other shapes, E203 if there are no weights at all, E204 for values that are not
    numbers.
    """
    spec = network.weights or WeightsSpec()
    if path is not None:
        spec = WeightsSpec(file=Path(path), map=spec.map, layout=spec.layout)
    elif init is not None:
        spec = WeightsSpec(init=init, seed=seed)
    return _Loader(network, spec, dtype or network.dtype).load()


def weights_problems(network: Network) -> Iterator[Problem]:
    """What is wrong with the weights that the network file names, without reading their values."""
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
    except WeightsError as error:
        yield Problem(error.code, error.message, error.hint, spec.place)


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
            array = from_torch(self.network, node, name, array)
            if array.shape != parameter.shape:
                raise WeightsError(
                    f"{file.path}: {node.name}/{name} has shape {written(array.shape)} once its axes are in our order, "
                    f"the layer needs {written(parameter.shape)}",
                    hint="the weights belong to another network, or the layer's fields differ",
                    code="E202",
                )
        return array.reshape(parameter.shape).astype(self.dtype, copy=False)

    def stored_name(self, node: Node, name: str) -> str:
        """The name in the file of a parameter."""
        full = f"{node.name}/{name}"
        return self.spec.map.get(full, full)

    def header_problems(self, file: WeightsFile, node: Node, name: str, parameter: Parameter) -> Iterator[Problem]:
        """What the file's header says against this parameter: missing, of another shape, not numbers."""
        full, stored = f"{node.name}/{name}", self.stored_name(node, name)
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
        return "the weights belong to another network, or the layer's fields differ"
