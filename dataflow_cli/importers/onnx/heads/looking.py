"""Attention between tensors that other layers made, (heads, places, numbers), as `scaled_dot_product_attention`.

    softmax( query · keyᵀ · scale + mask ) · value,  and 0 where a query sees nothing, if the file says so

Where it does not say so, a mask that follows from the data leaves it the operations that it is: of a query that sees
nothing these make NaN.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.onnx.heads.found import SMALL, Found, masked
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.importers.described import ImportedLayer
    from dataflow_cli.importers.onnx.heads.graph import Graph

_RANK = 3


@dataclass(frozen=True)
class _Factor:
    """A factor of a product, without what it is multiplied by and, of a key, without its turn."""

    name: str
    scale: float = 1.0
    gone: tuple[ImportedLayer, ...] = ()
    made: tuple[ImportedLayer, ...] = ()


def attention(graph: Graph, softmax: ImportedLayer) -> Found | None:
    """The layer that a softmax and both products around it are; None if they are not that."""
    scores, (weights, guard) = graph.scores(softmax), _guarded(graph, softmax)
    product = graph.only_reader(weights)
    if scores is None or product is None or product.kind != "matmul" or product.inputs[0] != weights.name:
        return None
    if any(len(layer.shape) != _RANK for layer in (scores.product, product)):
        return None
    query, key = _plain(graph, scores.product.inputs[0]), _key(graph, scores.product.inputs[1])
    mask = masked(graph, scores, product.name)
    if key is None or mask is None or (mask.inputs and not guard):
        return None
    gone = [*query.gone, *key.gone, *scores.between, scores.product, softmax, *guard]
    if not graph.is_closed(gone, product):
        return None
    fields: dict[str, Any] = dict(mask.fields)
    width = int(graph.layers[scores.product.inputs[1]].shape[-2])
    scale = scores.scale * query.scale * key.scale
    if abs(scale * math.sqrt(width) - 1) >= SMALL:
        fields["scale"] = scale
    inputs = (query.name, key.name, product.inputs[1], *mask.inputs)
    made = replace(product, kind="scaled_dot_product_attention", fields=fields, inputs=inputs)
    return Found((*key.made, *mask.layers, made), frozenset(layer.name for layer in gone))


def _guarded(graph: Graph, softmax: ImportedLayer) -> tuple[ImportedLayer, tuple[ImportedLayer, ...]]:
    """The weights with 0 in the place of NaN, and the layers that see to that; else the softmax, and none."""
    readers = {layer.kind: layer for layer in graph.readers[softmax.name]}
    odd, chosen = readers.get("not_equal"), readers.get("where")
    if odd is None or chosen is None or len(graph.readers[softmax.name]) != len(readers):
        return softmax, ()
    zero = graph.layers.get(chosen.inputs[1])
    is_zero = zero is not None and zero.kind == "constant" and getattr(zero.parameters["value"], "uniform", None) == 0
    if odd.inputs != (softmax.name,) * 2 or chosen.inputs[::2] != (odd.name, softmax.name) or not is_zero:
        return softmax, ()
    return chosen, (odd, chosen)


def _plain(graph: Graph, name: str) -> _Factor:
    """A factor without layers that multiply it."""
    scale, gone = 1.0, []
    layer = graph.layers.get(name)
    while layer is not None and layer.kind == "rescaling" and len(graph.readers[name]) == 1:
        factor = graph.factor(layer)
        if factor is None:
            break
        scale, name = scale * factor, layer.inputs[0]
        gone.append(layer)
        layer = graph.layers.get(name)
    return _Factor(name, scale, tuple(gone))


def _key(graph: Graph, name: str) -> _Factor | None:
    """The keys before they are turned for the product; None if they are not."""
    factor = _plain(graph, name)
    turn = graph.layers.get(factor.name)
    if turn is None or turn.kind != "permute" or len(graph.readers[turn.name]) != 1 or len(turn.shape) != _RANK:
        return None
    first, second, third = turn.fields["dims"]
    gone = (*factor.gone, turn)
    if [first, third, second] == [1, 2, 3]:
        return replace(factor, name=turn.inputs[0], gone=gone)
    shape = (turn.shape[0], turn.shape[2], turn.shape[1])
    made = replace(turn, fields={"dims": [first, third, second]}, shape=shape, gives="")
    return replace(factor, gone=gone, made=(made,))
