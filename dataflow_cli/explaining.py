"""Explains an element of a network, or of a trace of one: what `dftrace explain` and the methods `explain` do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.given import Given
from dataflow_cli.inputs import gather
from dataflow_cli.inputs.prepared import completed
from dataflow_cli.inputs.samples import tokens_of
from dataflow_cli.lazy import unwarned
from dataflow_cli.network.opened import with_layers
from dataflow_cli.run.given import dtype_of, samples_of, sized_by, wanted_of, weights_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dataflow_cli.errors import Problem
    from dataflow_cli.explain.account import Account, Attribution, VectorAccount
    from dataflow_cli.inputs.samples import Samples
    from dataflow_cli.network.model import Network
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights

NOTHING = Given()


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
    wanted, samples = wanted_of(network, given, only=sample), None
    if network.unsized is not None:  # what there is to explain hangs on the sizes
        network, samples = sized_by(network, samples_of(network, given, wanted), wanted)
    if given_.input_named(network, layer, index, back=back > 0):
        return _input_explained(network, layer, index, given, samples=samples, sample=sample, told=told)
    part = one.checked_part(network, layer, index, back=back > 0)
    dtype = dtype_of(network, given)
    one.check_explainable(part, dtype, back=back > 0)
    if samples is None:
        samples = samples_of(network, given, wanted)
    samples = gather.with_examples(part, samples, wanted)
    warnings = [*network.warnings, *gather.input_warnings(network, part, samples)]
    batch, source = one.one_sample(part, samples, sample, dtype)
    weights = weights_of(with_layers(part, network), given, whole=network)
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
    part, wanted = replace(network, inputs=(spec,)), wanted_of(network, given, only=sample)
    samples = gather.with_examples(part, samples or samples_of(network, given, wanted), wanted)
    dtype = dtype_of(network, given)
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
    from dataflow_cli.explain.given import input_named, kept_account
    from dataflow_cli.explain.origin import origin_of
    from dataflow_cli.explain.parts import explain_traced

    made, own = origin_of(trace, network, weights)
    if input_named(made, layer):
        return kept_account(made, trace, layer, at, sample)
    return explain_traced(made, own, trace, layer, at, sample=sample)
