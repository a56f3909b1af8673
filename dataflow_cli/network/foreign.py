"""A model of another framework as a network: wired like any other, its parameters in the model's own file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import NetworkError
from dataflow_cli.importers.open import import_model
from dataflow_cli.importers.spec import network_spec, translation
from dataflow_cli.netfile.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.importers.described import Imported
    from dataflow_cli.netfile.model import NetworkSpec
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Shape

    Build = Callable[[NetworkSpec, Report], Network]
    Sizes = Callable[[Network], Mapping[str, Shape]]


def foreign_network(
    path: str | Path, build: Build, shapes: Mapping[str, Sequence[int]], sizes: Sizes | None = None
) -> Network:
    """The network in a model file. Raises InputError if it holds none, NetworkError for what dftrace lacks.

    `shapes` are those of samples of inputs, where the file leaves them open and layers reckon with them. `sizes` finds
    those that are not said, by the names of inputs, of a network that has nothing else: it is asked only where the
    model cannot be described without them.
    """
    model = import_model(path, shapes)
    try:
        return described_network(model, path, build)
    except NetworkError:
        found = {} if sizes is None else _found(model, path, sizes)
        if not found:
            raise
    return described_network(import_model(path, {**found, **shapes}), path, build)


def _found(model: Imported, path: str | Path, sizes: Sizes) -> Mapping[str, Shape]:
    """Shapes of samples by the inputs' names in the file, of those whose sizes it leaves open; none without data."""
    opened = {each.name: each.source for each in model.inputs if None in each.fields["shape"]}
    if not opened:
        return {}
    from dataflow_cli.network.model import Network

    spec = network_spec(replace(model, missing=(), layers=(), outputs=()), str(path), Report())
    found = sizes(Network(spec.name, spec.file, spec.inputs, nodes=(), outputs=()))
    return {opened[name]: shape for name, shape in found.items() if name in opened}


def described_network(model: Imported, path: str | Path, build: Build) -> Network:
    """The network that an importer described."""
    report = Report()
    network = build(network_spec(model, str(path), report), report)
    network = replace(network, gives={layer.name: layer.gives for layer in model.layers if layer.gives})
    if any(layer.parameters for layer in model.layers):
        return _with_arrays(network, model)
    sources = translation(model)
    names = {
        f"{node.name}/{name}": f"{sources.get(node.name, node.name)}/{name}"
        for node in network.nodes
        for name in node.own_parameters
    }
    return replace(network, weights=replace(network.weights, map=names) if network.weights and names else None)


def _with_arrays(network: Network, model: Imported) -> Network:
    """The network whose parameters are what the importer found in the file, by our names."""
    if network.weights is None:
        return network
    arrays = {f"{layer.name}/{name}": array for layer in model.layers for name, array in layer.parameters.items()}
    return replace(network, weights=replace(network.weights, arrays=arrays))
