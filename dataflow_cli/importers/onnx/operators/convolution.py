"""Convolutions: kernels (filters, channels, *spatial) there, (*spatial, channels, filters) here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.operators.windows import (
    differing,
    numbers,
    one_an_axis,
    padding,
    pads,
    reach,
    spatial_axes,
)
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.constants import Constant
    from dataflow_cli.importers.onnx.held import Held


def convolution(call: Call) -> Held:
    """Conv: dense, grouped, or of every channel by itself."""
    held = call.each(0)
    count = spatial_axes(held)
    kernel = _kernel(call, count)
    sizes = list(kernel.shape[2:])
    strides, dilations = numbers(call, "strides", count, 1), numbers(call, "dilations", count, 1)
    fields: dict[str, Any] = {
        "kernel_size": one_an_axis(sizes),
        **differing("strides", strides),
        "padding": padding(call, held, sizes, strides, dilations),
        **differing("dilation_rate", dilations),
        "use_bias": call.has(2),
    }
    parameters = {"bias": call.constant(2, "bias")} if call.has(2) else {}
    filters, groups, channels = kernel.shape[0], call.attribute("group", 1), held.shape[1]
    spatial = range(2, count + 2)
    if groups > 1 and groups == channels and filters % groups == 0:
        by_channel = kernel.reshaped((channels, filters // groups, *sizes))
        parameters["kernel"] = by_channel.transposed((*spatial, 0, 1))
        kind = _by_channel(count)
        fields |= {} if filters == channels else {"depth_multiplier": filters // groups}
        if kind:
            return call.layer(kind, fields, [held], parameters)
    parameters["kernel"] = kernel.transposed((*spatial, 1, 0))
    fields = {"filters": filters, **fields, **({"groups": groups} if groups != 1 else {})}
    fields.pop("depth_multiplier", None)
    return call.layer(f"conv{count}d", fields, [held], parameters)


def transposed(call: Call) -> Held:
    """ConvTranspose: kernels (channels, filters, *spatial) there, (*spatial, filters, channels) here."""
    held = call.each(0)
    count = spatial_axes(held)
    kernel = _kernel(call, count)
    sizes, groups = list(kernel.shape[2:]), call.attribute("group", 1)
    strides, dilations = numbers(call, "strides", count, 1), numbers(call, "dilations", count, 1)
    cut, more = _cut(call, held, reach(sizes, dilations), strides)
    fields: dict[str, Any] = {
        "filters": kernel.shape[1] * groups,
        "kernel_size": one_an_axis(sizes),
        **differing("strides", strides),
        "padding": one_an_axis(cut) if any(map(any, cut)) else "valid",
        "output_padding": one_an_axis(more),
        **differing("dilation_rate", dilations),
        **({"groups": groups} if groups != 1 else {}),
        "use_bias": call.has(2),
    }
    parameters = {"kernel": kernel.transposed((*range(2, count + 2), 1, 0))}
    if call.has(2):
        parameters["bias"] = call.constant(2, "bias")
    return call.layer(f"conv{count}d_transpose", fields, [held], parameters)


def _kernel(call: Call, count: int) -> Constant:
    kernel = call.constant(1, "kernel")
    if len(kernel.shape) != count + 2:
        raise FieldError(f"its kernel has {len(kernel.shape)} axes, and its input {count + 2}")
    said = call.attribute("kernel_shape")
    if said and list(said) != list(kernel.shape[2:]):
        raise FieldError(f"its kernel_shape {list(said)} is not that of its kernel {list(kernel.shape[2:])}")
    return kernel


def _by_channel(count: int) -> str:
    """The kind for every channel by itself; nothing where there is none."""
    return {1: "depthwise_conv1d", 2: "depthwise_conv2d"}.get(count, "")


def _cut(call: Call, held: Held, sizes: Sequence[int], strides: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """What is cut off before and after every axis, and what is added behind it."""
    count = len(sizes)
    more = list(call.attribute("output_padding") or [0] * count)
    way, wanted = call.attribute("auto_pad", "NOTSET"), call.attribute("output_shape")
    if not wanted and way in ("NOTSET", "VALID", ""):
        return (pads(call, count) if way != "VALID" else [[0, 0]] * count), more
    lengths = held.shape[2:]
    if not is_known(lengths) and wanted:
        raise FieldError("what is cut off depends on sizes that are not known", hint="export it with fixed sizes")
    pairs = []
    for axis in range(count):
        full = strides[axis] * (lengths[axis] - 1) + more[axis] + sizes[axis]
        goal = list(wanted)[-count:][axis] if wanted else strides[axis] * lengths[axis]
        total = int(full - goal)
        more[axis] += max(-total, 0)
        less, rest = max(total, 0) // 2, max(total, 0) - max(total, 0) // 2
        pairs.append([less, rest] if way != "SAME_LOWER" and (way == "SAME_UPPER" or not wanted) else [rest, less])
    return pairs, more
