"""NetworkSpec -> Network: works out every shape, count and receptive field, and gives each error its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, NetworkError, Problem
from dataflow_cli.layers.base import Shape, written
from dataflow_cli.layers.reach import Reach
from dataflow_cli.network.inline import inline_problems
from dataflow_cli.network.model import Network, Node
from dataflow_cli.spec.parse import parse_network_spec, read_network_spec
from dataflow_cli.spec.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.spec.model import InputSpec, LayerSpec, NetworkSpec

MAX_ELEMENTS = 2**62
"""More elements than any memory holds; beyond them a shape is a slip of the pen."""


def load_network(path: str | Path) -> Network:
    """Read a network file and wire it. Raises InputError or NetworkError with everything wrong in it."""
    return build_network(read_network_spec(path))


def network_from_text(text: str | bytes, file: str = "-", folder: Path | None = None) -> Network:
    """The network in a text: what `load_network` does for a file. `folder` is what paths in it are relative to."""
    data = text.encode() if isinstance(text, str) else text
    return build_network(parse_network_spec(data, file, folder))


def build_network(spec: NetworkSpec) -> Network:
    """Wire a checked description. Raises NetworkError with every layer that does not fit."""
    builder = _Builder(spec)
    nodes = tuple(node for layer in spec.layers if (node := builder.node(layer)) is not None)
    builder.report.raise_if_any()
    outputs = tuple(reference.name for reference in spec.outputs) or (nodes[-1].name,)
    network = Network(spec.name, spec.file, spec.inputs, nodes, outputs, spec.classes, spec.weights)
    _check_classes(network, spec)
    return network


class _Builder:
    """Walks the layers in order; a layer that fails takes those that depend on it along, in silence."""

    def __init__(self, spec: NetworkSpec) -> None:
        self.report = Report()
        self.shapes: dict[str, Shape] = {entry.name: entry.shape for entry in spec.inputs}
        self.reaches: dict[str, Reach] = {entry.name: _input_reach(entry) for entry in spec.inputs}

    def node(self, spec: LayerSpec) -> Node | None:
        """The wired layer, or None with its problem noted."""
        names = tuple(reference.name for reference in spec.inputs)
        if any(name not in self.shapes for name in names) or not self.arity_fits(spec):
            return None
        shapes = tuple(self.shapes[name] for name in names)
        try:
            node = self.wired(spec, names, shapes)
        except LayerError as error:
            self.note(spec, shapes, error)
            return None
        self.shapes[node.name] = node.output_shape
        self.reaches[node.name] = node.reach
        self.report.problems.extend(inline_problems(node))
        return node

    def wired(self, spec: LayerSpec, names: tuple[str, ...], shapes: tuple[Shape, ...]) -> Node:
        layer = spec.layer
        output = layer.output_shape(shapes)
        parameters = layer.parameters(shapes)
        _check_size(output, "output")
        for name, parameter in parameters.items():
            _check_size(parameter.shape, name)
        return Node(
            name=spec.name,
            layer=layer,
            inputs=names,
            input_shapes=shapes,
            output_shape=output,
            parameters=parameters,
            macs=layer.macs(shapes),
            reach=layer.reach([self.reaches[name] for name in names], shapes),
            inline=spec.weights,
            place=spec.place,
        )

    def arity_fits(self, spec: LayerSpec) -> bool:
        least, most = spec.layer.arity
        count = len(spec.inputs)
        if count >= least and (most is None or count <= most):
            return True
        wanted = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        self.report.add(
            "E134",
            spec.places.get("inputs", spec.place),
            f"{spec.layer.type} '{spec.name}' takes {wanted} {'input' if wanted == '1' else 'inputs'}, found {count}",
            "name them: `inputs: [a, b]`" if count < least else "merge them first, with add or concatenate",
        )
        return False

    def note(self, spec: LayerSpec, shapes: Sequence[Shape], error: LayerError) -> None:
        """Give a layer's error its place: the field it names, else its inputs, else its type."""
        place = spec.places.get(error.field) or spec.places.get("inputs") or spec.place
        message = f"{spec.layer.type} '{spec.name}': {error.message}"
        if error.code == "E132":
            pairs = zip(spec.inputs, shapes, strict=True)
            listed = ", ".join(f"'{reference.name}' {written(shape)}" for reference, shape in pairs)
            message = f"{spec.layer.type} '{spec.name}': shapes differ: {listed}"
        self.report.add(error.code, place, message, error.hint)


def _check_size(shape: Shape, what: str) -> None:
    elements = 1
    for length in shape:
        elements *= length
    if elements > MAX_ELEMENTS:
        raise LayerError(f"{what} {written(shape)} has more elements than any memory holds", hint="check the sizes")


def _input_reach(spec: InputSpec) -> Reach:
    """An element of the input sees itself; spatial axes are all but the channels."""
    return Reach.of_input(len(spec.shape) - 1)


def _check_classes(network: Network, spec: NetworkSpec) -> None:
    """As many class names as the (first) output has numbers; two for a single sigmoid."""
    shape = network.by_name[network.outputs[0]].output_shape
    count = len(spec.classes)
    if count and shape[-1] != count and not (shape[-1] == 1 and count == 2):
        message = f"{count} class names for an output of {written(shape)}"
        hint = "write one name an output under `classes:`"
        raise NetworkError([Problem("E112", message, hint, spec.classes_place)])
