"""Operations written as ONNX has them: the hints followed word for word give ONNX Runtime's numbers, or are refused.

Every operation is written once, as a node and as an entry with the node's own attributes. What ONNX takes as inputs
that are known beforehand (`axes`, `pads`, `shape`) stands in the entry as its attributes do.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest

from dataflow_cli.netfile.dialects.types import our_type
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.netfile.following import followed, yaml

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

PICTURE, VECTOR, SIGNAL, VOLUME = (4, 7, 6), (6,), (4, 9), (4, 3, 5, 4)
OPSET = 23
VECTORS = {"scale": "gamma", "B": "beta", "input_mean": "moving_mean", "input_var": "moving_variance", "slope": "alpha"}
CONV = {"kernel_shape": [3, 3]}
KERNEL = {"W": (6, 4, 3, 3)}
"""What ONNX takes as inputs beside the tensor: names, and shapes of parameters."""

CASES = [
    *[
        (word, {}, {}, VECTOR)
        for word in (
            *(
                "Abs",
                "Ceil",
                "Round",
                "Cos",
                "Erf",
                "Exp",
                "Floor",
                "HardSwish",
                "Identity",
                "Mish",
                "Neg",
                "Reciprocal",
                "Relu",
            ),
            *(
                "Selu",
                "Sigmoid",
                "Sign",
                "Sin",
                "Softplus",
                "Softsign",
                "Tanh",
                "Elu",
                "Celu",
                "HardSigmoid",
                "LeakyRelu",
            ),
            *("ThresholdedRelu", "Shrink", "Softmax", "LogSoftmax", "Gelu", "Flatten", "Dropout"),
        )
    ],
    *[(word, {}, {}, (5,)) for word in ("Sqrt", "Log")],
    *[(word, {}, {}, VECTOR) for word in ("Tan", "Atan", "Sinh", "Cosh", "Asinh", "Asin", "Acos", "Acosh", "Atanh")],
    *[(word, {"alpha": 0.5}, {}, VECTOR) for word in ("Elu", "Celu", "LeakyRelu", "HardSigmoid", "ThresholdedRelu")],
    ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}, {}, VECTOR),
    ("Shrink", {"lambd": 1.5}, {}, VECTOR),
    ("Shrink", {"bias": 0.5}, {}, VECTOR),
    ("Gelu", {"approximate": "tanh"}, {}, VECTOR),
    ("Gelu", {"approximate": "none"}, {}, VECTOR),
    ("Flatten", {}, {}, PICTURE),
    ("Flatten", {"axis": 1}, {}, PICTURE),
    ("Flatten", {"axis": 2}, {}, PICTURE),
    *[("Softmax", {"axis": axis}, {}, PICTURE) for axis in (1, 2, -1)],
    ("Clip", {"min": -1.0, "max": 2.0}, {}, VECTOR),
    ("Conv", CONV, KERNEL, PICTURE),
    ("Conv", CONV | {"pads": [1, 0, 2, 1], "strides": [2, 1]}, KERNEL, PICTURE),
    ("Conv", CONV | {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, KERNEL, PICTURE),
    ("Conv", CONV | {"auto_pad": "SAME_LOWER", "strides": [2, 2]}, KERNEL, PICTURE),
    ("Conv", CONV | {"dilations": [2, 1], "group": 1}, KERNEL | {"B": (6,)}, PICTURE),
    ("Conv", CONV | {"group": 2}, {"W": (6, 2, 3, 3)}, PICTURE),
    ("Conv", {"kernel_shape": [3], "pads": [1, 2]}, {"W": (6, 4, 3)}, SIGNAL),
    ("Conv", {"kernel_shape": [2, 2, 2]}, {"W": (6, 4, 2, 2, 2)}, VOLUME),
    ("ConvTranspose", CONV | {"strides": [2, 2]}, {"W": (4, 6, 3, 3)}, PICTURE),
    (
        "ConvTranspose",
        CONV | {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
        {"W": (4, 6, 3, 3)},
        PICTURE,
    ),
    ("ConvTranspose", {"kernel_shape": [1, 1], "strides": [2, 2]}, {"W": (4, 6, 1, 1)}, PICTURE),
    ("ConvTranspose", CONV | {"output_shape": [14, 12], "strides": [2, 2]}, {"W": (4, 6, 3, 3)}, PICTURE),
    ("Gemm", {"transB": 1}, {"B": (5, 6)}, VECTOR),
    ("Gemm", {"transB": 1, "alpha": 0.5}, {"B": (5, 6)}, VECTOR),
    *[(word, {"kernel_shape": [2, 2]}, {}, PICTURE) for word in ("MaxPool", "AveragePool")],
    *[
        (word, {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 0, 1, 1]}, {}, PICTURE)
        for word in ("MaxPool", "AveragePool")
    ],
    *[
        (word, {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}, {}, PICTURE)
        for word in ("MaxPool", "AveragePool")
    ],
    *[(word, {"kernel_shape": [3, 3], "dilations": [2, 2]}, {}, PICTURE) for word in ("MaxPool", "AveragePool")],
    *[(word, {"kernel_shape": [2]}, {}, SIGNAL) for word in ("MaxPool", "AveragePool")],
    *[(word, {"kernel_shape": [2, 2, 2]}, {}, VOLUME) for word in ("MaxPool", "AveragePool")],
    ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}, {}, PICTURE),
    *[(word, {}, {}, PICTURE) for word in ("GlobalAveragePool", "GlobalMaxPool")],
    ("LpPool", {"kernel_shape": [2, 2]}, {}, PICTURE),
    ("LpPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "p": 3}, {}, PICTURE),
    ("BatchNormalization", {}, dict.fromkeys(("scale", "B", "input_mean", "input_var"), (4,)), PICTURE),
    (
        "BatchNormalization",
        {"epsilon": 0.1, "momentum": 0.8},
        dict.fromkeys(("scale", "B", "input_mean", "input_var"), (4,)),
        PICTURE,
    ),
    ("InstanceNormalization", {}, {"scale": (4,), "B": (4,)}, PICTURE),
    ("InstanceNormalization", {"epsilon": 0.1}, {"scale": (4,), "B": (4,)}, SIGNAL),
    ("GroupNormalization", {"num_groups": 2}, {"scale": (4,), "B": (4,)}, PICTURE),
    ("LayerNormalization", {}, {"scale": (6,), "B": (6,)}, VECTOR),
    ("LayerNormalization", {"axis": -1}, {"scale": (6,), "B": (6,)}, PICTURE),
    ("LayerNormalization", {"axis": -2, "epsilon": 0.1}, {"scale": (7, 6), "B": (7, 6)}, PICTURE),
    ("RMSNormalization", {"axis": -1}, {"scale": (6,)}, PICTURE),
    ("RMSNormalization", {"axis": -2}, {"scale": (7, 6)}, PICTURE),
    ("LRN", {"size": 3}, {}, PICTURE),
    ("LRN", {"size": 3, "alpha": 0.5, "beta": 0.5, "bias": 2.0}, {}, PICTURE),
    ("PRelu", {}, {"slope": (6,)}, VECTOR),
    ("DepthToSpace", {"blocksize": 2}, {}, PICTURE),
    ("DepthToSpace", {"blocksize": 2, "mode": "CRD"}, {}, PICTURE),
    ("SpaceToDepth", {"blocksize": 2}, {}, (3, 4, 6)),
    ("Transpose", {"perm": [0, 2, 3, 1]}, {}, PICTURE),
    ("Reshape", {"shape": [0, -1]}, {}, PICTURE),
    ("Reshape", {"shape": [-1, 6, 28]}, {}, PICTURE),
    ("Pad", {"pads": [0, 0, 1, 2, 0, 0, 3, 0]}, {}, PICTURE),
    ("Pad", {"pads": [0, 0, 1, 2, 0, 0, 3, 0], "mode": "reflect"}, {}, PICTURE),
    ("Pad", {"pads": [0, 0, 1, 2, 0, 0, 3, 0], "mode": "edge"}, {}, PICTURE),
    ("Pad", {"pads": [0, 1, 1, 2, 0, 0, 3, 0]}, {}, PICTURE),
    ("Pad", {"pads": [0, 0, 1, 1, 0, 0, 1, 1], "constant_value": 2.0}, {}, PICTURE),
    ("Tile", {"repeats": [1, 2, 1, 3]}, {}, PICTURE),
    ("Unsqueeze", {"axes": [2]}, {}, PICTURE),
    ("Squeeze", {"axes": [1]}, {}, (1, 7, 6)),
    *[(f"Reduce{word}", {"axes": [2, 3]}, {}, PICTURE) for word in ("Sum", "Mean", "Max", "Min", "Prod", "L2")],
    *[
        (f"Reduce{word}", {"axes": [-1], "keepdims": 0}, {}, PICTURE)
        for word in ("Sum", "Mean", "Max", "Min", "Prod", "L2")
    ],
    ("ReduceSum", {}, {}, PICTURE),
    ("Gather", {"indices": [2, 0], "axis": 1}, {}, PICTURE),
    ("Slice", {"starts": [1, 2], "ends": [3, 5], "axes": [1, 2]}, {}, PICTURE),
]
INPUTS = {
    "Clip": ("min", "max"),
    "Reshape": ("shape",),
    "Pad": ("pads", "constant_value"),
    "Tile": ("repeats",),
    "Unsqueeze": ("axes",),
    "Squeeze": ("axes",),
    **{f"Reduce{word}": ("axes",) for word in ("Sum", "Mean", "Max", "Min", "Prod", "L2")},
    "Gather": ("indices",),
    "Slice": ("starts", "ends", "axes"),
}
"""Entries that ONNX takes as inputs, in their order."""
TWO, BROADCAST = {"a": PICTURE, "b": PICTURE}, {"a": PICTURE, "b": (1, 7, 1)}
SEVERAL = [
    *[
        (word, {}, shapes)
        for word in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum", "Pow")
        for shapes in (TWO, BROADCAST)
    ],
    *[(word, {}, BROADCAST) for word in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")],
    *[("Concat", {"axis": axis}, TWO) for axis in (1, 3, -1)],
    ("Where", {}, {"mask": PICTURE, "a": PICTURE, "b": (4, 1, 6)}),
    ("MatMul", {}, {"a": (4, 5, 6), "b": (4, 6, 3)}),
    ("MatMul", {}, {"a": (5, 6), "b": (6, 3)}),
    ("Einsum", {"equation": "nhqd,nhkd->nqkh"}, {"a": (4, 5, 6), "b": (4, 3, 6)}),
    ("GatherElements", {"axis": 1}, {"a": PICTURE, "places": (2, 7, 6)}),
    ("ScatterElements", {"axis": 1, "reduction": "mul"}, {"a": PICTURE, "places": (2, 5, 6), "b": (2, 5, 6)}),
]
"""Operations of several tensors: their fields, and the shapes by name."""
PARTS = [
    ("Split", {"axis": 2, "split": [3, 4]}, PICTURE, ("0", "1"), ("split",)),
    ("Split", {"axis": 1, "num_outputs": 2}, PICTURE, ("0", "1"), ()),
    ("TopK", {"k": 2}, PICTURE, ("values", "indices"), ("k",)),
    ("TopK", {"k": 3, "axis": 1, "largest": 0, "sorted": 1}, PICTURE, ("values", "indices"), ("k",)),
]
"""Operations of several outputs: fields, shape, our names for what comes out, and which fields are inputs of theirs."""
ODD = [
    *[
        (word, fields, PICTURE, OPSET, ())
        for word in ("ArgMax", "ArgMin")
        for fields in ({"axis": 1}, {"axis": -1, "keepdims": 0})
    ],
    *[
        ("CumSum", {"axis": axis, **more}, PICTURE, OPSET, ("axis",))
        for axis, more in ((2, {"reverse": 1}), (-1, {"exclusive": 1}))
    ],
    *[("Cast", {"to": number}, PICTURE, OPSET, ()) for number in (1, 6, 7, 9, 10)],
    ("Upsample", {"scales": [1, 1, 2, 3]}, PICTURE, 9, ("scales",)),
    ("Upsample", {"scales": [1, 1, 2, 2], "mode": "linear"}, PICTURE, 9, ("scales",)),
]
"""Operations that put out other types, or are of an older version: that, and which fields are inputs of theirs."""
BEYOND = {
    "Swish",  # new in version 24, which ONNX Runtime does not compute everywhere
    "RotaryEmbedding",  # takes the angles as a tensor
    "Mod",  # of whole numbers; of others it has another sign there: both are compared where models are read
    "Constant",  # its numbers are a parameter here
    *("GatherND", "ScatterND"),  # their places count the minibatch: both are compared where models are read
    "Scatter",  # what ScatterElements was called before version 11
    "Attention",  # the name is Keras'; ONNX's is another kind, of which every case is compared where models are read
    *("LSTM", "GRU"),  # their outputs have an axis of directions; gates are compared where models are read
    *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"),  # scales that are tensors, and other types
    *("QLinearConv", "ConvInteger", "QLinearMatMul", "MatMulInteger"),  # the same: the layers are compared elsewhere
}
"""Operations that are translated and not compared here."""


def run_theirs(op, fields, inputs, *, outputs=1, opset=OPSET, as_inputs=()):
    """What ONNX Runtime makes of one node; some of its fields are inputs to it that are known beforehand."""
    helper = onnx.helper
    constants = {
        name: np.asarray(fields[name], np.float32 if name == "scales" else np.int64).reshape(-1) for name in as_inputs
    }
    attributes = {name: value for name, value in fields.items() if name not in as_inputs}
    names = [f"y{number}" for number in range(outputs)]
    node = helper.make_node(op, [*inputs, *constants], names, **attributes)
    types = {"float32": 1, "int64": 7, "bool": 9}
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(name, types[x.dtype.name], x.shape) for name, x in inputs.items()],
        [onnx.ValueInfoProto(name=name) for name in names],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    return runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)


def run_ours(document, inputs, outputs):
    """What our network makes of the inputs."""
    network = network_from_text(yaml.safe_dump(document))
    given = [{name: x.astype(np.float32) for name, x in inputs.items()}]
    trace = run(network, load_weights(network, init="zeros"), given, keep=outputs)
    return [trace.value(name) for name in outputs]


def drawn(name, shape):
    """Numbers above 0, some of them alike; truth for a mask, whole numbers for places on an axis of four."""
    numbers = np.random.default_rng(len(shape) + ord(name[0]))
    if name == "mask":
        return numbers.uniform(size=(2, *shape)) > 0.5
    if name == "places":
        return numbers.integers(-4, 4, (2, *shape))
    return numbers.integers(1, 9, (2, *shape)).astype(np.float32) / 4


@pytest.mark.parametrize(("op", "fields", "shapes"), SEVERAL)
def test_operations_of_several_tensors_give_the_numbers_of_onnx(op, fields, shapes):
    inputs = {name: drawn(name, shape) for name, shape in shapes.items()}
    layer = {"type": op, "name": "one", "inputs": list(shapes), **fields}
    document = {"dftrace": 1, "data_format": "channels_first", "inputs": {k: list(v) for k, v in shapes.items()}}
    document = followed(document | {"layers": [layer]}, "ONNX")
    (expected,) = run_theirs(op, fields, inputs)
    (found,) = run_ours(document, inputs, ["one"])
    np.testing.assert_allclose(found, expected.astype(np.float32), 1e-5, err_msg=str(document))


@pytest.mark.parametrize(("op", "fields", "shape", "parts", "as_inputs"), PARTS)
def test_operations_of_several_outputs_give_the_numbers_of_onnx(op, fields, shape, parts, as_inputs):
    x = {"input": drawn("x", shape)}
    outputs = [f"one:{part}" for part in parts]
    document = {"dftrace": 1, "data_format": "channels_first", "input": list(shape), "outputs": outputs}
    document = followed(document | {"layers": [{"type": op, "name": "one", **fields}]}, "ONNX")
    expected = run_theirs(op, fields, x, outputs=len(parts), as_inputs=as_inputs)
    for found, one in zip(run_ours(document, x, outputs), expected, strict=True):
        np.testing.assert_array_equal(found, one, err_msg=str(document))


@pytest.mark.parametrize(("op", "fields", "shape", "opset", "as_inputs"), ODD)
def test_operations_of_other_types_and_versions_give_the_numbers_of_onnx_or_are_refused(
    op, fields, shape, opset, as_inputs
):
    x = {"input": drawn("x", shape) * 7}
    document = {"dftrace": 1, "data_format": "channels_first", "input": list(shape)}
    document = followed(document | {"layers": [{"type": op, "name": "one", **copy.deepcopy(fields)}]}, "ONNX")
    if document is None:
        assert fields.get("mode") == "linear"
        return
    (expected,) = run_theirs(op, fields, x, opset=opset, as_inputs=as_inputs)
    (found,) = run_ours(document, x, ["one"])
    np.testing.assert_array_equal(found, expected.astype(np.float32), err_msg=str(document))


def theirs(op, fields, shapes, shape):
    """The input, what ONNX Runtime makes of it, and the parameters."""
    numbers = np.random.default_rng(3)
    parameters = {name: numbers.uniform(0.2, 1, each).astype(np.float32) for name, each in shapes.items()}
    x = (numbers.normal(size=(2, *shape)) * 4).astype(np.float32)
    x = np.abs(x) if op in ("Sqrt", "Log") else x
    given = INPUTS.get(op, ())
    constants = dict(parameters)
    for name in given:
        if name in fields:
            value = np.asarray(fields[name])
            constants[name] = value.astype(np.float32 if value.dtype.kind == "f" else np.int64)
    attributes = {name: value for name, value in fields.items() if name not in given}
    helper = onnx.helper
    node = helper.make_node(op, ["x", *constants], ["y"], **attributes)
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info("x", 1, x.shape)],
        [helper.make_tensor_value_info("y", 1, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    (y,) = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})
    return x, y, parameters


def ours(document, parameters, x, folder):
    """What our network makes of the input, with ONNX's parameters in our layout."""
    network = network_from_text(yaml.safe_dump(document))
    node = next((node for node in network.nodes if node.parameters), None)
    if node is not None:
        names = {"W": "kernel"} | VECTORS | ({"B": "bias"} if "W" in parameters else {})
        names |= {"B": "kernel"} if node.layer.has_units else {}
        names |= {"scale": "scale"} if "scale" in node.parameters else {}
        arrays = {names[name]: array for name, array in parameters.items()}
        if "kernel" in arrays:
            kernel = arrays["kernel"]
            arrays["kernel"] = kernel.transpose(*range(2, kernel.ndim), 1, 0)
        np.savez(folder / "w.npz", **{f"{node.name}/{name}": array for name, array in arrays.items()})
        document |= {"weights": str(folder / "w.npz")}
        network = network_from_text(yaml.safe_dump(document))
    return run(network, load_weights(network, init=None if node is not None else "zeros"), [{"input": x}]).output


def entry(op, fields, parameters):
    """The layer as somebody writes it who has the node before him; how many outputs there are its weights say."""
    own = {"Conv": ("filters", "W"), "ConvTranspose": ("filters", "W"), "Gemm": ("units", "B")}.get(op)
    if own is None:
        return {"type": op, **copy.deepcopy(fields)}
    shape = parameters[own[1]]
    bias = {"use_bias": False} if op == "Gemm" or "B" not in parameters else {}
    return {"type": op, own[0]: shape[1] if op == "ConvTranspose" else shape[0], **copy.deepcopy(fields), **bias}


@pytest.mark.parametrize("op", sorted({case[0] for case in CASES}))
def test_the_hints_give_the_numbers_of_onnx_or_refuse(op, tmp_path):
    compared = 0
    for _, fields, shapes, shape in (case for case in CASES if case[0] == op):
        layer = entry(op, fields, shapes)
        document = {"dftrace": 1, "data_format": "channels_first", "input": list(shape), "layers": [layer]}
        document = followed(document, "ONNX")
        if document is None:
            continue
        x, expected, parameters = theirs(op, fields, shapes, shape)
        compared += 1
        found = ours(document, parameters, x, tmp_path)
        np.testing.assert_allclose(found, expected, 1e-4, 1e-5, err_msg=f"{fields} {document}")
    assert compared, f"{op} was always refused"


def test_every_translation_is_followed():
    names = {schema.name for schema in onnx.defs.get_all_schemas()}
    compared = {case[0] for cases in (CASES, SEVERAL, PARTS, ODD) for case in cases}
    assert {name for name in names if our_type(name)} - compared == BEYOND
