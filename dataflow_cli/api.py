"""What a Python program or a notebook does in as many lines as the command line needs words.

    network = load_network("mnist-cnn.yaml")
    trace = network.trace("digits/7.png")
    trace.value("conv2d_1")[0, 3, 5, 0]

`dataflow_cli` itself hands out what is public here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflow_cli import kernels
from dataflow_cli.errors import Problem, UnknownName
from dataflow_cli.explain.account import Account
from dataflow_cli.inputs import gather
from dataflow_cli.inputs.wanted import Wanted
from dataflow_cli.lazy import unwarned
from dataflow_cli.network import build
from dataflow_cli.network.model import Network as WiredNetwork
from dataflow_cli.records import dataclass
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.memory import PLAIN, check_memory, room
from dataflow_cli.sizes import ITEM_SIZE
from dataflow_cli.trace.model import Trace as Record
from dataflow_cli.weights.load import check_weights, load_weights
from dataflow_cli.weights.model import Weights

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.explain.account import VectorAccount, Way
    from dataflow_cli.explain.element import Element
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.shapes import Array

BATCH = 128
"""Samples a minibatch: more is slower and takes more memory."""

LARGE = 2**22
"""Elements of a minibatch that is not made before it is known that there is memory for the run."""

Progress = Callable[[int, int], None]
"""Told how many samples are done, and how many there are."""


class Explained(Account):
    """How one element came about; it prints as text and shows itself in a notebook."""

    def __str__(self) -> str:
        return self._written("text")

    def _repr_markdown_(self) -> str:
        return self._written("markdown")

    @unwarned()
    def _written(self, form: str) -> str:
        from dataflow_cli.render.explanation import write
        from dataflow_cli.render.explanation.element import element_document
        from dataflow_cli.render.explanation.options import Wanted
        from dataflow_cli.render.formats import Style

        return write(element_document(self, Wanted()), form, Style())


@dataclass(frozen=True)
class Trace(Record):
    """A finished trace that shows itself in a notebook."""

    origin: tuple[WiredNetwork, Weights] | None = field(default=None, repr=False, compare=False)
    """What was run, so that elements can be explained."""
    labels: Array | None = field(default=None, repr=False, compare=False)
    """The right classes (N,), int64, if they were given."""

    @property
    def right(self) -> int | None:
        """How many answers are right; None without labels."""
        from dataflow_cli.trace.prediction import count_right

        return None if self.labels is None else count_right(self, self.labels, "labels")

    @unwarned()
    def explain(self, layer: str, at: Sequence[int], sample: int = 0) -> Explained:
        """How one element of a layer's output came about, from the tensors that the trace kept.

        Args:
            layer: the layer's name.
            at: the element's index in one sample; negative numbers count from the end.
            sample: which of the samples, from 0.

        Raises:
            UnknownName: if there is no such layer, element or sample, or the tensors it needs were not kept.
        """
        from dataflow_cli.explain.explainer import explain_traced

        if self.origin is None:
            hint = "use the trace that `network.trace` returns, or `network.explain`"
            raise UnknownName("a trace that was loaded from a file has neither network nor weights", hint=hint)
        return Explained(**vars(explain_traced(*self.origin, self, layer, at, sample=sample)))

    @unwarned()
    def _repr_html_(self) -> str:
        from dataflow_cli.render.html import report_html
        from dataflow_cli.render.trace import trace_report
        from dataflow_cli.trace.prediction import predictions

        return report_html(trace_report(self, [step.name for step in self.steps], predictions(self, top=3)))


class Network(WiredNetwork):
    """A network that can be run, and that shows itself in a notebook."""

    @unwarned()
    def trace(
        self,
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        keep: Collection[str] | str = "all",
        batch: int = BATCH,
        dtype: str | None = None,
        histogram: bool = False,
        threads: int = 1,
        labels: str | Path | Sequence[int] | Sequence[str] | Array | None = None,
        label_column: int | str | None = None,
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
            histogram: whether the statistics count the values by sign and power of two as well.
            threads: how many threads compute; the result does not depend on it. Those of NumPy's own library
                (OPENBLAS_NUM_THREADS) stay out of it while they do.
            labels: the right classes by number from 0 or by name, or a file of them; `right` of the trace counts.
            label_column: where they are a column of the table x: its number from 0, or its heading.

        Raises:
            InputError: if x or labels cannot be read or does not fit.
            WeightsError: if parameters are missing or misshapen.
            LimitError: if it does not fit into memory.
            UnknownName: if there is no such step to keep, or no such dtype.
        """
        column = None if label_column is None else str(label_column)
        samples = gather.python_samples(self, x, _wanted(self, label_column=column))
        parameters = _parameters(self, weights, dtype)
        names = [keep] if isinstance(keep, str) else keep
        steps = [spec.name for spec in self.inputs] + list(self.by_name)
        kept = steps if keep == "all" else names
        computing = Computing(threads=threads)
        trace = _traced(
            self, parameters, samples, keep=kept, batch=batch, dtype=dtype, histogram=histogram, computing=computing
        )
        return _judged(trace, samples, labels)

    @unwarned()
    def predict(
        self,
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        batch: int = BATCH,
        dtype: str | None = None,
        threads: int = 1,
    ) -> Array | dict[str, Array]:
        """The network's output (N, *shape) alone, in a fraction of the time of a trace; by name if it has several.

        Takes what `trace` takes, and raises what it raises.
        """
        from dataflow_cli.inputs.assign import check_counts
        from dataflow_cli.run.forward import forward

        samples = gather.with_examples(self, gather.python_samples(self, x, _wanted(self)), _wanted(self))
        total = check_counts(samples)
        computing = Computing(threads=threads, repeated=total > batch, total=total)
        parameters = _parameters(self, weights, dtype)
        _check_first(self, parameters, min(batch, total), dtype, computing=computing)
        minibatches = gather.minibatches(self, samples, batch, dtype or self.dtype)
        outputs = forward(self, parameters, minibatches, computing=computing)
        return outputs if len(outputs) > 1 else outputs[self.outputs[0]]

    @unwarned()
    def explain(
        self,
        layer: str,
        at: Sequence[int],
        x: str | Path | Array | Mapping[str, Any] | None = None,
        weights: Weights | str | Path | None = None,
        *,
        sample: int = 0,
        dtype: str | None = None,
    ) -> Explained:
        """How one element of a layer's output came about; runs only what the layer depends on.

        Args:
            layer: the layer's name.
            at: the element's index in one sample; negative numbers count from the end.
            x: the input, as `trace` takes it.
            weights: parameters, or an .npz file of them; None takes what the network file names.
            sample: which sample of x, from 0.
            dtype: `float32` or `float64`; None takes the network file's.

        Raises:
            UnknownName: if there is no such layer or element. And what `trace` raises.
        """
        from dataflow_cli.explain.sample import check_explainable, checked_part, explained, one_sample

        part = checked_part(self, layer, at)
        check_explainable(part, dtype or self.dtype)
        wanted = _wanted(self, only=sample)
        samples = gather.with_examples(part, gather.python_samples(self, x, wanted), wanted)
        batch, source = one_sample(part, samples, sample, dtype or self.dtype)
        if not isinstance(weights, Weights):
            weights = _loaded(part, weights, dtype=dtype, whole=self)
        account = explained(self, part, weights, batch, at, source=source, sample=sample)
        return Explained(**vars(account))

    def text(self) -> str:
        """The network as the text of a network file, as a person would write it.

        Names stay as they are, paths relative to `folder`; blocks are found again by the names of the layers in them
        (`residual_1/a`). Comments are not kept.

        Raises:
            OutputError: if no network file can say what the network is.
        """
        from dataflow_cli.netfile.write import network_text
        from dataflow_cli.network.describe import described

        return network_text(described(self))

    def write(self, path: str | Path) -> None:
        """Write what `text` gives to a file, which appears whole or not at all; paths are relative to its folder.

        Parameters stay in the file that `weights` names.

        Raises:
            OutputError: if the file cannot be written, or if no network file can say what the network is.
        """
        from dataflow_cli.netfile.write import write_network
        from dataflow_cli.network.describe import described

        write_network(described(self), path)

    def _repr_html_(self) -> str:
        from dataflow_cli.counts.counting import summary
        from dataflow_cli.render.html import report_html
        from dataflow_cli.render.params import params_report

        return report_html(params_report(summary(self)))


def load_network(path: str | Path) -> Network:
    """Read a network file and wire it: every shape and count is known afterwards, no parameter is read.

    Raises:
        InputError: if the file cannot be opened.
        NetworkError: with everything that is wrong in it.
    """
    return _runnable(build.load_network(path))


def network_from_text(text: str, folder: str | Path = ".") -> Network:
    """The network in a text, as `load_network` reads it from a file. Paths in it are relative to `folder`."""
    return _runnable(build.network_from_text(text, folder=folder))


@unwarned()
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
    histogram: bool = False,
    labels: str | None = None,
    label_column: str | None = None,
    stdin: BinaryIO | None = None,
    computing: Computing = PLAIN,
    progress: Progress | None = None,
) -> tuple[Trace, int | None]:
    """What `dftrace run` does: the trace, and how many answers are right if there are labels.

    `inputs` are files as on the command line (`FILE` or `name=FILE`), `literals` inputs written as numbers; with
    neither, the network file's example is run. `labels` is a file, `label_column` a column of the inputs. Raises what
    `Network.trace` raises.
    """
    wanted = _wanted(network, computing, label_column=label_column)
    samples = gather.file_samples(network, inputs, literals, stdin, wanted)
    parameters = _loaded(network, weights, init=init, seed=seed, dtype=dtype, computing=computing)
    trace = _traced(
        network,
        parameters,
        samples,
        keep=keep,
        batch=batch,
        dtype=dtype,
        histogram=histogram,
        computing=computing,
        progress=progress,
    )
    judged = _judged(trace, samples, labels)
    return judged, judged.right


@unwarned()
def explain_files(
    network: WiredNetwork,
    element: Element,
    inputs: Sequence[str] = (),
    literals: Sequence[str] = (),
    *,
    weights: str | Path | None = None,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
    sample: int = 0,
    back: int = 0,
    label_column: str | None = None,
    stdin: BinaryIO | None = None,
    told: Callable[[Sequence[Problem]], None] | None = None,
) -> Account | VectorAccount | Way:
    """What `dftrace explain` does for an element, or for a dense layer as a whole.

    `back` is how many elements of every step are followed back to the input, 0 for none. `told` is given the warnings
    about the input. Raises what `Network.explain` raises.
    """
    from dataflow_cli.explain.sample import check_explainable, checked_part, explained, one_sample

    index = () if element.index is None else element.index
    part = checked_part(network, element.layer, index)
    check_explainable(part, dtype or network.dtype, back=back > 0)
    wanted = _wanted(network, only=sample, label_column=label_column)
    samples = gather.with_examples(part, gather.file_samples(network, inputs, literals, stdin, wanted), wanted)
    warnings = [*network.warnings, *gather.input_warnings(network, part, samples)]
    batch, source = one_sample(part, samples, sample, dtype or network.dtype)
    parameters = _loaded(part, weights, init=init, seed=seed, dtype=dtype, whole=network)
    if told is not None:
        told([*warnings, *parameters.warnings])
    return explained(network, part, parameters, batch, index, source=source, sample=sample, back=back)


def _parameters(network: WiredNetwork, given: Weights | str | Path | None, dtype: str | None) -> Weights:
    """Parameters that were given, checked; else loaded. Raises UnknownName for a dtype that there is not."""
    if dtype not in (None, *ITEM_SIZE):
        raise UnknownName(f"the network cannot compute in '{dtype}'", hint=f"it can in {' and '.join(ITEM_SIZE)}")
    if not isinstance(given, Weights):
        return _loaded(network, given, dtype=dtype)
    check_weights(network, given)
    return given


def _loaded(
    network: WiredNetwork,
    path: str | Path | None,
    *,
    init: str | None = None,
    seed: int = 0,
    dtype: str | None = None,
    computing: Computing = PLAIN,
    whole: WiredNetwork | None = None,
) -> Weights:
    """The parameters. Raises LimitError before the first of them is made if one sample would not fit into memory."""
    check_memory(network, 1, dtype or network.dtype, computing=computing)
    return load_weights(network, path, init=init, seed=seed, dtype=dtype, whole=whole)


def _check_first(
    network: WiredNetwork,
    weights: Weights,
    samples: int,
    dtype: str | None,
    keep: Collection[str] = (),
    *,
    computing: Computing,
) -> None:
    """Raise LimitError before the first minibatch is made, if that alone takes much; all others a run looks at."""
    if samples * sum(math.prod(spec.shape) for spec in network.inputs) > LARGE:
        check_memory(network, samples, dtype or network.dtype, keep, held=weights.nbytes, computing=computing)


def _wanted(
    network: WiredNetwork, computing: Computing = PLAIN, *, only: int | None = None, label_column: str | None = None
) -> Wanted:
    """What is wanted of input files, in the memory that there is."""
    return Wanted(only=only, room=room(computing), label_column=label_column, classes=network.classes)


def _judged(trace: Trace, samples: Mapping[str, Samples], labels: Any) -> Trace:
    """The trace as that of a classifier if there are labels. Raises InputError if they are not those of its samples."""
    found, name = gather.labels_in(samples), "labels"
    if labels is not None:
        from dataflow_cli.inputs.labels import given_labels

        found, name = given_labels(labels, trace.classes), labels if isinstance(labels, str) else name
    if found is None:
        return trace
    from dataflow_cli.trace.prediction import check_labels, classified

    judged = replace(classified(trace), labels=found)
    check_labels(judged, found, name)
    return judged


def _runnable(network: WiredNetwork) -> Network:
    return Network(**{each.name: getattr(network, each.name) for each in fields(network)})


def _traced(
    network: WiredNetwork,
    weights: Weights,
    given: Mapping[str, Samples],
    *,
    keep: Collection[str],
    batch: int,
    dtype: str | None,
    histogram: bool = False,
    computing: Computing = PLAIN,
    progress: Progress | None = None,
) -> Trace:
    """Run samples, examples standing in for inputs that were not given."""
    from dataflow_cli.inputs.assign import check_counts
    from dataflow_cli.run.recorder import run

    samples = gather.with_examples(network, given)
    total = check_counts(samples)
    warnings = [*network.warnings, *weights.warnings, *gather.input_warnings(network, network, samples)]
    kernels.load_all()
    computing = replace(computing, repeated=total > batch, total=total)
    _check_first(network, weights, min(batch, total), dtype, keep, computing=computing)
    trace = run(
        network,
        weights,
        gather.minibatches(network, samples, batch, dtype or network.dtype),
        keep=keep,
        histogram=histogram,
        computing=computing,
        progress=None if progress is None else lambda done: progress(done, total),
    )
    first = next(iter(samples.values()))
    sources = tuple(first.name(index) for index in range(total)) if total <= BATCH else _files(first)
    return _described(trace, sources, warnings, (network, weights))


def _files(samples: Samples) -> tuple[str, ...]:
    return tuple(name for name, _ in samples.sources)


def _described(
    trace: Record, sources: tuple[str, ...], warnings: Sequence[Problem], origin: tuple[WiredNetwork, Weights]
) -> Trace:
    """The record with where its data came from."""
    return Trace(**{**vars(trace), "sources": sources, "warnings": (*warnings, *trace.warnings), "origin": origin})
