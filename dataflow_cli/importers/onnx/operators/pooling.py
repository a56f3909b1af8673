"""Pools: the largest or the mean of a window, or of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.operators.windows import differing, numbers, one_an_axis, padding, spatial_axes
from dataflow_cli.importers.onnx.state import QUANTIZED

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held

_KINDS = {"MaxPool": "max_pooling", "AveragePool": "average_pooling", "LpPool": "lp_pooling"}
_WHOLE = {"GlobalAveragePool": "global_average_pooling", "GlobalMaxPool": "global_max_pooling"}


def pooling(call: Call) -> Held:
    """MaxPool, AveragePool, LpPool."""
    held = call.each(0)
    count = spatial_axes(held)
    sizes, strides = numbers(call, "kernel_shape", count, 1), numbers(call, "strides", count, 1)
    dilations = numbers(call, "dilations", count, 1)
    fields = {
        "pool_size": one_an_axis(sizes),
        "strides": None if strides == sizes else one_an_axis(strides),
        "padding": padding(call, held, sizes, strides, dilations),
        **differing("dilation_rate", dilations),
        "ceil_mode": bool(call.attribute("ceil_mode", 0)),
    }
    if call.operation == "AveragePool":
        fields["count_include_pad"] = bool(call.attribute("count_include_pad", 0))
    if call.operation == "LpPool":
        fields["p"] = int(call.attribute("p", 2))
    kind = f"{_KINDS[call.operation]}{count}d"
    if held.dtype not in QUANTIZED or call.operation == "MaxPool":  # which whole numbers stay what they are in
        return call.layer(kind, fields, [held])
    pooled = call.layer(kind, fields, [held], behind="_pooled", gives="")  # which is computed like any number
    return call.layer("cast", {"dtype": held.dtype}, [pooled])


def whole(call: Call) -> Held:
    """GlobalAveragePool, GlobalMaxPool; the length of all of a channel as a reduction."""
    held = call.each(0)
    if call.operation == "GlobalLpPool":
        if call.attribute("p", 2) != 2:
            raise FieldError("dftrace has the sum of powers of everything for p = 2 alone")
        axes = held.keras_axes(range(2, held.rank))
        return call.layer("reduce_norm", {"axis": axes, "keepdims": True}, [held])
    count = spatial_axes(held)
    return call.layer(f"{_WHOLE[call.operation]}{count}d", {"keepdims": True}, [held])
