"""The cases that the onnx package has of single operations: a model, its inputs and outputs, and how near is near.

Some hand what every exported model has as a part of it, `shape`, `axes`, `scales`, kernels, to the model from outside.
A network has its shapes and its parameters before it runs, so such a case is tried as it stands, and where that is
refused a second time with all inputs but the first as initializers.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

COUNTED = frozenset(
    (
        *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Gemm", "MatMul"),
        *("Relu", "LeakyRelu", "Sigmoid", "Tanh", "Softmax", "LogSoftmax", "BatchNormalization", "LayerNormalization"),
        *("Flatten", "Reshape", "Add", "Concat", "Pad", "Clip", "HardSigmoid", "Elu", "Selu", "Gelu", "PRelu"),
        *("Softplus", "LRN", "Dropout", "Identity", "Transpose", "Squeeze", "Unsqueeze", "Mul", "Sub", "Div"),
        *("ReduceMean", "Resize", "Upsample", "LSTM", "GRU", "RNN", "Attention"),
    )
)
"""The operations whose cases are counted against the floor."""
BEYOND = frozenset(
    (
        *("HardSwish", "Softsign", "Mish", "Celu", "ThresholdedRelu", "InstanceNormalization", "GroupNormalization"),
        *("RMSNormalization", "DepthToSpace", "SpaceToDepth", "LpPool", "GlobalLpPool", "Slice", "Split", "Gather"),
        *("Cast", "Sum", "Max", "Min", "Mean", "Exp", "Sqrt", "Pow", "Constant", "Expand", "Abs", "Neg", "Log", "Erf"),
        *("Reciprocal", "Floor", "Ceil", "Sign", "Sin", "Cos", "ArgMax", "ArgMin", "TopK", "Where", "Greater", "Less"),
        *("GreaterOrEqual", "LessOrEqual", "Equal", "Not", "Tile", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"),
        *("ReduceL2", "RotaryEmbedding", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Shrink"),
        *("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "Swish", "Einsum", "Hardmax", "MeanVariance"),
        *(
            "CumSum",
            "GatherElements",
            "GatherND",
            "ScatterElements",
            "ScatterND",
            "Trilu",
            "Round",
            "Mod",
            "Size",
            "Shape",
            "Range",
            *("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"),
            "OneHot",
            "IsInf",
            "EyeLike",
            "ReverseSequence",
        ),
    )
)
"""Those whose cases are shown beside them."""


@dataclass(frozen=True)
class Node:
    """One case."""

    name: str
    operation: str
    model: Any
    inputs: tuple[np.ndarray, ...]
    outputs: tuple[np.ndarray, ...]
    rtol: float
    atol: float

    def constant_but_the_first(self) -> Node | None:
        """The same with all inputs but the first as initializers; None if there are no others."""
        if len(self.inputs) < 2 or not all(isinstance(each, np.ndarray) for each in self.inputs):
            return None
        model = copy.deepcopy(self.model)
        names = [each.name for each in model.graph.input]
        given = dict(zip(names, self.inputs, strict=True))
        del model.graph.input[1:]
        for name in names[1:]:
            model.graph.initializer.append(onnx.numpy_helper.from_array(given[name], name))
        return Node(self.name, self.operation, model, self.inputs[:1], self.outputs, self.rtol, self.atol)


@cache
def cases() -> dict[str, Node]:
    """By name, every case of a single operation that is listed above; those that write one out in others left out."""
    from onnx.backend.test.case.node import collect_testcases

    found = {}
    for case in collect_testcases(None):
        operation = case.model.graph.node[0].op_type
        alone = len(case.model.graph.node) == 1 and "_expanded" not in case.name
        if alone and operation in COUNTED | BEYOND:
            ((inputs, outputs),) = case.data_sets
            arrays = (tuple(map(_array, some)) for some in (inputs, outputs))
            found[case.name] = Node(case.name, operation, case.model, *arrays, case.rtol, case.atol)
    return found


def _array(value: Any) -> Any:
    """What a case hands in or out: an array, or one as the file would have it, or what is no tensor."""
    if isinstance(value, onnx.TensorProto):
        return onnx.numpy_helper.to_array(value)
    return np.asarray(value) if np.isscalar(value) or isinstance(value, np.ndarray) else value
