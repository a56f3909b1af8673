"""The operations of ONNX: by name, the function that makes layers of one. A family of operations is a file.

Each takes a `Call` and returns what the operation gives: a tensor of the network or a constant, or one for each output.
It raises FieldError, which names the reason, for what our kinds do not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.constants import Constant
    from dataflow_cli.importers.onnx.held import Held

    Value = Held | Constant
    Translate = Callable[[Call], Value | tuple[Value, ...]]

_FAMILIES = {
    "convolution": {"Conv": "convolution", "ConvTranspose": "transposed"},
    "pooling": {
        **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), "pooling"),
        **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), "whole"),
    },
    "products": {"Gemm": "gemm", "MatMul": "matmul"},
    "normalization": {
        "BatchNormalization": "batch",
        "LayerNormalization": "layer",
        "RMSNormalization": "root_mean_square",
        "InstanceNormalization": "instance",
        "GroupNormalization": "group",
        "LRN": "response",
        "LpNormalization": "length",
    },
    "activations": {
        **dict.fromkeys(
            (
                *("Relu", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu", "Selu", "Celu", "Gelu"),
                *("Softplus", "Softsign", "Mish", "ThresholdedRelu", "Abs", "Neg", "Exp", "Log", "Sqrt", "Sin", "Cos"),
                *("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"),
                *("Floor", "Ceil", "Round", "Sign", "Erf", "Reciprocal", "Swish", "Shrink"),
            ),
            "function",
        ),
        "PRelu": "prelu",
        **dict.fromkeys(("Softmax", "LogSoftmax"), "softmax"),
        "Clip": "clip",
        "Cast": "cast",
        "CastLike": "cast",
    },
    "elementwise": {
        **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow"), "arithmetic"),
        **dict.fromkeys(("Sum", "Mean", "Max", "Min"), "several"),
        **dict.fromkeys(("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"), "comparison"),
        **dict.fromkeys(("And", "Or", "Xor", "Not"), "logic"),
        "IsNaN": "is_nan",
        "IsInf": "is_infinite",
        "Mod": "remainder",
    },
    "reductions": {
        **dict.fromkeys(
            (
                *("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"),
                *("ReduceSumSquare", "ReduceLogSum"),
            ),
            "reduction",
        ),
        "ReduceLogSumExp": "log_sum_exp",
        "CumSum": "cumulative",
    },
    "einsum": {"Einsum": "einsum"},
    "recurrent": dict.fromkeys(("LSTM", "GRU", "RNN"), "recurrent"),
    "resizing": dict.fromkeys(("Resize", "Upsample"), "resize"),
    "blocks": dict.fromkeys(("DepthToSpace", "SpaceToDepth"), "blocks"),
    "taking": {
        "Slice": "slice_",
        "ReverseSequence": "backwards",
        "Split": "split",
        "Gather": "gather",
        "GatherElements": "along_axis",
        "GatherND": "by_places",
    },
    "putting": {"ScatterElements": "along_axis", "Scatter": "along_axis", "ScatterND": "by_places"},
    "attention": {"Attention": "attention"},
    "rotary": {"RotaryEmbedding": "rotary", "com.microsoft.RotaryEmbedding": "rotary_of_microsoft"},
    "quantized": {
        "QuantizeLinear": "quantize",
        "DequantizeLinear": "dequantize",
        "DynamicQuantizeLinear": "dynamic",
        "QLinearConv": "convolution",
        "ConvInteger": "convolution_integer",
        "QLinearMatMul": "product",
        "MatMulInteger": "product_integer",
    },
    "microsoft": {
        **dict.fromkeys(("com.microsoft.QLinearSigmoid", "com.microsoft.QLinearLeakyRelu"), "function"),
        **dict.fromkeys(("com.microsoft.QLinearAdd", "com.microsoft.QLinearMul"), "pair"),
        "com.microsoft.QLinearSoftmax": "softmax",
        "com.microsoft.QLinearGlobalAveragePool": "average",
        "com.microsoft.QLinearConcat": "concatenate",
        "com.microsoft.QGemm": "gemm",
    },
    "choosing": {"Where": "where", "Trilu": "triangle", "dftrace.ScatterND": "assigned"},
    "ranking": {**dict.fromkeys(("ArgMax", "ArgMin"), "place_of"), "TopK": "top_k"},
    "classes": {"OneHot": "one_hot", "Hardmax": "hardmax"},
    "shape": {
        "Identity": "same",
        "Dropout": "dropout",
        "Reshape": "reshape",
        "Flatten": "flatten",
        "Transpose": "transpose",
        "Squeeze": "squeeze",
        "Unsqueeze": "unsqueeze",
        "Expand": "expand",
        "Tile": "tile",
        "Concat": "concatenate",
        "Pad": "pad",
    },
}
"""By family, the operations and the functions that translate them."""

_TABLE = {
    operation: f"{__name__}.{family}.{function}"
    for family, operations in _FAMILIES.items()
    for operation, function in operations.items()
}


def translator(operation: str) -> Translate | None:
    """What translates an operation; None for one that there is no kind for."""
    if operation not in _TABLE:
        return None
    found: Translate = imported(_TABLE[operation])
    return found


def operations() -> tuple[str, ...]:
    """All that are translated."""
    return tuple(_TABLE)
