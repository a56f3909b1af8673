r"""Explains every element of every tensor of a run, and follows each of them back to the input.

    python tools/explain_every_element.py configs/minilm-l6.yaml -w model.safetensors --tokenizer tokenizer.json \
        --text 'the cat sat'

Layers' inner tensors are explained like their outputs. Every account has to arrive at what the run has, up to rounding,
and from every element a way has to lead to an input, at each step to the element that carries most. No element is
explained twice: a way goes on where the element that it comes to has gone.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from dataflow_cli import load_network
from dataflow_cli.explain.account import Account, Subject
from dataflow_cli.explain.parts import explainer_of
from dataflow_cli.layers.explaining.together import together
from dataflow_cli.network.opened import opened
from dataflow_cli.tensors import inner_name, layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.explain.explainer import Explainer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Shape
    from dataflow_cli.trace.model import Trace

    Element = tuple[str, Shape]

UNCARRIED = "nothing carries it"
"""The end of a way that stops at a value that nothing contributes to, such as one that an activation cut off."""


class Found:
    """What became of the elements."""

    def __init__(self) -> None:
        self.count = 0
        self.worst = 0.0
        """The largest difference of account and run, as a part of the sum of the absolute contributions."""
        self.failed: list[str] = []
        """Elements whose account does not arrive at the run's value."""
        self.next: dict[Element, Element] = {}
        """Of every element the one that carries most of it."""


def explain_all(explainer: Explainer, node: Node, found: Found) -> None:
    """Explain every element of one tensor."""
    with together():
        for at in np.ndindex(node.output_shape):
            account = accounted(explainer, node, at)
            found.count += 1
            found.worst = max(found.worst, _apart(account))
            if not account.agrees:
                found.failed.append(f"{node.name}{list(at)}: {'; '.join(account.remarks)}")
            heaviest = _heaviest(node, account.explanation)
            if heaviest is not None:
                found.next[node.name, at] = heaviest


def accounted(explainer: Explainer, node: Node, at: Shape) -> Account:
    """The account of an element without its receptive fields, which take longer than all else in a deep network."""
    subject = Subject(node.name, node.layer.type, node.output_shape)
    value = float(explainer.values[node.name][(0, *at)])
    return Account(explainer.setting, subject, (), value, explainer.explanation(node, at), (), ())


def _apart(account: Account) -> float:
    """The difference of the account and the run, as a part of the sum of the absolute contributions."""
    scale = max(account.explanation.magnitude, abs(account.explanation.total))
    return abs(account.difference) / scale if math.isfinite(scale) and scale else 0.0


def _heaviest(node: Node, explanation: Explanation) -> Element | None:
    """The element that carries most of one: of an input of its layer, or of a tensor of the layer itself."""
    largest, found = 0.0, None
    for block, shares in zip(explanation.carriers, explanation.shares(), strict=True):
        inside = np.where(block.inside, shares, 0).reshape(-1)
        place = int(inside.argmax()) if inside.size else 0
        if inside.size and inside[place] > largest:
            largest = float(inside[place])
            own = None if block.recalled is None else inner_name(layer_of(node.name), block.recalled)
            places = block.places.reshape(len(inside), -1)
            found = own or node.inputs[block.input], tuple(map(int, places[place]))
    return found or _deciding(node, explanation)


def _deciding(node: Node, explanation: Explanation) -> Element | None:
    """An element that decides on one that nothing is carried to, such as a place of a mask."""
    for name, roles in zip(node.inputs, explanation.roles, strict=True):
        if (roles > 0).any():
            return name, tuple(map(int, np.argwhere(roles > 0)[0]))
    return None


def ends(found: Found, inputs: Sequence[str]) -> Counter[str]:
    """How many ways arrive at each input, and how many stop short of one."""
    known: dict[Element, str] = {}
    for start in found.next:
        way, element = [], start
        while element not in known and element in found.next:
            way.append(element)
            element = found.next[element]
        end = known.get(element, element[0] if element[0] in inputs else UNCARRIED)
        known |= dict.fromkeys(way, end)
    count = Counter(known.values())
    count[UNCARRIED] += found.count - len(found.next)
    return +count


def explained_by_layer(network: Network, trace: Trace) -> Iterator[tuple[str, Found]]:
    """What became of the elements of every tensor, in the order in which the data flows; the last holds them all."""
    whole = opened(network, network.tensors)
    explainer = explainer_of(whole, trace.origin[1], trace)
    everything = Found()
    for node in whole.nodes:
        explain_all(explainer, node, everything)
        yield node.name, everything


def main(arguments: Sequence[str] | None = None) -> int:
    """Says what was found, tensor by tensor. Returns 1 if an account does not arrive at the run's value."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("network")
    parser.add_argument("-i", "--input", help="in place of the example that the file names")
    parser.add_argument("-w", "--weights")
    parser.add_argument("--text")
    parser.add_argument("--tokenizer")
    given = parser.parse_args(arguments)
    network = load_network(given.network)
    trace = network.trace(given.input, given.weights, text=given.text, tokenizer=given.tokenizer, keep=network.tensors)
    found, count, failed, since = Found(), 0, 0, time.process_time()
    for name, found in explained_by_layer(network, trace):
        new, spent = found.count - count, time.process_time() - since
        line = f"{name:40} {new:8,} elements  {1e3 * spent / max(new, 1):6.2f} ms each"
        print(line, *found.failed[failed:], sep="\n", flush=True)
        failed = len(found.failed)
        count, since = found.count, time.process_time()
    print(
        f"{found.count:,} elements, {len(found.failed)} of them not at the run's value; at most {found.worst:.1e} apart"
    )
    arrived = ends(found, [spec.name for spec in network.inputs])
    print("ways end at", ", ".join(f"{name}: {number:,}" for name, number in arrived.items()))
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
