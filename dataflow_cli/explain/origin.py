"""What a trace was made from, found again: the network, and the weights, that elements of it are explained by."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, NetworkError, UnknownName, WeightsError
from dataflow_cli.netfile.keys import INITIALIZERS
from dataflow_cli.network.build import load_network, network_from_text
from dataflow_cli.network.model import Network
from dataflow_cli.network.opened import opened
from dataflow_cli.trace.fingerprints import weights_fingerprint
from dataflow_cli.weights.load import check_weights, load_weights
from dataflow_cli.weights.model import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataflow_cli.shapes import Shape
    from dataflow_cli.trace.model import Trace

_MADE = re.compile(rf"({'|'.join(INITIALIZERS)}), seed ([0-9]{{1,20}})")
_WRITTEN = "the network file"
"""How weights call themselves that the network file gives."""


def origin_of(
    trace: Trace,
    network: Network | str | Path | None = None,
    weights: Weights | str | Path | None = None,
    load: Callable[..., Weights] = load_weights,
) -> tuple[Network, Weights]:
    """The network and the weights of a trace: those that are given, else those that it was run with, else the network
    that was saved with it, and the weights that it names. `load` reads them.

    Raises:
        UnknownName: if network or weights are not those that were run, or a file that the trace names is not there.
        InputError, NetworkError, WeightsError: if the network or its weights cannot be read.
    """
    if network is None and weights is None and trace.origin is not None:
        origin: tuple[Network, Weights] = trace.origin
        return origin
    found = network_of(trace, network)
    if isinstance(weights, Weights):
        check_weights(found, weights)
        return found, weights
    if weights is not None:
        return found, load(found, weights, dtype=trace.dtype)
    if trace.origin is not None:
        return found, trace.origin[1]
    named = _named_weights(trace, found, load)
    _check_fingerprint(trace, named)
    return found, named


def network_of(trace: Trace, network: Network | str | Path | None = None) -> Network:
    """The network of a trace, as above. Raises UnknownName, InputError, NetworkError."""
    found = opened(_sized(trace, _network(trace, network)), [step.name for step in trace.steps])
    _check_steps(trace, found)
    return found


def known_origin(trace: Trace, weights: Weights | str | Path | None = None) -> tuple[Network, Weights] | None:
    """What a trace was run with; None for one that was loaded and whose files are gone, changed, or no longer read."""
    if trace.origin is not None:
        return trace.origin  # type: ignore[no-any-return]
    try:
        return origin_of(trace, weights=weights)
    except (UnknownName, InputError, NetworkError, WeightsError):
        return None


def _network(trace: Trace, given: Network | str | Path | None) -> Network:
    if isinstance(given, Network):
        return given
    if given is not None:
        return load_network(given, sizes=partial(_sizes_in, trace))
    if trace.origin is not None:
        return trace.origin[0]  # type: ignore[no-any-return]
    if trace.provenance is not None and trace.provenance.network_text:
        folder = os.path.dirname(trace.file)  # noqa: PTH120  any text may stand there
        return network_from_text(trace.provenance.network_text, trace.file, folder)
    if not os.path.isfile(trace.file):  # noqa: PTH113  any text may stand there, which a Path refuses
        name = f"'{trace.file}'" if trace.file not in {"", "-"} else "no file"
        raise UnknownName(
            f"what was run is not known: the trace names {name} as its network, which is not there",
            hint="start dftrace in the folder where it was run; in Python: explain(..., network='net.yaml')",
        )
    return load_network(trace.file, sizes=partial(_sizes_in, trace))


def _sized(trace: Trace, network: Network) -> Network:
    """The network with the sizes that the trace was run with, where it leaves any open."""
    if network.unsized is None:
        return network
    from dataflow_cli.network.sizing import sized

    return sized(network, _sizes_in(trace, network))


def _sizes_in(trace: Trace, network: Network) -> dict[str, Shape]:
    """By input, the shape of a sample that was run."""
    names = {spec.name for spec in network.inputs}
    return {step.name: step.output_shape for step in trace.steps if step.name in names}


def _check_steps(trace: Trace, network: Network) -> None:
    """Raise UnknownName for the first step that is another one in the network."""
    for ran, made in zip(_ran(trace), _made(network), strict=False):
        if ran != made:
            raise _another(network, f"'{ran[0]}' is {_written(ran)} in the trace and {_written(made)} in the network")
    if len(trace.steps) != len(network.inputs) + len(network.nodes):
        found = len(network.inputs) + len(network.nodes)
        raise _another(network, f"the trace has {len(trace.steps):,} steps, the network {found:,}")


_Step = tuple[str, str, tuple[str, ...], tuple[int, ...]]


def _ran(trace: Trace) -> Iterator[_Step]:
    for step in trace.steps:
        yield step.name, step.type, step.inputs, step.output_shape


def _made(network: Network) -> Iterator[_Step]:
    for spec in network.inputs:
        yield spec.name, "input", (), spec.shape
    for node in network.nodes:
        yield node.name, node.layer.type, node.inputs, node.output_shape


def _written(step: _Step) -> str:
    name, kind, inputs, shape = step
    return f"{kind} '{name}' of ({', '.join(inputs)}) with output {shape}"


def _another(network: Network, why: str) -> UnknownName:
    return UnknownName(f"{network.name} is not the network that was run: {why}", hint="give the network of the trace")


def _named_weights(trace: Trace, network: Network, load: Callable[..., Weights]) -> Weights:
    """The weights that the trace names: a rule with its seed, what the network file gives, or a file."""
    made = _MADE.fullmatch(trace.weights)
    if made:
        return load(network, init=made[1], seed=int(made[2]), dtype=trace.dtype)
    there = os.path.isfile(trace.weights)  # noqa: PTH113
    if there and trace.weights == trace.file:  # a model of another framework: how its arrays are ours, it says itself
        network = replace(network, weights=load_network(trace.file, sizes=partial(_sizes_in, trace)).weights)
    if trace.weights == _WRITTEN or (there and _file_of(network) == trace.weights):
        return load(network, dtype=trace.dtype)
    if there:
        return load(network, trace.weights, dtype=trace.dtype)
    raise UnknownName(
        f"the weights that were used, '{trace.weights}', are not there",
        hint="give them: -w FILE, in Python explain(..., weights='w.npz')",
    )


def _check_fingerprint(trace: Trace, weights: Weights) -> None:
    """Raise UnknownName if the weights that the trace names are others by now."""
    known = "" if trace.provenance is None else trace.provenance.weights
    found = weights_fingerprint(weights) if known else ""
    if found != known:
        raise UnknownName(
            f"the weights in '{weights.source}' are not those that were run: their SHA-256 is {found[:12]}..., in the "
            f"trace {known[:12]}...",
            hint="give those that were used: -w FILE, in Python explain(..., weights='w.npz')",
        )


def _file_of(network: Network) -> str | None:
    """The file of weights that the network file names."""
    return str(network.weights.file) if network.weights is not None and network.weights.file is not None else None
