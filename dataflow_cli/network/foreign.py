"""A model of another framework as a network: wired like any other, its parameters in the model's own file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.importers.open import import_model
from dataflow_cli.importers.spec import network_spec, translation
from dataflow_cli.netfile.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.importers.described import Imported
    from dataflow_cli.netfile.model import NetworkSpec
    from dataflow_cli.network.model import Network

    Build = Callable[[NetworkSpec, Report], Network]


def foreign_network(path: str | Path, build: Build, shapes: Mapping[str, Sequence[int]]) -> Network:
    """The network in a model file. Raises InputError if it holds none, NetworkError for what dftrace lacks.

    `shapes` are those of samples of inputs, where the file leaves them open and layers reckon with them.
    """
    return described_network(import_model(path, shapes), path, build)


def described_network(model: Imported, path: str | Path, build: Build) -> Network:
    """The network that an importer described."""
    report = Report()
    network = build(network_spec(model, str(path), report), report)
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
