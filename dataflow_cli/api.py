"""What a Python program or a notebook does in as many lines as the command line needs words.

network = load_network("mnist-cnn.yaml")
trace = network.trace("digits/7.png")
trace.value("conv2d_1")[0, 3, 5, 0]
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflow_cli.errors import InputError, Problem
from dataflow_cli.network import build
from dataflow_cli.network.model import Network as WiredNetwork
from dataflow_cli.trace.model import Trace as Record
from dataflow_cli.weights.load import load_weights
from dataflow_cli.weights.model import Weights

if TYPE_CHECKING:
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.layers.base import Array

BATCH = 128
"""Samples a minibatch: more is slower and takes more memory."""

Progress = Callable[[int, int], None]
"""Told how many samples are done, and how many there are."""


class Trace(Record):
    """A finished trace that shows itself in a notebook."""

    def _repr_html_(self) -> str:
        from dataflow_cli.render.html import report_html
        from dataflow_cli.render.trace import trace_report
        from dataflow_cli.trace.prediction import predictions

        return report_html(trace_report(self, [step.name for step in self.steps], predictions(self, top=3)))


class Network(WiredNetwork):
    """A network that can be run, and that shows itself in a notebook."""

    def trace(
        self,
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        keep: Collection[str] | str = "all",
        batch: int = BATCH,
        dtype: str | None = None,
    ) -> Trace:
        """Run an input through the network.

        Args:
            x: a file, or an array of one sample or of N, with values as a file would hold them (the network file's
                `scale`, `mean` and so on are applied); for several inputs a mapping from their names. None takes the
                network file's example.
            weights: parameters, or an .npz file of them; None takes what the network file names.
            keep: names of the steps whose tensors stay in the trace (`"all"` for every one); outputs always do.
            batch: samples a minibatch.
            dtype: `float32` or `float64`; None takes the network file's.

        Raises:
            InputError: if x cannot be read or does not fit.
            WeightsError: if parameters are missing or misshapen.
            LimitError: if it does not fit into memory.
        """
        from dataflow_cli.inputs.dataset import array_samples, load_samples

        given = x if isinstance(x, Mapping) else {} if x is None else {self.inputs[0].name: x}
        samples = {
            spec.name: load_samples([str(given[spec.name])], spec)
            if isinstance(given[spec.name], str | Path)
            else array_samples(given[spec.name], spec)
            for spec in self.inputs
            if spec.name in given
        }
        if not isinstance(weights, Weights):
            weights = load_weights(self, weights, dtype=dtype)
        steps = [spec.name for spec in self.inputs] + list(self.by_name)
        return _traced(self, weights, samples, keep=steps if keep == "all" else keep, batch=batch, dtype=dtype)

    def _repr_html_(self) -> str:
        from dataflow_cli.render.html import report_html
        from dataflow_cli.render.params import params_report

        return report_html(params_report(self))


def load_network(path: str | Path) -> Network:
    """Read a network file and wire it: every shape and count is known afterwards, no parameter is read.

    Raises:
        InputError: if the file cannot be opened.
        NetworkError: with everything that is wrong in it.
    """
    return _runnable(build.load_network(path))


def network_from_text(text: str, folder: str | Path = ".") -> Network:
    """The network in a text, as `load_network` reads it from a file. Paths in it are relative to `folder`."""
    return _runnable(build.network_from_text(text, folder=Path(folder)))


def run_files(
    network: WiredNetwork,
    inputs: Sequence[str] = (),
    literals: Sequence[str] = (),
    *,
    weights: str | Path | None = None,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
    batch: int = BATCH,
    keep: Collection[str] = (),
    labels: str | None = None,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
) -> tuple[Trace, int | None]:
    """What `dftrace run` does: the trace, and how many answers are right if there are labels.

    `inputs` are files as on the command line (`FILE` or `name=FILE`), `literals` inputs written as numbers; with neither,
    the network file's example is run. Raises what `Network.trace` raises.
    """
    from dataflow_cli.inputs.labels import load_labels

    samples = _samples(network, inputs, literals, stdin)
    parameters = load_weights(network, weights, init=init, seed=seed, dtype=dtype)
    trace = _traced(network, parameters, samples, keep=keep, batch=batch, dtype=dtype, progress=progress)
    return trace, None if labels is None else _count_right(trace, load_labels(labels), labels)


def _runnable(network: WiredNetwork) -> Network:
    names = ("name", "file", "inputs", "nodes", "outputs", "classes", "weights")
    return Network(**{name: getattr(network, name) for name in names})


def _samples(
    network: WiredNetwork, inputs: Sequence[str], literals: Sequence[str], stdin: BinaryIO | None
) -> dict[str, Samples]:
    """The samples of every input that the command line gives."""
    from dataflow_cli.inputs.assign import assign_inputs
    from dataflow_cli.inputs.dataset import literal_samples, load_samples

    if literals:
        if inputs or len(network.inputs) > 1:
            raise InputError("--value is for a network with one input and without -i", hint="use files", code="E303")
        return {network.inputs[0].name: literal_samples(literals, network.inputs[0])}
    assigned = assign_inputs(inputs, network.inputs) if inputs else {}
    specs = {spec.name: spec for spec in network.inputs}
    return {name: load_samples(paths, specs[name], stdin=stdin) for name, paths in assigned.items()}


def _traced(
    network: WiredNetwork,
    weights: Weights,
    given: Mapping[str, Samples],
    *,
    keep: Collection[str],
    batch: int,
    dtype: str | None,
    progress: Progress | None = None,
) -> Trace:
    """Run samples, examples standing in for inputs that were not given."""
    from dataflow_cli.inputs.assign import check_counts
    from dataflow_cli.inputs.checks import check_samples
    from dataflow_cli.trace.run import run

    samples = _completed(network, given)
    total = check_counts(samples)
    warnings = [problem for each in samples.values() for problem in each.problems]
    for spec in network.inputs:
        warnings += check_samples(samples[spec.name], spec)
    trace = run(
        network,
        weights,
        _batches(network, samples, batch, dtype or network.dtype),
        keep=keep,
        progress=None if progress is None else lambda done: progress(done, total),
    )
    first = next(iter(samples.values()))
    sources = tuple(first.name(index) for index in range(total)) if total <= BATCH else _files(first)
    return _described(trace, sources, warnings)


def _completed(network: WiredNetwork, given: Mapping[str, Samples]) -> dict[str, Samples]:
    """The given samples, and the examples of the network file for the other inputs."""
    from dataflow_cli.inputs.dataset import example_samples

    samples: dict[str, Samples] = {}
    for spec in network.inputs:
        found = given.get(spec.name) or example_samples(spec, Path(network.file).parent)
        if found is None:
            how = "-i FILE" if len(network.inputs) == 1 else f"-i {spec.name}=FILE"
            hint = f"give it with {how}, or write an `example` into the network file"
            raise InputError(f"no data for input '{spec.name}'", hint=hint, code="E303")
        samples[spec.name] = found
    return samples


def _batches(
    network: WiredNetwork, samples: Mapping[str, Samples], size: int, dtype: str
) -> Iterator[dict[str, Array]]:
    """All inputs, minibatch by minibatch."""
    from dataflow_cli.inputs.preprocess import batches

    streams = {spec.name: batches(samples[spec.name], spec, size, dtype) for spec in network.inputs}
    for arrays in zip(*streams.values(), strict=True):
        yield dict(zip(streams, arrays, strict=True))


def _files(samples: Samples) -> tuple[str, ...]:
    return tuple(name for name, _ in samples.sources)


def _described(trace: Record, sources: tuple[str, ...], warnings: Sequence[Problem]) -> Trace:
    """The record with where its data came from."""
    return Trace(**{**vars(trace), "sources": sources, "warnings": tuple(warnings)})


def _count_right(trace: Record, labels: Array, name: str) -> int:
    """How many answers equal their label. Raises InputError if there are not as many labels as samples."""
    from dataflow_cli.trace.prediction import classes_of

    if not trace.score:
        hint = "labels need a network that ends in softmax or sigmoid, or that names `classes`"
        raise InputError(f"{trace.network} is no classifier", hint=hint, code="E303")
    if len(labels) != trace.samples:
        raise InputError(
            f"{name}: {len(labels):,} labels for {trace.samples:,} samples", hint="give one label a sample", code="E303"
        )
    return int((classes_of(trace) == labels).sum())
