"""What of a network, and of a trace, is needed to explain a layer's elements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.explain.account import Setting
from dataflow_cli.explain.element import wanted_node
from dataflow_cli.explain.explainer import Explainer
from dataflow_cli.network.opened import opened
from dataflow_cli.run.recorder import run
from dataflow_cli.trace.prediction import Prediction, predictions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dataflow_cli.explain.account import Account
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights


def part_for(network: Network, layer: str, *, back: bool = True) -> Network:
    """The part of a network that a layer's output, its only output, depends on. Raises UnknownName.

    With it come the tensors that explanations refer to, if these are followed `back`.
    """
    layer = wanted_node(network, layer).name
    network = opened(network, {layer, *_recalled(network)} if back else {layer})
    needed = _needed(network, layer, back=back)
    return replace(
        network,
        inputs=tuple(spec for spec in network.inputs if spec.name in needed),
        nodes=tuple(node for node in network.nodes if node.name in needed),
        outputs=(layer,),
        classes=network.classes if layer == network.outputs[0] else (),
    )


def _recalled(network: Network) -> set[str]:
    """The tensors of layers themselves that explanations refer to, those that these refer to included."""
    found: set[str] = set()
    waiting = [name for node in network.nodes for name in node.recalled]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += network.node(name).recalled
    return found


def _needed(network: Network, layer: str, *, back: bool) -> set[str]:
    """All tensors that a layer's output depends on, or its explanation refers to."""
    needed: set[str] = set()
    waiting = [layer]
    while waiting:
        name = waiting.pop()
        if name not in needed and name in network.by_name:
            waiting += (*network.by_name[name].inputs, *(network.by_name[name].recalled if back else ()))
        needed.add(name)
    return needed


def run_part(part: Network, weights: Weights, batch: Mapping[str, Array], keep: Collection[str] = ()) -> Trace:
    """Run one sample through the part of a network that `part_for` gave; keeps it, what the last layer saw, `keep`."""
    last = part.node(part.outputs[0])
    return run(part, weights, [batch], keep={*last.inputs, *batch, *keep})


def explainer_of(part: Network, weights: Weights, trace: Trace, source: str = "", sample: int = 0) -> Explainer:
    """What explains elements of a trace of one sample."""
    setting = Setting(part.name, part.file, weights.source, trace.dtype, source, sample, trace.tokens)
    return Explainer(part, weights, trace.values, setting, trace.steps)


def explain_traced(
    network: Network, weights: Weights, trace: Trace, layer: str, at: Sequence[int], *, sample: int = 0
) -> Account:
    """Explain an element from the tensors that a trace kept. Raises UnknownName, also if they were not."""
    return explainer_of_kept(network, weights, trace, layer, sample=sample).element(layer, at)


def explainer_of_kept(
    network: Network, weights: Weights, trace: Trace, layer: str, *, sample: int = 0, back: bool = False
) -> Explainer:
    """What explains a layer's elements from the tensors that a trace kept; with `back` those of all steps before too.

    Raises UnknownName for a layer or sample that there is not, and if the tensors were not kept.
    """
    node = wanted_node(network, layer)
    layer = node.name
    if not 0 <= sample < trace.samples:
        raise UnknownName(f"the trace has no sample {sample}", hint=f"it has {trace.samples:,}, from 0 on")
    part = part_for(network, layer) if back else opened(network, [layer])
    needed = [*(spec.name for spec in part.inputs), *part.by_name] if back else [*node.inputs, node.name]
    values = {name: trace.value(name)[sample : sample + 1] for name in needed}
    source = trace.source(sample)
    tokens = trace.tokens if trace.samples == 1 else ()
    setting = Setting(network.name, network.file, weights.source, trace.dtype, source, sample, tokens)
    return Explainer(part, weights, values, setting, trace.steps)


def sample_of(trace: Trace, sample: int) -> Trace:
    """The part of a trace that one sample is, with the network's outputs alone."""
    kept = {name: trace.value(name)[sample : sample + 1] for name in trace.outputs if name in trace.values}
    return replace(trace, samples=1, sources=(), values=kept, labels=None)


def answer_of(trace: Trace, network: Network, layer: str) -> Prediction | None:
    """What the network says, if the layer is its output and it is a classifier."""
    if layer != network.outputs[0] or layer not in trace.outputs:
        return None
    return next(iter(predictions(trace, top=2)), None)
