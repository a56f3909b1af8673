"""What our side lacks that the other has, which no change of ours can make up: a bias, or finer weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.budget import ELEMENT, budget
from dataflow_cli.diff.causes.parameters import ROUNDINGS
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters

STEPS = {"float16": 2.0**-11, "bfloat16": 2.0**-8}
"""How far rounding to a type moves a number, of its size, at most."""


def cause(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """What the other side has; None if that is not known, or not of this kind of layer."""
    if not fault.node.layer.sums_products or "kernel" not in parameters:
        return None
    return _bias(fault, parameters, side) or _coarse(fault, parameters, side)


def _bias(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """A constant of each channel's own, where that explains all of the error."""
    layer: Any = fault.node.layer  # of the kinds that have the field
    axis = channel_axis(fault.node)
    if "use_bias" not in type(layer).options():
        return None
    by = _constants(fault, parameters, axis)
    if by is None:
        return None
    has = parameters.get("bias", np.zeros(len(by)))
    changed = replace(layer, use_bias=True)
    allowed = budget(changed, list(fault.inputs), {**parameters, "bias": has + by}, fault.dtype, fault.noise)
    if allowed.used(fault.got, axis) > 1:
        return None
    if not has.any():
        largest = float(by[np.argmax(np.abs(by))])
        found = f"equal if {side} has a bias, as the other side has; the largest is {largest:.6g}"
        return Cause(found, "Check whether the bias was loaded, and `use_bias`")
    count = int(np.count_nonzero(np.abs(by) > np.finfo(np.float32).eps * np.abs(has).max()))
    return Cause(f"equal if the bias is another in {count} of {len(by)} channels", "Compare the bias of both sides")


def _constants(fault: Judged, parameters: Parameters, axis: int) -> Array | None:
    """What every channel of the other side has more before the activation, as far as that lets see."""
    layer = fault.node.layer
    before = layer.forward(list(fault.inputs), parameters)
    function = layer.result_activation
    handed = np.ones(before.shape, bool)
    if function is not None:
        handed = (fault.got != 0) & (function([fault.got.copy()], {}) == fault.got)
    error = np.moveaxis(np.where(handed, fault.got - before, np.nan), axis, -1).reshape(-1, fault.got.shape[axis])
    if len(error) < 2 or np.isnan(error).all(axis=0).all():
        return None
    seen = ~np.isnan(error).all(axis=0)
    found = np.zeros(error.shape[1])
    found[seen] = np.nanmedian(error[:, seen], axis=0)
    return found


def _coarse(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """Weights that are all numbers of fewer bits, where what rounding to these took away may be the whole error."""
    for called, step in STEPS.items():
        wide = [array for array in parameters.values() if array.ndim > 1]
        if all((ROUNDINGS[called](array) == array).all() for array in wide) and _within(fault, parameters, step):
            found = (
                f"{side} has weights that are all {called} numbers, and the error is within what rounding to that takes"
            )
            return Cause(found, "Give both sides the same weights")
    return None


def _within(fault: Judged, parameters: Parameters, step: float) -> bool:
    """Whether no element errs more than if every weight were off by half a step."""
    layer = fault.node.layer
    magnitudes = {name: np.abs(array) for name, array in parameters.items()}
    sums = layer.forward([np.abs(x) for x in fault.inputs], magnitudes)
    apart = np.abs(fault.got - fault.allowed.wanted)
    return bool((apart <= 1.2 * step * sums + ELEMENT * fault.allowed.element).all())
