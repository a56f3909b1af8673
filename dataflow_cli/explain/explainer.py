"""Explains elements of a run: gives a layer the tensors that it saw, and its explanation their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.explain.account import Account, Operand, Region, Setting, Subject, VectorAccount, stored
from dataflow_cli.explain.element import axis_names, place_in, wanted_node
from dataflow_cli.explain.regions import inputs_fed, region
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.layers.axes import axes_of
from dataflow_cli.layers.base import suited
from dataflow_cli.layers.explaining.together import once
from dataflow_cli.lazy import np
from dataflow_cli.sizes import HALF, computed_in
from dataflow_cli.tensors import layer_of
from dataflow_cli.trace.unsound import unsound_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Arrays, Shape
    from dataflow_cli.trace.model import Step
    from dataflow_cli.trace.prediction import Prediction
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
        return [region(spec, feeding[spec.name], self.values.get(spec.name)) for spec in told]


def _subject(node: Node) -> Subject:
    """What there is to know of the tensor that a node puts out."""
    meaning = (node.layer.result_activation or node.layer).meaning
    return Subject(node.name, node.layer.type, node.output_shape, meaning, node.inner)
