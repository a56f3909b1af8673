"""From an element back to the input: at every step the elements that carry most of the value.

An element's share in the next value is the absolute value of its contribution divided by the sum of the absolute
contributions, what does not come from the input (the bias) included. Along a way shares multiply; where ways meet in
one element they add up. NaN is carried by what is NaN alone, and an infinity by what is infinite. Only the elements
that are shown are followed further, so the shares of a step add up to what the shown ways carry. A maximum is carried
by its winner alone, a product by its factors alike; a softmax and a normalization are followed through the element
itself, and a value that an activation cut off through its sum. What a layer made of its own earlier values is followed
through these, once for every step back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.explain.account import Account, Attribution, AttributionStage, Reached
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.lazy import np
from dataflow_cli.tensors import inner_name, layer_of

if TYPE_CHECKING:
    from dataflow_cli.explain.explainer import Explainer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array


def follow(explainer: Explainer, account: Account, most: int) -> Attribution:
    """The way from an element to the inputs; the explainer must hold the tensors of every step before it."""
    carried = {account.subject.name: np.zeros(account.subject.output_shape)}
    carried[account.subject.name][account.at] = 1.0
    stages = []
    for layer in dict.fromkeys(layer_of(node.name) for node in reversed(explainer.network.nodes)):
        while waiting := [name for name in carried if layer_of(name) == layer]:
            node, shares = explainer.network.node(waiting[0]), carried.pop(waiting[0])
            if shares.any():
                stage = _stage(explainer, node.name, node.layer.type, shares, most)
                stages.append(stage)
                for one in stage.reached:
                    _pass_on(explainer, node, one, carried)
    ends = {spec.name: spec for spec in explainer.network.inputs}
    for name, shares in carried.items():
        if shares.any():
            stages.append(replace(_stage(explainer, name, ends[name].type, shares, most), is_input=True))
    return Attribution(account, tuple(stages))


def _stage(explainer: Explainer, name: str, kind: str, shares: Array, most: int) -> AttributionStage:
    """The elements of a step that carry most, in order."""
    flat = shares.reshape(-1)
    count = int(np.count_nonzero(flat))
    largest = np.argsort(-flat, kind="stable")[: min(most, count)]
    places = [tuple(map(int, np.unravel_index(int(place), shares.shape))) for place in largest]
    values = explainer.values[name][0]
    reached = tuple(Reached(place, float(values[place]), float(shares[place])) for place in places)
    return AttributionStage(name, kind, explainer.operand(name).axes, tuple(shares.shape), reached, count)


def _pass_on(explainer: Explainer, node: Node, one: Reached, carried: dict[str, Array]) -> None:
    """Add what the elements that an element came from carry of its share: of inputs, or of the layer's own tensors."""
    with computing():
        explanation = node.layer.explanation(one.at, explainer.inputs(node), explainer.weights.of(node.name))
    for block, shares in zip(explanation.carriers, explanation.shares(), strict=True):
        name = node.inputs[block.input] if block.recalled is None else inner_name(layer_of(node.name), block.recalled)
        if name not in carried:
            carried[name] = np.zeros(explainer.values[name].shape[1:])
        places = block.places[block.inside]
        first = np.zeros(len(places), np.intp)  # one axis more, for a tensor that has none
        np.add.at(carried[name][np.newaxis], (first, *places.T), one.share * shares[block.inside])
