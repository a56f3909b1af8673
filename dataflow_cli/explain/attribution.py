"""From an element back to the input: at every step the elements that carry most of the value.

An element's share in the next value is the absolute value of its contribution divided by the sum of the absolute
contributions, what does not come from the input (the bias) included. Along a way shares multiply; where ways meet in
one element they add up. NaN is carried by what is NaN alone, and an infinity by what is infinite. Only the elements
that are shown are followed further, so the shares of a step add up to what the shown ways carry. A maximum is carried
by its winner alone, a product by its factors alike; a softmax and a normalization are followed through the element
itself, and a value that an activation cut off through its sum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.explain.account import Account, Attribution, AttributionStage, Reached
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.layers.explaining.explanation import OWN, Explanation
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.explain.explainer import Explainer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array


def follow(explainer: Explainer, account: Account, most: int) -> Attribution:
    """The way from an element to the inputs; the explainer must hold the tensors of every step before it."""
    carried = {account.subject.name: np.zeros(account.subject.output_shape)}
    carried[account.subject.name][account.at] = 1.0
    stages = []
    for node in reversed(explainer.network.nodes):
        shares = carried.pop(node.name, None)
        if shares is None or not shares.any():
            continue
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
    """Add what an element's own inputs carry of its share."""
    inputs = explainer.inputs(node)
    with computing():
        explanation = node.layer.explanation(one.at, inputs, explainer.weights.of(node.name))
    for number, name in enumerate(node.inputs):
        if name not in carried:
            carried[name] = np.zeros(inputs[number].shape[1:])
        _add(explanation, number, one.share, carried[name])


def _add(explanation: Explanation, number: int, share: float, carried: Array) -> None:
    blocks = [block for block in explanation.blocks if block.input != OWN]
    for block, shares in zip(blocks, explanation.shares(), strict=True):
        if block.input == number:
            places = block.places[block.inside]
            first = np.zeros(len(places), np.intp)  # one axis more, for a tensor that has none
            np.add.at(carried[np.newaxis], (first, *places.T), share * shares[block.inside])
