"""What stands for attention that was found: its layers, and what becomes of its mask."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.described import ImportedLayer
    from dataflow_cli.importers.onnx.heads.graph import Graph, Scores
    from dataflow_cli.shapes import Shape

_LARGEST = 2**26
"""Numbers of a mask that is looked through."""
_HIDDEN = -1e4
"""A score that this much is added to has no weight."""
SMALL = 1e-5
"""What factors may differ by that are the same."""


@dataclass(frozen=True)
class Found:
    """Layers in the place of others: attention is the last of them."""

    layers: tuple[ImportedLayer, ...]
    gone: frozenset[str]
    is_whole: bool = False
    """Whether it is a module of its own, with its projections."""


@dataclass(frozen=True)
class Mask:
    """What stands for a mask: layers before, fields, and the tensor, if it is one."""

    layers: tuple[ImportedLayer, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()
    inputs: tuple[str, ...] = ()


def masked(graph: Graph, scores: Scores, name: str) -> Mask | None:
    """A mask that is added, as a field or an input; None for one that the layer does not take."""
    if not scores.mask:
        return Mask()
    layer = graph.layers.get(scores.mask)
    if layer is None:  # an input, whose shape is not said here
        return None
    queries, keys = map(int, scores.product.shape[-2:])
    shape = [int(size) for size in layer.shape]
    while len(shape) > 1 and shape[0] == 1:
        shape.pop(0)
    fits = shape in ([queries, keys], [keys]) or (len(shape) == 3 and shape[1:] == [queries, keys])
    if layer.kind == "constant" and shape == [queries, keys] and _is_causal(layer, shape):
        return Mask(fields=(("use_causal_mask", True),))
    return _of_tensor(graph, scores.mask, layer, tuple(shape), f"{name}_mask") if fits else None


def _of_tensor(graph: Graph, mask: str, layer: ImportedLayer, shape: Shape, name: str) -> Mask | None:
    """A mask that is a tensor, without axes of length 1 in front."""
    additive = (("attention_mask", "additive"),)
    if shape == tuple(layer.shape):
        return Mask(fields=additive, inputs=(mask,))
    if name in graph.layers:
        return None
    fields = {"target_shape": list(shape)}
    flat = replace(layer, name=name, kind="reshape", fields=fields, inputs=(mask,), parameters={}, source="")
    return Mask((replace(flat, gives="", shape=shape),), additive, (name,))


def _is_causal(layer: ImportedLayer, shape: Sequence[int]) -> bool:
    """Whether what is added hides just what stands behind each place."""
    if math.prod(shape) > _LARGEST:
        return False
    try:
        array = layer.parameters["value"].array().reshape(tuple(shape))
    except FieldError:  # its numbers hang on sizes that are not known yet
        return False
    behind = np.triu(np.ones(tuple(shape), bool), 1)
    return array.shape[0] == array.shape[1] and not array[~behind].any() and bool((array[behind] <= _HIDDEN).all())
