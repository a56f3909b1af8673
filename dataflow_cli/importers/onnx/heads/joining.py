"""Attention with its projections, which exporters write as some thirty operations, as the one layer that it is.

    out = dense( softmax( query · keyᵀ · scale + mask ) · value ),  query, key and value each a part of a dense layer

Whatever stands between these products only moves elements, so it is followed by what it does and not by how it is
written. Nobody else may read what goes; names are those of the module whose output projection it has.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.onnx.heads import looking, weights
from dataflow_cli.importers.onnx.heads.found import SMALL, Found, Mask, masked
from dataflow_cli.importers.onnx.heads.graph import Graph
from dataflow_cli.importers.onnx.heads.sides import Three, count
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from dataflow_cli.importers.described import Imported, ImportedLayer
    from dataflow_cli.importers.onnx.heads.graph import Output, Scores


def with_heads(model: Imported) -> Imported:
    """The same network with `multi_head_attention` where its operations are that."""
    softmaxes = [layer for layer in model.layers if layer.kind == "softmax"]
    graph = Graph(model)
    every = (_attention(graph, layer) or looking.attention(graph, layer) for layer in softmaxes)
    found = {each.layers[-1].name: each for each in every if each}
    if not found:
        return model
    names: dict[str, str] = {}
    for name, each in found.items():
        module = name.rpartition(".")[0] if each.is_whole else ""
        if module and module not in graph.layers and module not in names.values():
            names[name] = module
    return replace(model, layers=tuple(_replaced(model, found, names))).renamed(names)


def _replaced(model: Imported, found: dict[str, Found], names: dict[str, str]) -> list[ImportedLayer]:
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


def _attention(graph: Graph, softmax: ImportedLayer) -> Found | None:
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
    mask = masked(graph, scores, output.dense.name)
    if mask is None or not graph.is_closed(gone, output.dense):
        return None
    return Found(
        (*mask.layers, _layer(three, scores, output, mask)), frozenset(layer.name for layer in gone), is_whole=True
    )


def _layer(three: Three, scores: Scores, output: Output, mask: Mask) -> ImportedLayer:
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
        parameters=weights.parameters(three, output, 1.0 if abs(factor - 1) < SMALL else factor),
    )
