"""Quantized layers beside ONNX Runtime: the same whole numbers, to the last one, ties and ends included.

Its products of uint8 by int8 saturate in 16 bits on processors without VNNI, so that kernels stay within 7 bits here.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.layers.examples import make

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
RNG = np.random.default_rng(11)
FIRST = {"data_format": "channels_first"}
TIES = np.array([[-2.5, -0.75, -0.25, 0.25, 0.75, 1.25, 900, -900], [np.inf, -np.inf, 0, 3e38, 1e-45, 7, 63.75, 64]])


def onnx_of(op, inputs, outputs=1, opset=21, **attributes):
    """What ONNX Runtime makes of arrays by one operation; None leaves an input out."""
    names = ["" if x is None else f"x{number}" for number, x in enumerate(inputs)]
    given = {name: x for name, x in zip(names, inputs, strict=True) if name}
    node = onnx.helper.make_node(op, names, [f"y{number}" for number in range(outputs)], **attributes)
    types = {name: onnx.helper.np_dtype_to_tensor_dtype(x.dtype) for name, x in given.items()}
    graph = onnx.helper.make_graph(
        [node],
        op,
        [onnx.helper.make_tensor_value_info(name, types[name], x.shape) for name, x in given.items()],
        [onnx.helper.make_empty_tensor_value_info(name) for name in node.output],
    )
    model = onnx.shape_inference.infer_shapes(
        onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=10)
    )
    return runtime.InferenceSession(model.SerializeToString()).run(None, given)


def whole(dtype, *shape, reach=None):
    ends = np.iinfo(dtype)
    low, high = (max(ends.min, -reach), min(ends.max, reach)) if reach else (ends.min, ends.max)
    return RNG.integers(low, high, shape, dtype, endpoint=True)


def same(found, expected):
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
def test_quantize_and_dequantize(dtype):
    """Per tensor, per axis and by blocks, ties, infinities and all that overflows included."""
    x = np.concatenate([TIES, 40 * RNG.standard_normal((6, 8))]).astype("f4").reshape(2, 4, 8)
    for fields, shape in (({}, ()), ({"axis": 1}, (4,)), ({"axis": 2, "block_size": 3}, (4, 3))):
        scale = np.asarray(RNG.uniform(0.1, 2, shape) if shape else 0.5, "f4")
        zero = np.asarray(whole(dtype, *shape))
        there = [np.broadcast_to(one, (2, *shape)) if len(shape) > 1 else one for one in (scale, zero)]
        (expected,) = onnx_of("QuantizeLinear", [x, *there], **fields)
        layer = make("quantize_linear", {**fields, "dtype": dtype})
        same(layer([x], {"scale": scale, "zero_point": zero}), expected)
        (back,) = onnx_of("DequantizeLinear", [expected, *there], **fields)
        ours = make("dequantize_linear", fields)([expected], {"scale": scale, "zero_point": zero})
        np.testing.assert_array_equal(ours, back)


def test_dynamic_quantization():
    layer = make("dynamic_quantize_linear", {})
    for x in (RNG.standard_normal((1, 7, 9)), RNG.random((1, 50)) + 3, -RNG.random((1, 4)), np.zeros((1, 2))):
        q, scale, zero = onnx_of("DynamicQuantizeLinear", [x.astype("f4")], 3)
        given = [x.astype("f4")], {}
        same(layer(*given), q)
        assert layer.inside("scale")(*given).tolist() == [scale]
        assert layer.inside("zero_point")(*given).tolist() == [zero]


CONVS = [
    ({"kernel_size": 3, "padding": "same"}, (2, 9), {"kernel_shape": [3], "pads": [1, 1]}),
    ({"kernel_size": 3}, (2, 9, 8), {"kernel_shape": [3, 3]}),
    (
        {"kernel_size": [3, 2], "padding": [[1, 2], [0, 1]], "strides": 2, "dilation_rate": [1, 2]},
        (2, 9, 8),
        {"kernel_shape": [3, 2], "pads": [1, 0, 2, 1], "strides": [2, 2], "dilations": [1, 2]},
    ),
    ({"kernel_size": 3, "groups": 2}, (4, 6, 6), {"kernel_shape": [3, 3], "group": 2}),
    ({"kernel_size": 2}, (2, 4, 5, 3), {"kernel_shape": [2, 2, 2]}),
]


@pytest.mark.parametrize("types", [("uint8", "uint8"), ("uint8", "int8"), ("int8", "int8")])
@pytest.mark.parametrize(("fields", "shape", "attributes"), CONVS, ids=str)
def test_convolutions(fields, shape, attributes, types):
    mine, kernels = types
    rank, filters = len(shape) - 1, 4
    x = whole(mine, 2, *shape)
    w = whole(kernels, filters, shape[0] // attributes.get("group", 1), *attributes["kernel_shape"], reach=63)
    zero, kernel_zero = np.asarray(whole(mine)), np.zeros(filters, kernels)
    ours = {"kernel": w.transpose(*range(2, w.ndim), 1, 0), "input_zero_point": zero, "kernel_zero_point": kernel_zero}
    fields = {**fields, **FIRST, "filters": filters, "per_channel": True, "kernel_type": kernels}
    if types != ("int8", "int8"):  # which ONNX Runtime lacks
        (expected,) = onnx_of("ConvInteger", [x, w, zero, np.zeros((), kernels)], opset=13, **attributes)
        same(make(f"conv_integer{rank}d", fields)([x], ours), expected)
    scale, kernel_scale = np.float32(0.02), RNG.uniform(0.001, 0.01, filters).astype("f4")
    out_scale, out_zero = np.float32(0.05), np.asarray(whole(mine))
    bias = whole("int32", filters, reach=3000)
    given = [x, scale, zero, w, kernel_scale, kernel_zero, out_scale, out_zero, bias]
    (expected,) = onnx_of("QLinearConv", list(map(np.asarray, given)), opset=13, **attributes)
    ours |= {"input_scale": scale, "kernel_scale": kernel_scale, "output_scale": out_scale, "bias": bias}
    found = make(f"qlinear_conv{rank}d", {**fields, "dtype": mine})([x], ours | {"output_zero_point": out_zero})
    same(found, expected)


@pytest.mark.parametrize("types", [("uint8", "uint8"), ("uint8", "int8")])
def test_matrix_products(types):
    mine, theirs = types
    one, other = whole(mine, 2, 5, 33), whole(theirs, 33, 7, reach=63)
    zeros = np.asarray(whole(mine)), np.asarray(whole(theirs, 7, reach=63))
    (expected,) = onnx_of("MatMulInteger", [one, other, *zeros], opset=13)
    both = [one, np.stack([other] * 2)]
    parameters = dict(zip(("first_zero_point", "second_zero_point"), zeros, strict=True))
    same(make("matmul_integer", {"per_column": True})(both, parameters), expected)
    given = [*both, zeros[0].reshape(1).repeat(2), np.stack([zeros[1]] * 2)]
    same(make("matmul_integer", {"per_column": True})(given, {}), expected)
    scales = np.float32(0.02), RNG.uniform(0.001, 0.01, 7).astype("f4"), np.float32(0.03)
    names = ("first_scale", "second_scale", "output_scale")
    parameters |= dict(zip(names, scales, strict=True)) | {"output_zero_point": np.asarray(whole(mine))}
    order = [one, scales[0], zeros[0], other, scales[1], zeros[1], scales[2], parameters["output_zero_point"]]
    (expected,) = onnx_of("QLinearMatMul", list(map(np.asarray, order)))
    same(make("qlinear_matmul", {"per_column": True, "dtype": mine})(both, parameters), expected)
