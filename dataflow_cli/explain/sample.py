"""Runs one sample through the part of a network that an element depends on, and explains the element."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.explain.attribution import follow
from dataflow_cli.explain.element import place_in, wanted_node
from dataflow_cli.explain.given import input_named, kept_account
from dataflow_cli.explain.parts import answer_of, explainer_of, explainer_of_kept, part_for, run_part, sample_of
from dataflow_cli.inputs.assign import check_counts
from dataflow_cli.inputs.preprocess import prepare
from dataflow_cli.inputs.samples import named
from dataflow_cli.run.memory import check_memory, explaining_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.explain.account import Account, Attribution, VectorAccount
    from dataflow_cli.explain.explainer import Explainer
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.prediction import Prediction
    from dataflow_cli.weights.model import Weights


def checked_part(network: Network, layer: str, index: Sequence[int] | str, *, back: bool = False) -> Network:
    """The part of the network that has to be run. Raises UnknownName before anything else is read."""
    node = wanted_node(network, layer)
    if not isinstance(index, str):
        place_in(node, index, network.inputs[0].data_format)
    return part_for(network, node.name, back=back)


def check_explainable(part: Network, dtype: str, *, back: bool = False) -> None:
    """Raise LimitError if running the part, and explaining an element of its last layer, would not fit into memory."""
    keep = [*(spec.name for spec in part.inputs), *part.by_name] if back else part.node(part.outputs[0]).inputs
    check_memory(part, 1, dtype, keep, beside=explaining_bytes(part, back=back))


def one_sample(part: Network, samples: Mapping[str, Samples], sample: int, dtype: str) -> tuple[dict[str, Array], str]:
    """The arrays (1, *shape) of one of the samples, and what it is called. Raises InputError if there is none such."""
    total = check_counts(samples)
    if not 0 <= sample < total:
        raise InputError(f"there is no sample {sample}", hint=f"there are {total:,}: 0 to {total - 1}", code="E303")
    given = {spec.name: (samples[spec.name], spec) for spec in part.inputs}
    arrays = {name: prepare(each, spec, each.row(sample), dtype) for name, (each, spec) in given.items()}
    called = {name: each.name(sample) for name, each in samples.items()}
    return arrays, named(called)


def explained(
    network: Network,
    part: Network,
    weights: Weights,
    batch: Mapping[str, Array],
    index: Sequence[int] | str,
    *,
    source: str = "",
    sample: int = 0,
    back: int = 0,
    tokens: tuple[str, ...] = (),
) -> Account | VectorAccount | Attribution:
    """Run a sample and explain an element of the part's last layer, or that layer as a whole (index `:`).

    `back` is how many elements of every step are followed back to the input, 0 for none; `tokens` stand at the places
    of the input, if it is a text.
    """
    layer = part.outputs[0]
    trace = replace(run_part(part, weights, batch, [*batch, *part.by_name] if back else []), tokens=tokens)
    explainer = explainer_of(part, weights, trace, source, sample)
    return _explained(explainer, layer, index, answer_of(trace, network, layer), back)


def explained_again(
    network: Network,
    weights: Weights,
    trace: Trace,
    layer: str,
    index: Sequence[int] | str,
    *,
    sample: int = 0,
    back: int = 0,
) -> Account | VectorAccount | Attribution:
    """The same of one sample of a trace, from the tensors that it kept. Raises UnknownName if they were not."""
    if input_named(network, layer, index, back=back > 0):
        return kept_account(network, trace, layer, [] if isinstance(index, str) else index, sample)
    explainer = explainer_of_kept(network, weights, trace, layer, sample=sample, back=back > 0)
    return _explained(explainer, layer, index, answer_of(sample_of(trace, sample), network, layer), back)


def _explained(
    explainer: Explainer, layer: str, index: Sequence[int] | str, answer: Prediction | None, back: int
) -> Account | VectorAccount | Attribution:
    if isinstance(index, str):
        return explainer.vector(layer, answer)
    account = explainer.element(layer, index, answer)
    return follow(explainer, account, back) if back else account
