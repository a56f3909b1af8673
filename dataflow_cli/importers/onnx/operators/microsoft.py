"""ONNX Runtime's own operations on whole numbers, which its quantizer writes: from whole numbers, as usual, and back.

They are computed so there too, but for sums of whole numbers: the result may be the neighbouring one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.operators.elementwise import combined
from dataflow_cli.importers.onnx.operators.quantized import restored, stepped

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.importers.onnx.call import Call

    Value = Held | Constant

_FUNCTIONS: dict[str, Callable[[Call], tuple[str, dict[str, Any]]]] = {
    "QLinearSigmoid": lambda _: ("sigmoid", {}),
    "QLinearLeakyRelu": lambda call: ("leaky_relu", {"negative_slope": call.number("alpha", 0.01)}),
}
_PAIRS = {"QLinearAdd": "add", "QLinearMul": "multiply"}


def function(call: Call) -> Held:
    """QLinearSigmoid, QLinearLeakyRelu: of every number."""
    kind, fields = _FUNCTIONS[call.operation](call)
    return stepped(call, call.layer(kind, fields, [_input(call, 0)], behind="_plain", gives=""), 3)


def pair(call: Call) -> Held:
    """QLinearAdd, QLinearMul: of two tensors."""
    values = [restored(call, place, place + 1, place + 2) for place in (0, 3)]
    return stepped(call, combined(call, _PAIRS[call.operation], values, behind="_plain"), 6)


def softmax(call: Call) -> Held:
    """QLinearSoftmax; before version 13 of ONNX's operations along all axes from one on."""
    held = _input(call, 0)
    first = call.axis(-1, held)
    axes = held.keras_axes([first] if call.attribute("opset", 13) >= 13 else range(first, held.rank))
    fields = {} if axes == [len(held.sample)] else {"axis": axes}
    return stepped(call, call.layer("softmax", fields, [held], behind="_plain", gives=""), 3)


def average(call: Call) -> Held:
    """QLinearGlobalAveragePool."""
    if call.attribute("channels_last", 0):
        raise FieldError("its channels stand last, and those of ONNX's operations second")
    held = _input(call, 0)
    count = held.rank - 2
    pooled = call.layer(f"global_average_pooling{count}d", {"keepdims": True}, [held], behind="_plain", gives="")
    return stepped(call, pooled, 3)


def concatenate(call: Call) -> Held:
    """QLinearConcat: scale and zero point of the result, then three inputs for each tensor."""
    values = [restored(call, place, place + 1, place + 2) for place in range(2, len(call.node.inputs), 3)]
    held = [value if isinstance(value, Held) else call.held(value) for value in values]
    fields = {"axis": held[0].keras_axis(call.axis(1, held[0]))}
    return stepped(call, call.layer("concatenate", fields, held, behind="_plain", gives=""), 0)


def gemm(call: Call) -> Held:
    """QGemm: A · B' and a bias, whose scale is that of both."""
    held, kernel = _input(call, 0), restored(call, 3, 4, 5)
    if call.attribute("transA", 0) or not isinstance(kernel, Constant):
        raise FieldError("its first matrix is turned round, or its second made by layers")
    kernel = kernel.transposed((1, 0)) if call.attribute("transB", 0) else kernel
    alpha, parameters = call.number("alpha", 1.0), {}
    if call.has(6):
        scales = [call.constant(place, "scale") for place in (1, 4)]
        parameters["bias"] = call.constant(6, "bias").changed(
            lambda array: array.astype("float32") * (scales[0].array() * scales[1].array()).astype("float32"),
            dtype="float32",
        )
    if alpha != 1:
        raise FieldError(f"its alpha is {alpha}, and not 1")
    parameters["kernel"] = kernel
    fields = {"units": kernel.shape[1], "use_bias": call.has(6)}
    ends = not call.has(7)
    found = call.layer("dense", fields, [held], parameters, **({} if ends else {"behind": "_plain", "gives": ""}))
    return found if ends else stepped(call, found, 7)


def _input(call: Call, place: int) -> Held:
    """An input with the scale and zero point behind it, as usual numbers."""
    value = restored(call, place, place + 1, place + 2)
    return value if isinstance(value, Held) else call.held(value)
