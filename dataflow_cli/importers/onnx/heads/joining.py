"""Attention with its projections, which exporters write as some thirty operations, as the one layer that it is.

    out = dense( softmax( query · keyᵀ · scale + mask ) · value ),  query, key and value each a part of a dense layer

Whatever stands between these products only moves elements, so it is followed by what it does and not by how it is
written. Nobody else may read what goes; names are those of the module whose output projection it has.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.onnx.heads import weights
from dataflow_cli.importers.onnx.heads.graph import Graph
from dataflow_cli.importers.onnx.heads.sides import Three, count
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.described import Imported, ImportedLayer
    from dataflow_cli.importers.onnx.heads.graph import Output, Scores
    from dataflow_cli.shapes import Shape

_HIDDEN = -1e4
"""A score that this much is added to has no weight."""
_SMALL = 1e-5


@dataclass(frozen=True)
class _Found:
    """Layers in the place of others: attention is the last of them."""

    layers: tuple[ImportedLayer, ...]
    gone: frozenset[str]


def with_heads(model: Imported) -> Imported:
    """The same network with `multi_head_attention` where its operations are that."""
    softmaxes = [layer for layer in model.layers if layer.kind == "softmax"]
    if not softmaxes:
        return model
    graph = Graph(model)
    found = {each.layers[-1].name: each for each in (_attention(graph, layer) for layer in softmaxes) if each}
    if not found:
        return model
    names: dict[str, str] = {}
    for name in found:
        module = name.rpartition(".")[0]
        if module and module not in graph.layers and module not in names.values():
            names[name] = module
    return replace(model, layers=tuple(_replaced(model, found, names))).renamed(names)


def _replaced(model: Imported, found: dict[str, _Found], names: dict[str, str]) -> list[ImportedLayer]:
    """All layers but those that are gone, and those that nobody reads behind these."""
    gone = {name for each in found.values() for name in each.gone}
    first, kept = model.inputs[0].name, []
    for layer in model.layers:
        if layer.name in found:
            *before, last = found[layer.name].layers
            kept += [*before, replace(last, source=names.get(last.name, last.source))]
        elif layer.name in gone:
            continue
        elif not any(layer_of(name) in gone for name in layer.inputs):
            kept.append(layer)
        elif layer.kind == "constant":  # it only counts samples, which the input does too
            kept.append(replace(layer, inputs=(first,)))
        else:
            gone.add(layer.name)
    read = {layer_of(name) for layer in kept for name in layer.inputs} | {layer_of(name) for name in model.outputs}
    return [layer for layer in kept if layer.kind != "constant" or layer.name in read]  # a mask that is a field now


def _attention(graph: Graph, softmax: ImportedLayer) -> _Found | None:
    """The layer that everything around a softmax is, perhaps behind one for its mask; None if it is not that."""
    scores, product = graph.scores(softmax), graph.only_reader(softmax)
    if scores is None or product is None or product.kind != "matmul" or product.inputs[0] != softmax.name:
        return None
    first, second = scores.product.inputs
    query, key, value = graph.side(first), graph.side(second, last=False), graph.side(product.inputs[1])
    if not (query and key and value and query.fits and key.fits and value.fits):
        return None
    three, output = Three(query, key, value), graph.output(product)
    if output is None or not three.fit or output.dense.shape[:-1] != query.dense.shape[:-1]:
        return None
    inner = [layer for side in three.all for layer in (side.dense, *side.between)]
    gone = [*inner, *scores.between, scores.product, softmax, product, *output.between]
    mask = _masked(graph, scores, output)
    if mask is None or not graph.is_closed(gone, output.dense):
        return None
    return _Found((*mask.layers, _layer(three, scores, output, mask)), frozenset(layer.name for layer in gone))


@dataclass(frozen=True)
class _Mask:
    """What stands for a mask: layers before, fields, and the tensor, if it is one."""

    layers: tuple[ImportedLayer, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()
    inputs: tuple[str, ...] = ()


def _layer(three: Three, scores: Scores, output: Output, mask: _Mask) -> ImportedLayer:
    """The layer in the place of the output projection."""
    width, value_width, units = count(three.query.own), count(three.value.own), int(output.dense.shape[-1])
    kernel = weights.parameter(three.query.dense, "kernel")
    fields: dict[str, Any] = {"num_heads": three.heads, "key_dim": width}
    if value_width != width:
        fields["value_dim"] = value_width
    if kernel is None or int(kernel.shape[0]) != units:
        fields["output_dim"] = units
    if not weights.has_biases(three, output):
        fields["use_bias"] = False
    factor = scores.scale * three.query.value.scale * three.key.value.scale * math.sqrt(width)
    return replace(
        output.dense,
        kind="multi_head_attention",
        fields=fields | dict(mask.fields),
        inputs=(*three.inputs, *mask.inputs),
        parameters=weights.parameters(three, output, 1.0 if abs(factor - 1) < _SMALL else factor),
    )


def _masked(graph: Graph, scores: Scores, output: Output) -> _Mask | None:
    """A mask that is added, as a field or an input; None for one that the layer does not take."""
    if not scores.mask:
        return _Mask()
    layer = graph.layers.get(scores.mask)
    if layer is None:  # an input, whose shape is not said here
        return None
    queries, keys = map(int, scores.product.shape[-2:])
    shape = [int(size) for size in layer.shape]
    while len(shape) > 1 and shape[0] == 1:
        shape.pop(0)
    fits = shape in ([queries, keys], [keys]) or (len(shape) == 3 and shape[1:] == [queries, keys])
    if layer.kind == "constant" and shape == [queries, keys] and _is_causal(layer, shape):
        return _Mask(fields=(("use_causal_mask", True),))
    return _of_tensor(graph, scores.mask, layer, tuple(shape), output) if fits else None


def _of_tensor(graph: Graph, mask: str, layer: ImportedLayer, shape: Shape, output: Output) -> _Mask | None:
    """A mask that is a tensor, without axes of length 1 in front."""
    additive = (("attention_mask", "additive"),)
    if shape == tuple(layer.shape):
        return _Mask(fields=additive, inputs=(mask,))
    name = f"{output.dense.name}_mask"
    if name in graph.layers:
        return None
    fields = {"target_shape": list(shape)}
    flat = replace(layer, name=name, kind="reshape", fields=fields, inputs=(mask,), parameters={}, source="")
    return _Mask((replace(flat, gives="", shape=shape),), additive, (name,))


def _is_causal(layer: ImportedLayer, shape: Sequence[int]) -> bool:
    """Whether what is added hides just what stands behind each place."""
    array = layer.parameters["value"].array().reshape(tuple(shape))
    behind = np.triu(np.ones(tuple(shape), bool), 1)
    return array.shape[0] == array.shape[1] and not array[~behind].any() and bool((array[behind] <= _HIDDEN).all())
