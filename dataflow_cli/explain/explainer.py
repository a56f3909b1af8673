"""Explains elements of a run: gives a layer the tensors that it saw, and its explanation their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.explain.account import Account, Operand, Region, Setting, Subject, VectorAccount, stored
from dataflow_cli.explain.element import axis_names, place_in, wanted_node
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.layers.axes import axes_of
from dataflow_cli.layers.base import suited
from dataflow_cli.layers.explaining.together import once
from dataflow_cli.lazy import np
from dataflow_cli.network.opened import opened
from dataflow_cli.run.recorder import run
from dataflow_cli.sizes import HALF, computed_in
from dataflow_cli.tensors import layer_of
from dataflow_cli.trace.prediction import Prediction, predictions
from dataflow_cli.trace.unsound import unsound_at

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Arrays, Shape
    from dataflow_cli.trace.model import Step, Trace
    from dataflow_cli.weights.model import Weights

MOST_UNITS = 64
"""The largest dense layer that is shown as a whole."""


class Explainer:
    """One sample's run, from which elements are explained. `values` are tensors (1, *shape) by the name of the step."""

    def __init__(
        self,
        network: Network,
        weights: Weights,
        values: Mapping[str, Array],
        setting: Setting,
        steps: Sequence[Step] = (),
    ) -> None:
        self.steps = steps
        """What is known of all tensors of the run."""
        self.network = network
        self.weights = weights
        self.values = values
        self.setting = setting
        self.data_format = network.inputs[0].data_format if network.inputs else "channels_last"

    def element(self, layer: str, index: Sequence[int], answer: Prediction | None = None) -> Account:
        """How one element came about. Raises UnknownName for a layer or an index that does not exist."""
        node = wanted_node(self.network, layer)
        at = place_in(node, index, self.data_format)
        explanation = self.explanation(node, at)
        value = float(self.values[node.name][(0, *at)])
        return Account(
            setting=self.setting,
            subject=_subject(node),
            axes=axis_names(node, self.data_format),
            value=value,
            explanation=explanation,
            operands=tuple(self.operand(name) for name in node.inputs),
            regions=tuple(self.regions(node, at)),
            labels=self.network.classes if self._names_classes(node) else (),
            answer=answer,
            unsound=unsound_at(self.steps, value),
        )

    def explanation(self, node: Node, at: Shape) -> Explanation:
        """The arithmetic of an element, without its place in the network."""
        with computing():
            found = node.layer.explanation(at, self.inputs(node), self.weights.of(node.name))
        if self.setting.dtype in HALF:
            found = stored(found, self.setting.dtype)
        for note in self.owners(node):
            found = found.noted(note)
        return found

    def _names_classes(self, node: Node) -> bool:
        """Whether the last axis of what a node puts out are the classes: of a row of as many, of rows in an answer."""
        shape, count = node.output_shape, len(self.network.classes)
        return shape == (count,) or (shape[-1:] == (count,) and node.name in self.network.outputs)

    def owners(self, node: Node) -> list[str]:
        """Whose the parameters are that the layer has in common with others."""
        layer = self.network.by_name.get(layer_of(node.name), node)
        return [f"{name} is {share}: the layers share it" for name, share in layer.shared.items()]

    def vector(self, layer: str, answer: Prediction | None = None) -> VectorAccount:
        """A dense layer as a whole. Raises UnknownName if it is none, has more axes than one, or is too large."""
        node = wanted_node(self.network, layer)
        if not node.layer.has_units or len(node.output_shape) > 1 or node.output_shape[0] > MOST_UNITS:
            hint = f"name one element; [:] is for dense layers of one axis and up to {MOST_UNITS} units"
            raise UnknownName(f"{node.layer.type} '{node.name}' is not shown as a whole", hint=hint)
        parameters = self.weights.of(node.name)
        with computing():
            sums = node.layer.forward(self.inputs(node), parameters)[0]
        return VectorAccount(
            setting=self.setting,
            subject=_subject(node),
            number=self._dense_before(node),
            matrix=parameters["kernel"].T.astype(np.float64),
            operand=self.operand(node.inputs[0]),
            bias=parameters["bias"].astype(np.float64) if "bias" in parameters else None,
            sums=sums.astype(np.float64),
            values=self.values[node.name][0].astype(np.float64),
            activation=node.layer.result_activation.type if node.layer.result_activation else "",
            answer=answer,
        )

    def _dense_before(self, node: Node) -> int:
        dense = dict.fromkeys(layer_of(other.name) for other in self.network.nodes if other.layer.has_units)
        return list(dense).index(layer_of(node.name))

    def inputs(self, node: Node) -> Arrays:
        """The tensors (1, *shape) that a layer saw."""
        values = [self.values[name] for name in node.inputs]
        return once(("inputs", node.name), values, lambda: suited(node.layer, values, computed_in(self.setting.dtype)))

    def operand(self, name: str) -> Operand:
        values = self.values[name][0]
        node = self.network.by_name.get(name)
        first = self.data_format == "channels_first"
        axes = axis_names(node, self.data_format) if node else axes_of(values.ndim, channels_first=first)
        return Operand(name, axes, values)

    def regions(self, node: Node, at: Shape) -> list[Region]:
        """What the element sees of the inputs of the network, where that says more than a single vector's name."""
        feeding = inputs_fed(self.network, node, at)
        inputs = self.network.inputs
        seen = [spec for spec in inputs if feeding[spec.name].any()] or inputs
        told = [spec for spec in seen if len(spec.shape) > 1 or len(inputs) > 1]
        return [_region(spec, feeding[spec.name], self.values.get(spec.name)) for spec in told]


def _subject(node: Node) -> Subject:
    """What there is to know of the tensor that a node puts out."""
    meaning = (node.layer.result_activation or node.layer).meaning
    return Subject(node.name, node.layer.type, node.output_shape, meaning, node.inner)


def _region(spec: InputSpec, feeding: Array, values: Array | None) -> Region:
    """From where to where the elements of an input lie that feed one of the layer's."""
    first = spec.data_format == "channels_first"
    if not spec.shape:
        return Region(spec.name, (), None, None)
    vector = len(spec.shape) == 1
    places = feeding if vector else feeding.any(axis=0 if first else -1)
    one = None if values is None or vector else _over_channels(values[0], first=first)
    names = tuple(name for name in axes_of(len(spec.shape), channels_first=first) if name != "channel")
    if not places.any():
        return Region(spec.name, names, ((0, -1),) * places.ndim, one)
    spans = tuple((int(along.min()), int(along.max())) for along in np.nonzero(places))
    everything = spans == tuple((0, length - 1) for length in places.shape)
    return Region(spec.name, names, None if everything else spans, one)


def _over_channels(values: Array, *, first: bool) -> Array:
    """The mean of every place's channels, as a picture shows an input; infinite where numbers are too large to add."""
    with np.errstate(all="ignore"):
        found: Array = values.mean(axis=0 if first else -1, dtype=np.float64)
    return found


def inputs_fed(network: Network, node: Node, at: Shape) -> dict[str, Array]:
    """Which elements of the network's inputs, by their names, can change an element: booleans of a sample's shape."""
    wanted: dict[str, Array] = {spec.name: np.zeros(spec.shape, bool) for spec in network.inputs}
    wanted[node.name] = np.zeros(node.output_shape, bool)
    wanted[node.name][at] = True
    for other in reversed(network.nodes):
        if other.name in wanted:
            fed = other.layer.feeds(wanted.pop(other.name), other.input_shapes)
            for name, some in zip(other.inputs, fed, strict=True):
                wanted[name] = wanted[name] | some if name in wanted else some
    return wanted


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
