"""What the user gave, as what a network is run with: samples, sizes, parameters, the type that is computed in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, UnknownName
from dataflow_cli.inputs import gather
from dataflow_cli.inputs.prepared import prepared
from dataflow_cli.inputs.wanted import ALL, Wanted
from dataflow_cli.run.memory import PLAIN, check_memory, room
from dataflow_cli.sizes import STORED_SIZE
from dataflow_cli.weights.load import check_weights, load_weights
from dataflow_cli.weights.model import Weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dataflow_cli.given import Given
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.shapes import Shape


def wanted_of(network: Network, given: Given, computing: Computing = PLAIN, *, only: int | None = None) -> Wanted:
    """What is wanted of input files, in the memory that there is."""
    return Wanted(only=only, room=room(computing), label_column=given.label_column, classes=network.classes)


def samples_of(network: Network, given: Given, wanted: Wanted) -> dict[str, Samples]:
    """The samples of every input that is given."""
    if given.text:
        from dataflow_cli.inputs.texts import text_samples

        if given.x is not None:
            raise InputError("both x and a text are given as the input", hint="leave one of them out")

        return text_samples(network, given.text, given.tokenizer, wanted)
    if given.inputs or given.literals:
        return gather.file_samples(network, given.inputs, given.literals, given.stdin, wanted)
    return gather.python_samples(network, given.x, wanted)


def sized_by(network: Network, samples: dict[str, Samples], wanted: Wanted = ALL) -> tuple[Network, dict[str, Samples]]:
    """The network with the sizes that the samples have, and the samples of all its inputs, if it leaves sizes open."""
    if network.unsized is None:
        return network, samples
    from dataflow_cli.network.sizing import sized

    samples = gather.with_examples(network, samples, wanted)
    return sized(network, {name: each.array.shape[1:] for name, each in samples.items()}), samples


def network_given(path: str | Path, given: Given) -> Network:
    """The network in a file, with what `given.shape` says of its sizes.

    Where a model of another framework cannot be read without more of them, the data in `given` says the others.
    Raises what `load_network`, `sized` and reading the data raise.
    """
    from dataflow_cli.network.build import load_network

    sizes = partial(sizes_in, given)
    if not given.shape:
        return load_network(path, sizes=sizes)
    from dataflow_cli.network.sizing import said_shapes, shapes_of, sized

    network = load_network(path, said_shapes(given.shape), sizes)
    return sized(network, shapes_of(given.shape, network))


def sizes_in(given: Given, network: Network) -> dict[str, Shape]:
    """By input, the shape of a sample in the data that is given, of which one is read; nothing where there is none.

    What is piped in can be read only once, so it says no sizes.
    """
    if not given.has_data or any(_is_piped(path) for path in given.inputs):
        return {}
    network = prepared(network, given)
    only = None if given.text or given.literals else 0  # the longest text says how long all are
    samples = samples_of(network, given, wanted_of(network, given, only=only))
    return {name: each.array.shape[1:] for name, each in samples.items()}


def _is_piped(path: str) -> bool:
    return path.rpartition("=")[2] == "-"


def dtype_of(network: Network, given: Given) -> str:
    """What is computed in. Raises UnknownName for a dtype that there is not."""
    if given.dtype not in (None, *STORED_SIZE):
        raise UnknownName(f"the network cannot compute in '{given.dtype}'", hint=f"it can in {', '.join(STORED_SIZE)}")
    return given.dtype or network.dtype


def weights_of(
    network: Network,
    given: Given,
    *,
    computing: Computing = PLAIN,
    whole: Network | None = None,
    load: Callable[..., Weights] = load_weights,
) -> Weights:
    """The parameters, read by `load`. Raises LimitError before the first is made if one sample would not fit."""
    dtype = dtype_of(network, given)
    if isinstance(given.weights, Weights):
        check_weights(network, given.weights)
        return given.weights
    check_memory(network, 1, dtype, computing=computing)
    return load(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype, whole=whole)
