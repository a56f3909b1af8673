"""ArgMax, ArgMin and TopK."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held


def place_of(call: Call) -> Held:
    """ArgMax and ArgMin: the first of equals."""
    if call.attribute("select_last_index", 0):
        raise FieldError("it takes the last one of equals (`select_last_index`), and dftrace the first")
    x = call.tensor(0)
    axis = call.axis(0, x)
    keeps = bool(call.attribute("keepdims", 1))
    fields = {"axis": call.place(x, axis) + 1} | ({"keepdims": True} if keeps else {})
    batch = x.batch if keeps or x.batch is None else x.batch - (x.batch > axis)
    return call.layer(call.operation.lower(), fields, [x], batch=batch, dtype="int64")


def top_k(call: Call) -> tuple[Held, Held]:
    """TopK, whose number was an attribute before version 10."""
    x = call.tensor(0)
    (k,) = call.setting("k", 1) if call.has(1) else (call.attribute("k", 1),)
    axis = call.axis(-1, x)
    fields = {"k": k, "axis": call.place(x, axis) + 1} | ({} if call.attribute("largest", 1) else {"largest": False})
    layer = call.layer("top_k", fields, [x], gives="")
    values = replace(layer, name=f"{layer.name}:values")
    return values, replace(values, name=f"{layer.name}:indices", dtype="int64")
