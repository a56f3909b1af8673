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

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.explain.account import Account, Attribution, AttributionStage, Origin, Reached
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.lazy import np
from dataflow_cli.tensors import inner_name, layer_of
from dataflow_cli.trace.unsound import FINITE, GIVEN, INFINITIES

if TYPE_CHECKING:
    from dataflow_cli.explain.explainer import Explainer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

SOURCES = 3
"""How many elements are named that NaN was made of."""


def follow(explainer: Explainer, account: Account, most: int) -> Attribution:
    """The way from an element to the inputs; the explainer must hold the tensors of every step before it."""
    carried = {account.subject.name: np.zeros(account.subject.output_shape)}
    carried[account.subject.name][account.at] = 1.0
    stages: list[AttributionStage] = []
    origins: list[Origin] = []
    for layer in dict.fromkeys(layer_of(node.name) for node in reversed(explainer.network.nodes)):
        while waiting := [name for name in carried if layer_of(name) == layer]:
            node, shares = explainer.network.node(waiting[0]), carried.pop(waiting[0])
            if shares.any():
                stage = _stage(explainer, node.name, node.layer.type, shares, most)
                stages.append(stage)
                for one in stage.reached:
                    _pass_on(explainer, node, one, carried, origins)
    ends = {spec.name: spec for spec in explainer.network.inputs}
    for name, shares in carried.items():
        if shares.any():
            stages.append(replace(_stage(explainer, name, ends[name].type, shares, most), is_input=True))
            came = [one for one in stages[-1].reached if not math.isfinite(one.value)]
            origins += [Origin(name, ends[name].type, one.at, one.value, GIVEN) for one in came]
    return Attribution(account, tuple(stages), tuple(origins) if not math.isfinite(account.value) else ())


def _stage(explainer: Explainer, name: str, kind: str, shares: Array, most: int) -> AttributionStage:
    """The elements of a step that carry most, in order."""
    flat = shares.reshape(-1)
    count = int(np.count_nonzero(flat))
    largest = np.argsort(-flat, kind="stable")[: min(most, count)]
    places = [tuple(map(int, np.unravel_index(int(place), shares.shape))) for place in largest]
    values = explainer.values[name][0]
    reached = tuple(Reached(place, float(values[place]), float(shares[place])) for place in places)
    return AttributionStage(name, kind, explainer.operand(name).axes, tuple(shares.shape), reached, count)


def _pass_on(explainer: Explainer, node: Node, one: Reached, carried: dict[str, Array], origins: list[Origin]) -> None:
    """Add what the elements that an element came from carry of its share: of inputs, or of the layer's own tensors.

    An element that is NaN or infinite, and came from none that is the same, is an origin.
    """
    with computing():
        explanation = node.layer.explanation(one.at, explainer.inputs(node), explainer.weights.of(node.name))
    found: list[tuple[float, str, tuple[int, ...], float]] = []
    for block, shares in zip(explanation.carriers, explanation.shares(), strict=True):
        name = node.inputs[block.input] if block.recalled is None else inner_name(layer_of(node.name), block.recalled)
        if name not in carried:
            carried[name] = np.zeros(explainer.values[name].shape[1:])
        places = block.places[block.inside]
        if not math.isfinite(one.value):
            found += _values(explainer.values[name][0], name, places, shares[block.inside])
        first = np.zeros(len(places), np.intp)  # one axis more, for a tensor that has none
        np.add.at(carried[name][np.newaxis], (first, *places.T), one.share * shares[block.inside])
    if not math.isfinite(one.value) and not any(_alike(value, one.value) for _, _, _, value in found):
        infinite = any(not math.isfinite(value) for _, _, _, value in found)
        most = sorted(found, key=lambda each: -each[0])[:SOURCES]
        sources = tuple((name, at, value) for _, name, at, value in most)
        of = INFINITIES if infinite else FINITE
        origins.append(Origin(node.name, node.layer.type, one.at, one.value, of, sources))


def _values(array: Array, name: str, places: Array, shares: Array) -> list[tuple[float, str, tuple[int, ...], float]]:
    """The elements with a share: share, step, place, value."""
    at = [tuple(map(int, place)) for place in places]
    return [(float(share), name, each, float(array[each])) for each, share in zip(at, shares, strict=True) if share > 0]


def _alike(value: float, other: float) -> bool:
    """Whether both are NaN, or both infinite."""
    return math.isnan(value) if math.isnan(other) else math.isinf(value)
