"""Whether two descriptions say the same, wherever and however it is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.netfile.sharing import written_shares

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.netfile.model import NetworkSpec, WeightsSpec


def difference(one: NetworkSpec, other: NetworkSpec) -> str:
    """The first part in which they differ, in words; nothing if they do not. Paths may be relative to other folders."""
    pairs = zip(_parts(one), _parts(other), strict=False)
    return next((what for (what, left), (_, right) in pairs if left != right), "")


def outputs_of(spec: NetworkSpec) -> tuple[str, ...]:
    """The names of the outputs, by default the last layer's."""
    return tuple(each.name for each in spec.outputs) or tuple(layer.name for layer in spec.layers[-1:])


def _parts(spec: NetworkSpec) -> Iterator[tuple[str, Any]]:
    yield "the number of inputs", len(spec.inputs)
    for each in spec.inputs:
        is_path = each.example is not None and isinstance(each.example.plain, str)
        example = None if each.example is None or is_path else each.example.plain
        said = replace(each, example=None, indices=False, place=None, asked=frozenset(), stated=True)
        yield f"input '{each.name}'", (said, is_path, example)
    yield "data_format", (spec.data_format, spec.data_format_written)
    yield "framework", spec.framework
    yield "tokenizer", spec.tokenizer is None
    yield "weights", _weights(spec.weights)
    yield "classes", spec.classes
    yield "the number of layers", len(spec.layers)
    for layer in spec.layers:
        own = {name: node.plain for name, node in layer.weights.items()}
        shares = written_shares(layer.shares)
        mask = None if layer.mask is None else layer.mask.name
        inputs = [each.name for each in layer.inputs]
        yield f"layer '{layer.name}'", (layer.name, layer.source, layer.layer, inputs, mask, own, shares)
    yield "outputs", outputs_of(spec)


def _weights(spec: WeightsSpec | None) -> Any:
    if spec is None:
        return None
    return spec.path is None, replace(spec, path=None, map=dict(spec.map), place=None, map_keys={})
