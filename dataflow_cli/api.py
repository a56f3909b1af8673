"""What is done with a network, for a Python program or a notebook and for the commands.

    network = load_network("mnist-cnn.yaml")
    trace = network.trace("digits/7.png")
    trace.value("conv2d_1")[0, 3, 5, 0]

`dataflow_cli` itself hands out what is public here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import kernels
from dataflow_cli.given import BATCH, Given
from dataflow_cli.inputs import gather
from dataflow_cli.inputs.prepared import completed
from dataflow_cli.inputs.samples import tokens_of
from dataflow_cli.lazy import unwarned
from dataflow_cli.network import build
from dataflow_cli.network.opened import opened
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.given import dtype_of, samples_of, sized_by, wanted_of, weights_of
from dataflow_cli.run.memory import PLAIN, check_memory
from dataflow_cli.weights.load import load_weights

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.writing import TensorWriter
    from dataflow_cli.weights.model import Weights

LARGE = 2**22
"""Elements of a minibatch that is not made before it is known that there is memory for the run."""
NOTHING = Given()

Progress = Callable[[int, int], None]
"""Told how many samples are done, and how many there are."""


def load_network(path: str | Path, shapes: Mapping[str, Sequence[int]] | None = None) -> Network:
    """Read a network file, or a model of Keras or ONNX, and wire it: shapes and counts are known, no parameter is read.

    `shapes` are those of a sample by the names of inputs, or by "" of the only one, for a model of ONNX that leaves its
    sizes open and reckons with them; all other networks take them afterwards, `network.sized(...)`.

    Raises:
        InputError: if the file cannot be opened.
        NetworkError: with everything that is wrong in it.
    """
    return build.load_network(path, shapes)


def network_from_text(text: str, folder: str | Path = ".") -> Network:
    """The network in a text, as `load_network` reads it from a file. Paths in it are relative to `folder`."""
    return build.network_from_text(text, folder=folder)


@unwarned()
def traced(
    network: Network,
    given: Given = NOTHING,
    keep: Collection[str] | str = (),
    *,
    histogram: bool = False,
    threads: int | None = None,
    computing: Computing = PLAIN,
    progress: Progress | None = None,
    writer: TensorWriter | None = None,
    load: Callable[..., Weights] = load_weights,
) -> Trace:
    """What `dftrace run` and `Network.trace` do. Raises what `Network.trace` raises.

    `keep` is a name, several, or `all`; `threads` stands over what `computing` says of them. A `writer` is given the
    tensors that it keeps while the network runs, and the finished trace. `load` reads the weights.
    """
    from dataflow_cli.run.recorder import run

    computing = computing if threads is None else Computing(threads=threads)
    network, samples, weights = _prepared(network, given, computing, load)
    warnings = [*network.warnings, *weights.warnings, *gather.input_warnings(network, network, samples)]
    kernels.load_all()
    kept = _kept(network, keep)
    written = () if writer is None else writer.keep
    network = opened(network, [*kept, *written])
    minibatches, computing = _minibatches(
        network, weights, samples, given, computing=computing, keep=kept, whole=written
    )
    trace = run(
        network,
        weights,
        minibatches,
        keep=kept,
        histogram=histogram,
        computing=computing,
        progress=None if progress is None else lambda done: progress(done, computing.total),
        writer=writer,
    )
    trace = replace(trace, warnings=(*warnings, *trace.warnings), origin=(network, weights))
    trace = _judged(_with_sources(trace, network, samples, computing.total), samples, given.labels)
    if writer is not None:
        writer.finish(trace)
    return trace


@unwarned()
def predicted(network: Network, given: Given = NOTHING, *, threads: int = 1) -> Array | dict[str, Array]:
    """What `Network.predict` does."""
    from dataflow_cli.run.forward import forward

    computing = Computing(threads=threads)
    network = completed(network, given)
    wanted = wanted_of(network, given)
    network, samples = sized_by(network, samples_of(network, given, wanted), wanted)
    samples = gather.with_examples(network, samples, wanted)
    weights = weights_of(network, given)
    minibatches, computing = _minibatches(network, weights, samples, given, computing=computing)
    outputs = forward(network, weights, minibatches, computing=computing)
    return outputs if len(outputs) > 1 else outputs[network.outputs[0]]


def _prepared(
    network: Network, given: Given, computing: Computing, load: Callable[..., Weights]
) -> tuple[Network, dict[str, Samples], Weights]:
    """The network with its sizes, the samples that go through it, by its inputs, and its weights."""
    network = completed(network, given)
    samples = samples_of(network, given, wanted_of(network, given, computing))
    network, samples = sized_by(network, samples)
    weights = weights_of(network, given, computing=computing, load=load)
    return network, gather.with_examples(network, samples), weights


def _with_sources(trace: Trace, network: Network, samples: Mapping[str, Samples], total: int) -> Trace:
    """The trace with what its samples are called, and which tokens they are."""
    sources = _sources(next(iter(samples.values())), total)
    several = {name: _sources(each, total) for name, each in samples.items()} if len(samples) > 1 else {}
    alike = {name: each for name, each in several.items() if len(each) == len(sources)}
    tokens = tokens_of(samples, network.inputs if total == 1 else (), 0)
    return replace(trace, sources=sources, sources_of=alike, tokens=tokens)


def _kept(network: Network, keep: Collection[str] | str) -> Collection[str]:
    if keep == "all":
        return [spec.name for spec in network.inputs] + list(network.by_name)
    inputs = {spec.name for spec in network.inputs}
    names = [keep] if isinstance(keep, str) else keep
    return [name if name in inputs else network.node(name).name for name in names]


def _minibatches(
    network: Network,
    weights: Weights,
    samples: Mapping[str, Samples],
    given: Given,
    *,
    computing: Computing,
    keep: Collection[str] = (),
    whole: Collection[str] = (),
) -> tuple[Any, Computing]:
    """The samples minibatch by minibatch, and how they are computed.

    Raises LimitError before the first minibatch is made, if that alone takes much; all others a run looks at.
    """
    from dataflow_cli.inputs.assign import check_counts

    size, total, dtype = given.batch or BATCH, check_counts(samples), dtype_of(network, given)
    computing = replace(computing, repeated=total > size, total=total)
    if min(size, total) * sum(math.prod(spec.shape) for spec in network.inputs) > LARGE:
        check_memory(network, min(size, total), dtype, keep, whole, held=weights.nbytes, computing=computing)
    return gather.minibatches(network, samples, size, dtype), computing


def _judged(trace: Trace, samples: Mapping[str, Samples], labels: Any) -> Trace:
    """The trace with what labels say of it, if there are any. Raises InputError if they are not its samples'."""
    found = gather.labels_in(samples)
    if labels is not None:
        from dataflow_cli.trace.labelling import judged

        return judged(trace, labels)
    if found is None:
        return trace
    from dataflow_cli.trace.prediction import labelled

    return labelled(trace, found, "labels")


def _sources(samples: Samples, total: int) -> tuple[str, ...]:
    """What each sample is called; of many, the files."""
    if total <= BATCH:
        return tuple(samples.name(index) for index in range(total))
    return tuple(name for name, _ in samples.sources)
