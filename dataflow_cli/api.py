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
from dataflow_cli.errors import InputError, Problem, UnknownName
from dataflow_cli.given import BATCH, Given
from dataflow_cli.inputs import gather
from dataflow_cli.inputs.prepared import completed
from dataflow_cli.inputs.samples import tokens_of
from dataflow_cli.inputs.wanted import ALL, Wanted
from dataflow_cli.lazy import unwarned
from dataflow_cli.network import build
from dataflow_cli.network.opened import opened, with_layers
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.memory import PLAIN, check_memory, room
from dataflow_cli.sizes import STORED_SIZE
from dataflow_cli.weights.load import check_weights, load_weights
from dataflow_cli.weights.model import Weights

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.explain.account import Account, Attribution, VectorAccount
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.writing import TensorWriter

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
) -> Trace:
    """What `dftrace run` and `Network.trace` do. Raises what `Network.trace` raises.

    `keep` is a name, several, or `all`; `threads` stands over what `computing` says of them. A `writer` is given the
    tensors that it keeps while the network runs, and the finished trace.
    """
    from dataflow_cli.run.recorder import run

    computing = computing if threads is None else Computing(threads=threads)
    network = completed(network, given)
    samples = _samples(network, given, _wanted(network, given, computing))
    network, samples = _sized(network, samples)
    weights = _weights(network, given, computing=computing)
    samples = gather.with_examples(network, samples)
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
    sources = _sources(next(iter(samples.values())), computing.total)
    tokens = tokens_of(samples, network.inputs if computing.total == 1 else (), 0)
    several = {name: _sources(each, computing.total) for name, each in samples.items()} if len(samples) > 1 else {}
    alike = {name: each for name, each in several.items() if len(each) == len(sources)}
    trace = replace(
        trace,
        sources=sources,
        sources_of=alike,
        tokens=tokens,
        warnings=(*warnings, *trace.warnings),
        origin=(network, weights),
    )
    trace = _judged(trace, samples, given.labels)
    if writer is not None:
        writer.finish(trace)
    return trace


@unwarned()
def predicted(network: Network, given: Given = NOTHING, *, threads: int = 1) -> Array | dict[str, Array]:
    """What `Network.predict` does."""
    from dataflow_cli.run.forward import forward

    computing = Computing(threads=threads)
    network = completed(network, given)
    wanted = _wanted(network, given)
    network, samples = _sized(network, _samples(network, given, wanted), wanted)
    samples = gather.with_examples(network, samples, wanted)
    weights = _weights(network, given)
    minibatches, computing = _minibatches(network, weights, samples, given, computing=computing)
    outputs = forward(network, weights, minibatches, computing=computing)
    return outputs if len(outputs) > 1 else outputs[network.outputs[0]]


@unwarned()
def explained(
    network: Network,
    layer: str,
    index: Sequence[int] | str | None = (),
    given: Given = NOTHING,
    *,
    sample: int = 0,
    back: int = 0,
    told: Callable[[Sequence[Problem]], None] | None = None,
) -> Account | VectorAccount | Attribution:
    """What `dftrace explain` and `Network.explain` do for an element, or for a dense layer as a whole (index `:`).

    `back` is how many elements of every step are followed back to the input, 0 for none. `told` is given the warnings
    about the input. Raises what `Network.explain` raises.
    """
    from dataflow_cli.explain import given as given_
    from dataflow_cli.explain import sample as one

    index = () if index is None else index
    network = completed(network, given)
    wanted, samples = _wanted(network, given, only=sample), None
    if network.unsized is not None:  # what there is to explain hangs on the sizes
        network, samples = _sized(network, _samples(network, given, wanted), wanted)
    if given_.input_named(network, layer, index, back=back > 0):
        return _input_explained(network, layer, index, given, samples=samples, sample=sample, told=told)
    part = one.checked_part(network, layer, index, back=back > 0)
    dtype = _dtype(network, given)
    one.check_explainable(part, dtype, back=back > 0)
    if samples is None:
        samples = _samples(network, given, wanted)
    samples = gather.with_examples(part, samples, wanted)
    warnings = [*network.warnings, *gather.input_warnings(network, part, samples)]
    batch, source = one.one_sample(part, samples, sample, dtype)
    weights = _weights(with_layers(part, network), given, whole=network)
    if told is not None:
        told([*warnings, *weights.warnings])
    tokens = tokens_of(samples, part.inputs, sample)
    return one.explained(network, part, weights, batch, index, source=source, sample=sample, back=back, tokens=tokens)


def _input_explained(
    network: Network,
    name: str,
    index: Sequence[int] | str,
    given: Given,
    *,
    samples: dict[str, Samples] | None,
    sample: int,
    told: Callable[[Sequence[Problem]], None] | None,
) -> Account:
    """An element of an input: what was read, and what its preparation made of it."""
    from dataflow_cli.explain import given as given_
    from dataflow_cli.explain import sample as one
    from dataflow_cli.explain.account import Setting

    spec, at = given_.place_of(network, name, [] if isinstance(index, str) else index)
    part, wanted = replace(network, inputs=(spec,)), _wanted(network, given, only=sample)
    samples = gather.with_examples(part, samples or _samples(network, given, wanted), wanted)
    dtype = _dtype(network, given)
    batch, source = one.one_sample(part, samples, sample, dtype)
    if told is not None:
        told([*network.warnings, *gather.input_warnings(network, part, samples)])
    setting = Setting(network.name, network.file, "", dtype, source, sample, tokens_of(samples, part.inputs, sample))
    return given_.given_account(spec, at, samples[name], float(batch[name][(0, *at)]), setting)


@unwarned()
def explained_trace(
    trace: Trace,
    layer: str,
    at: Sequence[int],
    *,
    sample: int = 0,
    network: Network | str | Path | None = None,
    weights: Weights | str | Path | None = None,
) -> Account:
    """What `Trace.explain` does."""
    from dataflow_cli.explain.explainer import explain_traced
    from dataflow_cli.explain.given import input_named, kept_account
    from dataflow_cli.explain.origin import origin_of

    made, own = origin_of(trace, network, weights)
    if input_named(made, layer):
        return kept_account(made, trace, layer, at, sample)
    return explain_traced(made, own, trace, layer, at, sample=sample)


def _samples(network: Network, given: Given, wanted: Wanted) -> dict[str, Samples]:
    """The samples of every input that is given."""
    if given.text:
        from dataflow_cli.inputs.texts import text_samples

        if given.x is not None:
            raise InputError("both x and a text are given as the input", hint="leave one of them out")

        return text_samples(network, given.text, given.tokenizer, wanted)
    if given.inputs or given.literals:
        return gather.file_samples(network, given.inputs, given.literals, given.stdin, wanted)
    return gather.python_samples(network, given.x, wanted)


def _sized(network: Network, samples: dict[str, Samples], wanted: Wanted = ALL) -> tuple[Network, dict[str, Samples]]:
    """The network with the sizes that the samples have, and the samples of all its inputs, if it leaves sizes open."""
    if network.unsized is None:
        return network, samples
    from dataflow_cli.network.sizing import sized

    samples = gather.with_examples(network, samples, wanted)
    return sized(network, {name: each.array.shape[1:] for name, each in samples.items()}), samples


def _dtype(network: Network, given: Given) -> str:
    """What is computed in. Raises UnknownName for a dtype that there is not."""
    if given.dtype not in (None, *STORED_SIZE):
        raise UnknownName(f"the network cannot compute in '{given.dtype}'", hint=f"it can in {', '.join(STORED_SIZE)}")
    return given.dtype or network.dtype


def _weights(network: Network, given: Given, *, computing: Computing = PLAIN, whole: Network | None = None) -> Weights:
    """The parameters. Raises LimitError before the first of them is made if one sample would not fit into memory."""
    dtype = _dtype(network, given)
    if isinstance(given.weights, Weights):
        check_weights(network, given.weights)
        return given.weights
    check_memory(network, 1, dtype, computing=computing)
    return load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype, whole=whole)


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

    size, total, dtype = given.batch or BATCH, check_counts(samples), _dtype(network, given)
    computing = replace(computing, repeated=total > size, total=total)
    if min(size, total) * sum(math.prod(spec.shape) for spec in network.inputs) > LARGE:
        check_memory(network, min(size, total), dtype, keep, whole, held=weights.nbytes, computing=computing)
    return gather.minibatches(network, samples, size, dtype), computing


def _wanted(network: Network, given: Given, computing: Computing = PLAIN, *, only: int | None = None) -> Wanted:
    """What is wanted of input files, in the memory that there is."""
    return Wanted(only=only, room=room(computing), label_column=given.label_column, classes=network.classes)


def _judged(trace: Trace, samples: Mapping[str, Samples], labels: Any) -> Trace:
    """The trace with what labels say of it, if there are any. Raises InputError if they are not its samples'."""
    found = gather.labels_in(samples)
    if labels is not None or found is None:
        return judged(trace, labels)
    from dataflow_cli.trace.prediction import labelled

    return labelled(trace, found, "labels")


def judged(trace: Trace, labels: Any) -> Trace:
    """The trace with what labels say of its answers, by how its outputs are read.

    `labels` are a file or an array, of the first output; files written `OUTPUT=FILE`, several as a tuple; or a mapping
    from outputs. Raises InputError if they do not fit.
    """
    if labels is None:
        return trace
    from dataflow_cli.inputs.targets import parted

    if isinstance(labels, Mapping):
        pairs: list[tuple[str | None, Any]] = [(str(name), each) for name, each in labels.items()]
    else:
        several = labels if isinstance(labels, tuple) and all(isinstance(each, str) for each in labels) else (labels,)
        files = isinstance(labels, str) or (several is labels and any("=" in each for each in labels))
        pairs = [parted(each, trace.outputs) for each in several] if files else [(None, labels)]
    for output, each in pairs:
        trace = _judged_one(trace, output or trace.outputs[0], each)
    return trace


def _judged_one(trace: Trace, output: str, labels: Any) -> Trace:
    from dataflow_cli.trace import judging

    if output not in trace.outputs:
        hint = f"its outputs: {', '.join(trace.outputs)}"
        raise InputError(f"{trace.network} has no output '{output}'", hint=hint, code="E303")
    name = labels if isinstance(labels, str) else "labels"
    if judging.takes_targets(trace, output):
        from dataflow_cli.inputs.targets import given_targets

        classes = trace.classes if output == trace.outputs[0] else ()
        return judging.judged(trace, output, given_targets(labels, classes), name)
    from dataflow_cli.inputs.labels import given_labels
    from dataflow_cli.trace.prediction import labelled

    return labelled(trace, given_labels(labels, trace.classes), name)


def _sources(samples: Samples, total: int) -> tuple[str, ...]:
    """What each sample is called; of many, the files."""
    if total <= BATCH:
        return tuple(samples.name(index) for index in range(total))
    return tuple(name for name, _ in samples.sources)
