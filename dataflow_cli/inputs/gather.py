"""The samples of all inputs of a network: from the command line, from Python, from the network file's examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflow_cli.errors import InputError, Problem, suggestion
from dataflow_cli.inputs.assign import assign_inputs
from dataflow_cli.inputs.checks import check_samples
from dataflow_cli.inputs.dataset import array_samples, example_samples, literal_samples, load_samples
from dataflow_cli.inputs.preprocess import batches
from dataflow_cli.inputs.several import each_file
from dataflow_cli.inputs.wanted import ALL, Wanted

if TYPE_CHECKING:
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array


def python_samples(
    network: Network, x: str | Path | Array | Mapping[str, Any] | None, wanted: Wanted = ALL
) -> dict[str, Samples]:
    """The samples of every input that is given. `wanted` is said of the files among them."""
    names = [spec.name for spec in network.inputs]
    if x is not None and not isinstance(x, Mapping) and len(names) > 1:
        hint = f"give a mapping, such as {{{', '.join(f'{name!r}: ...' for name in names)}}}"
        raise InputError("the network has several inputs, this could be for any", hint=hint, code="E303")
    given: Mapping[str, Any] = x if isinstance(x, Mapping) else {} if x is None else {names[0]: x}
    for name in given:
        if name not in names:
            hint = suggestion(str(name), names) or f"its inputs: {', '.join(names)}"
            raise InputError(f"the network has no input '{name}'", hint=hint, code="E303")
    return {
        spec.name: load_samples(list(each_file([str(given[spec.name])])), spec, wanted=wanted)
        if isinstance(given[spec.name], str | Path)
        else array_samples(given[spec.name], spec)
        for spec in network.inputs
        if spec.name in given
    }


def file_samples(
    network: Network,
    inputs: Sequence[str],
    literals: Sequence[str],
    stdin: BinaryIO | None,
    wanted: Wanted = ALL,
) -> dict[str, Samples]:
    """The samples of every input that the command line gives. `wanted` is said of every file."""
    if literals:
        if inputs or len(network.inputs) > 1:
            raise InputError("--value is for a network with one input and without -i", hint="use files", code="E303")
        return {network.inputs[0].name: literal_samples(literals, network.inputs[0])}
    assigned = assign_inputs(inputs, network.inputs) if inputs else {}
    specs = {spec.name: spec for spec in network.inputs}
    return {
        name: load_samples(list(each_file(paths)), specs[name], stdin=stdin, wanted=wanted)
        for name, paths in assigned.items()
    }


def labels_in(samples: Mapping[str, Samples]) -> Array | None:
    """The labels (N,) that stood in a column of the first input that has one."""
    return next((each.labels for each in samples.values() if each.labels is not None), None)


def input_warnings(network: Network, part: Network, samples: Mapping[str, Samples]) -> list[Problem]:
    """What looks wrong about the samples of the inputs that a part of the network takes."""
    return [
        problem
        for spec in part.inputs
        for problem in check_samples(samples[spec.name], spec, rescales=_rescales(network, spec.name))
    ]


def _rescales(network: Network, name: str) -> bool:
    """Whether normalizations are the first in the network that change the values of this input."""
    raw, normalized = {name}, False
    for node in network.nodes:
        if raw.isdisjoint(node.inputs):
            continue
        if node.layer.hands_on:
            raw.add(node.name)
        elif not node.layer.rescales:
            return False
        normalized = normalized or node.layer.rescales
    return normalized


def with_examples(network: Network, given: Mapping[str, Samples], wanted: Wanted = ALL) -> dict[str, Samples]:
    """The given samples, and the examples of the network file for the other inputs."""
    samples: dict[str, Samples] = {}
    for spec in network.inputs:
        found = given.get(spec.name) or example_samples(spec, network.folder, wanted)
        if found is None:
            how = "-i FILE" if len(network.inputs) == 1 else f"-i {spec.name}=FILE"
            hint = f"give it with {how}, or write an `example` into the network file"
            raise InputError(f"no data for input '{spec.name}'", hint=hint, code="E303")
        samples[spec.name] = found
    return samples


def minibatches(network: Network, samples: Mapping[str, Samples], size: int, dtype: str) -> Iterator[dict[str, Array]]:
    """All inputs, minibatch by minibatch."""
    streams = {spec.name: batches(samples[spec.name], spec, size, dtype) for spec in network.inputs}
    for arrays in zip(*streams.values(), strict=True):
        yield dict(zip(streams, arrays, strict=True))
