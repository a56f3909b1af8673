"""Attention, of versions 23 to 25: queries, keys and values that other layers made, a mask, and what a cache holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.held import Held, without
from dataflow_cli.importers.onnx.operators.arranging import reshaped

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call

_MASK, _PAST, _LENGTHS = 3, (4, 5), 6
"""Which inputs they are."""
_PRECISIONS = (1, 10, 11, 16)
_TYPE = "scaled_dot_product_attention"


def attention(call: Call) -> tuple[Held, ...]:
    """What queries take from values; keys and values with those of the past; and scores, by `qk_matmul_output_mode`."""
    if call.attribute("softmax_precision", 1) not in _PRECISIONS:
        raise FieldError("its softmax is computed in a type that dftrace does not compute in (`softmax_precision`)")
    query, key, value = (call.sampled(place) for place in range(3))
    if {query.rank, key.rank, value.rank} not in ({3}, {4}):
        raise FieldError("its queries, keys and values do not all have 3 axes, or all 4")
    fields = _fields(call, by_rows=query.rank == 3)
    inputs = [query, key, value]
    if call.has(_MASK):
        mask = _mask(call, query)
        fields["attention_mask"] = "boolean" if mask.dtype == "bool" else "additive"
        inputs.append(mask)
    if any(call.has(place) for place in _PAST):
        fields["past"] = True
        inputs += [call.sampled(place) for place in _PAST]
    if call.has(_LENGTHS):
        fields["key_lengths"] = True
        inputs.append(call.sampled(_LENGTHS))
    layer = call.layer(_TYPE, fields, inputs, batch=0)
    return layer, *_within(call, layer, inputs)


def _fields(call: Call, *, by_rows: bool) -> dict[str, Any]:
    """What says how queries meet keys."""
    fields: dict[str, Any] = {}
    heads, groups = call.attribute("q_num_heads"), call.attribute("kv_num_heads")
    if by_rows:
        if not heads or not groups:
            raise FieldError("it does not say how many heads there are (`q_num_heads`, `kv_num_heads`)")
        fields["num_heads"] = heads
        if groups != heads:
            fields["num_key_value_heads"] = groups
    if call.attribute("is_causal", 0):
        fields["use_causal_mask"] = True
    if call.attribute("scale") is not None:
        fields["scale"] = call.number("scale")
    if call.attribute("softcap", 0.0):
        fields["softcap"] = call.number("softcap")
    for name in ("left", "right"):
        size = call.attribute(f"{name}_window_size", -1)
        if size >= 0:
            fields[f"{name}_window"] = size
    return fields


def _mask(call: Call, query: Held) -> Held:
    """The mask of a sample: (queries, keys) or (heads, queries, keys), the same for all samples if it has no more."""
    held = call.tensor(_MASK)
    if held.rank < 4:
        call.wants(held, None)
        return held
    if held.rank > 4:
        raise FieldError("its mask has more than four axes")
    one = held.shape[0] == 1 and query.shape[0] != 1
    if not one and call.is_constant(_MASK):
        raise FieldError("its mask is not the same for every sample")
    call.wants(held, None if one else 0)
    return reshaped(call, held, without(held.shape, 0), None, "_mask") if one else held


def _within(call: Call, layer: Held, inputs: list[Held]) -> list[Held]:
    """What it puts out beside its result: tensors within the layer."""
    query, key, value = inputs[:3]
    groups = call.attribute("kv_num_heads") if key.rank == 3 else key.shape[1]
    heads = call.attribute("q_num_heads") if query.rank == 3 else query.shape[1]
    places = key.shape[-2] + (inputs[-2].shape[2] if any(call.has(place) for place in _PAST) else 0)
    widths = [held.shape[-1] // (groups if held.rank == 3 else 1) for held in (key, value)]
    mode = call.attribute("qk_matmul_output_mode", 0)
    capped = "capped" if call.attribute("softcap", 0.0) else "scores"
    names = ("key", "value", {0: capped, 1: capped, 2: "masked", 3: "weights"}[mode])
    shapes = ((groups, places, widths[0]), (groups, places, widths[1]), (heads, query.shape[-2], places))
    return [
        replace(layer, name=f"{layer.name}:{name}", shape=(layer.shape[0], *shape))
        for name, shape in zip(names, shapes, strict=True)
    ]
