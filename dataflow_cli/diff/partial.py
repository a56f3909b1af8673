"""What layers work out on their way to their output, which programs elsewhere have as tensors of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.content import CLOSE
from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.looks import alike, look
from dataflow_cli.diff.order import apart
from dataflow_cli.diff.pairing import same_elements
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.diff.content import Content
    from dataflow_cli.diff.evidence import Evidence
    from dataflow_cli.diff.looks import Look
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Parameters

EQUAL = 0.97
"""How alike tensors are whose elements are the same in another order."""


def partial(evidence: Evidence, among: Sequence[str], nodes: Sequence[Node]) -> dict[str, set[str]]:
    """Those tensors that some layers work out on their way, or a multiple of that, and which layers do."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        for array in _on_the_way(evidence, node):
            sizes = evidence.content.other.shapes
            some = [b for b in among if math.prod(sizes[b]) == array.size and node.name not in found.get(b, ())]
            seen = look(array) if some else ()
            for b in some:
                if _is_multiple(evidence.content, array, seen, b):
                    found.setdefault(b, set()).add(node.name)
    return found


def _is_multiple(content: Content, array: Array, seen: Look, b: str) -> bool:
    """Whether a tensor is an array times a number; with axes taken together, its elements in any order."""
    if alike(_scaled(seen), _scaled(content.look(b))) < EQUAL:
        return False
    got = content.other[b]
    if not same_elements(array.shape, got.shape):
        return True
    way = best(got.shape, array, got)
    if way is None:
        return True
    sizes = [float(np.mean(np.abs(each))) for each in (array, got)]
    return apart(array, way.ours(got) * (sizes[0] / (sizes[1] or 1.0))) <= CLOSE


def _scaled(seen: Look) -> Look:
    """Quantiles in parts of the largest."""
    largest = max(map(abs, seen), default=0.0) or 1.0
    return tuple(each / largest for each in seen)


def _on_the_way(evidence: Evidence, node: Node) -> Iterator[Array]:
    """What a layer works out before its output: its inner tensors, and these and itself without what is added."""
    for part in (*(node.inside(name) for name in node.layer.inner_tensors), node):
        for change in _CHANGES:
            if part is not node or change is not None:
                array = evidence.confirming.made(part, {}, change=change)
                if array is not None:
                    yield array


def _without_offset(parameters: Parameters) -> Parameters:
    """Without what is added last."""
    added = [name for name in parameters if name == "beta" or "bias" in name][-1:]
    return {name: np.zeros_like(array) if name in added else array for name, array in parameters.items()}


def _without_offsets(parameters: Parameters) -> Parameters:
    """Without anything that is added to a product."""
    return {
        name: np.zeros_like(array) if name == "beta" or "bias" in name else array for name, array in parameters.items()
    }


def _without_scale(parameters: Parameters) -> Parameters:
    """Of a normalization, what it does to the numbers alone."""
    added = _without_offsets(parameters)
    return {name: np.ones_like(array) if name in {"gamma", "scale"} else array for name, array in added.items()}


_CHANGES = (None, _without_offset, _without_offsets, _without_scale)
