"""Whole numbers that stand for others: QuantizeLinear and its kin, and convolutions and products of such numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held, without
from dataflow_cli.importers.onnx.operators.windows import differing, numbers, one_an_axis, padding, spatial_axes
from dataflow_cli.importers.onnx.tensors import TYPES
from dataflow_cli.unknown import known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call

_TYPES = ("uint8", "int8", "uint16", "int16")
_WHOLE = (*_TYPES, "int32")


def quantize(call: Call) -> Held:
    """QuantizeLinear: steps of a scale from a zero point, which also says the type."""
    x, zero = call.tensor(0), call.constant(2, "zero point") if call.has(2) else None
    said = TYPES.get(call.attribute("output_dtype", 0), "")
    dtype = zero.dtype if zero is not None else said or "uint8"
    if dtype not in _TYPES:
        raise FieldError(f"it quantizes to {dtype}, which dftrace does not")
    fields, parameters = scaled(call, x, call.constant(1, "scale"), zero)
    fields |= {} if dtype == "uint8" else {"dtype": dtype}
    return call.layer("quantize_linear", fields, [x], parameters, dtype=dtype)


def dequantize(call: Call) -> Held:
    """DequantizeLinear."""
    x, zero = call.tensor(0), call.constant(2, "zero point") if call.has(2) else None
    if x.dtype not in _WHOLE:
        raise FieldError(f"it takes numbers of {x.dtype}, which dftrace does not")
    scale = call.constant(1, "scale")
    return call.layer(
        "dequantize_linear", *scaled(call, x, scale, zero)[:1], [x], scaled(call, x, scale, zero)[1], dtype=scale.dtype
    )


def scaled(call: Call, x: Held, scale: Constant, zero: Constant | None) -> tuple[dict[str, Any], dict[str, Constant]]:
    """The fields and parameters that say which scale an element has: one, one a place of an axis, or one a block."""
    fields: dict[str, Any] = {} if zero is not None else {"use_zero_point": False}
    block = call.attribute("block_size", 0)
    if scale.count == 1 and not block:
        shape: Sequence[int] = ()
    else:
        axis = call.axis(1, x)
        fields["axis"] = x.keras_axis(axis)
        shape = (scale.count,)
        if block:
            fields["block_size"] = block
            if len(scale.shape) != x.rank or (x.batch is not None and scale.shape[x.batch] != 1):
                raise FieldError("its scales are not the same for every sample")
            shape = without(scale.shape, x.batch)
    parameters = {"scale": scale.reshaped(shape)}
    return fields, parameters | ({} if zero is None else {"zero_point": zero.reshaped(shape)})


def dynamic(call: Call) -> tuple[Held, Held, Held]:
    """DynamicQuantizeLinear: the numbers, their scale and their zero point, each within one layer."""
    x = call.tensor(0)
    if x.batch is not None and known(x.shape[x.batch]) not in (None, 1):
        call.wants(x, None)  # one scale for all samples
    layer = call.layer("dynamic_quantize_linear", {}, [x], gives="")
    values = replace(layer, name=f"{layer.name}:values", dtype="uint8")
    number = Held(f"{layer.name}:scale", (), None, x.dtype)
    return values, number, replace(number, name=f"{layer.name}:zero_point", dtype="uint8")


def convolution(call: Call) -> Held:
    """QLinearConv: whole numbers to whole numbers."""
    x, kernel = call.sampled(0), call.constant(3, "kernel")
    zero = call.constant(7, "output's zero point")
    fields, parameters = _convolved(call, x, kernel, call.constant(5, "kernel's zero point"))
    count = x.rank - 2
    fields |= {"use_bias": call.has(8)} | ({} if zero.dtype == "uint8" else {"dtype": zero.dtype})
    parameters |= _pair(call, "input", 1) | _pair(call, "output", 6)
    parameters |= _per_filter(call, 4, "kernel_scale", per_channel="per_channel" in fields)
    if call.has(8):
        parameters["bias"] = call.constant(8, "bias")
    return call.layer(f"qlinear_conv{count}d", fields, [x], parameters, dtype=zero.dtype)


def convolution_integer(call: Call) -> Held:
    """ConvInteger: sums in int32; the input's zero point may come from layers."""
    x, kernel = call.sampled(0), call.constant(1, "kernel")
    kernel_zero = call.constant(3, "kernel's zero point") if call.has(3) else None
    fields, parameters = _convolved(call, x, kernel, kernel_zero)
    inputs = [x]
    zero = call.value(2) if call.has(2) else None
    if zero is None and kernel_zero is None:
        fields["use_zero_point"] = False
        del parameters["kernel_zero_point"]
    elif isinstance(zero, Held):
        inputs.append(zero)
    else:
        parameters["input_zero_point"] = _number(zero, x.dtype)
    return call.layer(f"conv_integer{x.rank - 2}d", fields, inputs, parameters, dtype="int32")


def _convolved(
    call: Call, x: Held, kernel: Constant, zero: Constant | None
) -> tuple[dict[str, Any], dict[str, Constant]]:
    """The fields and parameters of a convolution of whole numbers."""
    count = spatial_axes(x)
    if len(kernel.shape) != count + 2:
        raise FieldError(f"its kernel has {len(kernel.shape)} axes, and its input {count + 2}")
    sizes, groups = list(kernel.shape[2:]), call.attribute("group", 1)
    strides, dilations = numbers(call, "strides", count, 1), numbers(call, "dilations", count, 1)
    each = zero is not None and zero.count > 1
    scales_each = call.operation == "QLinearConv" and call.constant(4, "kernel's scale").count > 1
    fields: dict[str, Any] = {
        "filters": kernel.shape[0],
        "kernel_size": one_an_axis(sizes),
        **differing("strides", strides),
        "padding": padding(call, x, sizes, strides, dilations),
        **differing("dilation_rate", dilations),
        **({"groups": groups} if groups != 1 else {}),
        **({"kernel_type": kernel.dtype} if kernel.dtype != "int8" else {}),
        **({"per_channel": True} if each or scales_each else {}),
    }
    parameters = {"kernel": kernel.transposed((*range(2, count + 2), 1, 0))}
    wide = (kernel.shape[0],) if each or scales_each else ()
    parameters["kernel_zero_point"] = _number(zero, kernel.dtype) if zero is None else _spread(zero, wide)
    if zero is None and wide:
        parameters["kernel_zero_point"] = _spread(parameters["kernel_zero_point"], wide)
    return fields, parameters


def _per_filter(call: Call, place: int, name: str, *, per_channel: bool) -> dict[str, Constant]:
    value = call.constant(place, name)
    return {name: _spread(value, (call.constant(3, "kernel").shape[0],) if per_channel else ())}


def _spread(value: Constant, shape: tuple[int, ...]) -> Constant:
    """One number for all, or as many as there are."""
    if value.count == 1 and shape:
        return value.changed(lambda array: array.reshape(-1).repeat(shape[0]), shape)
    return value.reshaped(shape)


def _number(value: Constant | None, dtype: str) -> Constant:
    """A single zero point; 0 where nothing is said."""
    return Constant((), dtype, (0,)) if value is None else value.reshaped(())


def _pair(call: Call, name: str, place: int) -> dict[str, Constant]:
    """A scale and the zero point behind it, of which there is one each."""
    scale, zero = call.constant(place, f"{name}'s scale"), call.constant(place + 1, f"{name}'s zero point")
    return {f"{name}_scale": scale.reshaped(()), f"{name}_zero_point": zero.reshaped(())}


def product(call: Call) -> Held:
    """QLinearMatMul: whole numbers to whole numbers."""
    zero = call.constant(7, "output's zero point")
    first, second = call.tensor(0), call.tensor(3)
    columns = call.constant(4, "scale").count > 1 or call.constant(5, "zero point").count > 1
    fields: dict[str, Any] = {"per_column": True} if columns else {}
    fields |= {} if zero.dtype == "uint8" else {"dtype": zero.dtype}
    wide = (second.shape[-1],) if columns else ()
    parameters = _pair(call, "first", 1) | _pair(call, "output", 6)
    parameters |= {
        "second_scale": _spread(call.constant(4, "scale"), wide),
        "second_zero_point": _spread(call.constant(5, "zero point"), wide),
    }
    return _multiplied(call, "qlinear_matmul", fields, [first, second], parameters)


def product_integer(call: Call) -> Held:
    """MatMulInteger: sums in int32; zero points may come from layers."""
    inputs = [call.tensor(0), call.tensor(1)]
    zeros = [call.value(place) if call.has(place) else None for place in (2, 3)]
    if zeros == [None, None]:
        return _multiplied(call, "matmul_integer", {"use_zero_point": False}, inputs, {})
    one, other = (_number(None, held.dtype) if zero is None else zero for zero, held in zip(zeros, inputs, strict=True))
    if isinstance(other, Held):
        return _multiplied(call, "matmul_integer", {}, [*inputs, call.held(one), other], {})
    columns = other.count > 1
    fields: dict[str, Any] = {"per_column": True} if columns else {}
    parameters = {"second_zero_point": other.reshaped((inputs[1].shape[-1],) if columns else ())}
    if isinstance(one, Held):
        return _multiplied(call, "matmul_integer", fields, [*inputs, one], parameters)
    parameters["first_zero_point"] = one.reshaped(())
    return _multiplied(call, "matmul_integer", fields, inputs, parameters)


def _multiplied(
    call: Call, kind: str, fields: dict[str, Any], inputs: Sequence[Held], parameters: dict[str, Constant]
) -> Held:
    """The product; where a sample of the first is a vector, it is a matrix of one row."""
    first, *others = inputs
    dtype = fields.get("dtype", "uint8" if kind == "qlinear_matmul" else "int32")
    if len(first.sample) != 1 or first.rank == 1:
        return call.layer(kind, fields, inputs, parameters, dtype=dtype)
    row = call.layer("expand_dims", {"axis": 1}, [first], behind="_row", gives="")
    found = call.layer(kind, fields, [row, *others], parameters, dtype=dtype, behind="_product", gives="")
    return call.layer("squeeze", {"axis": 1}, [found], dtype=dtype)


# Whole numbers as usual ones and back, within other operations


def restored(call: Call, place: int, scale: int, zero: int) -> Held | Constant:
    """An input of whole numbers as those that they stand for."""
    value = call.value(place)
    step = call.constant(scale, "scale").reshaped(())
    offset = call.constant(zero, "zero point").reshaped(()) if call.has(zero) else None
    if isinstance(value, Constant):
        less = 0 if offset is None else int(offset.scalar())
        return value.changed(
            lambda array: (array.astype("int32") - less).astype("float32") * step.array(), dtype="float32"
        )
    fields, parameters = _with(step, offset)
    return call.layer(
        "dequantize_linear", fields, [value], parameters, dtype="float32", behind=f"_input_{place}", gives=""
    )


def stepped(call: Call, held: Held, place: int) -> Held:
    """What the operation gives, in whole numbers by the scale and zero point that are its inputs from a place on."""
    zero = call.constant(place + 1, "output's zero point").reshaped(()) if call.has(place + 1) else None
    dtype = "uint8" if zero is None else zero.dtype
    fields, parameters = _with(call.constant(place, "output's scale").reshaped(()), zero)
    fields |= {} if dtype == "uint8" else {"dtype": dtype}
    return call.layer("quantize_linear", fields, [held], parameters, dtype=dtype)


def _with(scale: Constant, zero: Constant | None) -> tuple[dict[str, Any], dict[str, Constant]]:
    """The fields and parameters of one scale for all."""
    if zero is None:
        return {"use_zero_point": False}, {"scale": scale}
    return {}, {"scale": scale, "zero_point": zero}
