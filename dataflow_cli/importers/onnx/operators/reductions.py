"""One number from all along some axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.onnx.held import counted

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held

_KINDS = {
    "ReduceSum": ("", "reduce_sum", ""),
    "ReduceMean": ("", "reduce_mean", ""),
    "ReduceMax": ("", "reduce_max", ""),
    "ReduceMin": ("", "reduce_min", ""),
    "ReduceProd": ("", "reduce_product", ""),
    "ReduceL2": ("", "reduce_norm", ""),
    "ReduceL1": ("abs", "reduce_sum", ""),
    "ReduceSumSquare": ("square", "reduce_sum", ""),
    "ReduceLogSum": ("", "reduce_sum", "log"),
}
"""Kinds one behind the other."""
_OF_PICTURES = {"ReduceMean": "global_average_pooling", "ReduceMax": "global_max_pooling"}
"""Kinds for the same along all axes of space."""


def log_sum_exp(call: Call) -> Held:
    """ReduceLogSumExp: with the largest taken away beforehand, as else it would become infinite."""
    held = call.tensor(0)
    axes = call.setting("axes", 1)
    over = sorted({counted(axis, held.rank) for axis in axes} if axes else range(held.rank))
    fields = {"axis": held.keras_axes(over), "keepdims": True}
    most = call.layer("reduce_max", fields, [held], behind="_max", gives="")
    found = call.layer("subtract", {}, [held, most], behind="_less", gives="")
    for kind, more in (("exp", {}), ("reduce_sum", fields), ("log", {})):
        found = call.layer(kind, more, [found], behind=f"_{kind}", gives="")
    if call.attribute("keepdims", 1):
        return call.layer("add", {}, [found, most])
    found = call.layer("add", {}, [found, most], behind="_add", gives="")
    batch = held.batch if held.batch is None else held.batch - sum(axis < held.batch for axis in over)
    return call.layer("squeeze", {"axis": fields["axis"]}, [found], batch=batch)


def _is_space(held: Held, over: list[int]) -> bool:
    """Whether the axes are those behind samples and channels, all of them."""
    return held.batch == 0 and over == list(range(2, held.rank)) and 1 <= len(over) <= 3


def reduction(call: Call) -> Held:
    """ReduceSum and the like; the axes are an attribute or an input, by version."""
    held = call.tensor(0)
    axes = call.setting("axes", 1)
    before, kind, behind = _KINDS[call.operation]
    if not axes and call.attribute("noop_with_empty_axes", 0):
        return held if not before else call.layer(before, {}, [held])
    over = sorted({counted(axis, held.rank) for axis in axes} if axes else range(held.rank))
    keep = bool(call.attribute("keepdims", 1))
    if call.operation in _OF_PICTURES and call.channels_first and _is_space(held, over):
        kind = f"{_OF_PICTURES[call.operation]}{len(over)}d"
        return call.layer(kind, {"keepdims": keep}, [held])
    ours = held.keras_axes(over)
    batch = held.batch
    if batch is not None and not keep:
        batch -= sum(axis < batch for axis in over)
    fields: dict[str, Any] = {"axis": None if len(ours) == len(held.sample) else ours, "keepdims": keep}
    if before:
        held = call.layer(before, {}, [held], behind=f"_{before}", gives="")
    name = f"_{kind}" if behind else ""
    held = call.layer(kind, fields, [held], batch=batch, behind=name, gives="" if behind else None)
    return call.layer(behind, {}, [held], batch=batch) if behind else held


def cumulative(call: Call) -> Held:
    """CumSum: along one axis, which is an input."""
    held = call.tensor(0)
    axis = counted(int(call.constant(1, "axis").scalar()), held.rank)
    flags = {name: bool(call.attribute(name, 0)) for name in ("exclusive", "reverse")}
    fields = {"axis": call.place(held, axis) + 1, **{name: True for name, said in flags.items() if said}}
    return call.layer("cumulative_sum", fields, [held])
