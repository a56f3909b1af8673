"""The programs that capture layers elsewhere run there, and what they write is what we compute: no false alarm."""

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.comparing import difference
from dataflow_cli.given import Given
from dataflow_cli.hooks import FRAMEWORKS, program
from tests.contract.shell import ROOT

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras on PyTorch
]

DIGIT = ROOT / "configs/mnist-cnn.yaml"
PICTURE = ROOT / "configs/digits/7.png"
WEIGHTS = load_network(DIGIT).trace().origin[1].arrays


def prepared():
    return load_network(DIGIT).trace(PICTURE).value("input")


def torch_side(folder):
    torch = pytest.importorskip("torch")
    nn = torch.nn
    layers = (nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    model = nn.Sequential(*layers, nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(-1))
    rows = np.arange(9216).reshape(12, 12, 64).transpose(2, 0, 1).ravel()
    with torch.no_grad():
        for number, name in ((0, "conv2d_1"), (2, "conv2d_2"), (6, "dense_1"), (8, "dense_2")):
            kernel = WEIGHTS[name]["kernel"]
            kernel = kernel[rows] if name == "dense_1" else kernel
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            model[number].weight.copy_(torch.from_numpy(kernel.transpose(order).copy()))
            model[number].bias.copy_(torch.from_numpy(WEIGHTS[name]["bias"].copy()))
    return {"model": model, "x": torch.from_numpy(prepared().transpose(0, 3, 1, 2).copy())}


def keras_side(folder):
    keras = pytest.importorskip("keras")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="first"),
            layers.Conv2D(64, 3, activation="relu", name="second"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(128, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="answer"),
        ]
    )
    for name, ours in (("first", "conv2d_1"), ("second", "conv2d_2"), ("hidden", "dense_1"), ("answer", "dense_2")):
        model.get_layer(name).set_weights([WEIGHTS[ours]["kernel"], WEIGHTS[ours]["bias"]])
    return {"model": model, "x": prepared()}


def onnx_side(folder):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    given = torch_side(folder)
    nodes, weights, last = [], [], "x"
    tensors = {f"p{number}": p.detach().numpy() for number, p in enumerate(given["model"].parameters())}
    names = iter(tensors)
    for number, module in enumerate(given["model"]):
        kind = type(module).__name__
        operator = {"Conv2d": "Conv", "ReLU": "Relu", "MaxPool2d": "MaxPool", "Linear": "Gemm"}.get(kind, kind)
        more = {"MaxPool": {"kernel_shape": [2, 2], "strides": [2, 2]}, "Gemm": {"transB": 1}}.get(operator, {})
        inputs = [last, next(names), next(names)] if operator in {"Conv", "Gemm"} else [last]
        last = f"{kind}_{number}"
        nodes.append(onnx.helper.make_node(operator, inputs, [last], **more))
    weights = [onnx.numpy_helper.from_array(array, name) for name, array in tensors.items()]
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("x", (1, 1, 28, 28)), (last, (1, 10)))
    ]
    graph = onnx.helper.make_graph(nodes, "digit", values[:1], values[1:], weights)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "digit.onnx"
    onnx.save(model, path)
    return {"path": path, "x": given["x"].numpy()}


def tflite_side(folder):
    pytest.importorskip("ai_edge_litert")
    from tests.peers.tflite_digit import digit

    (folder / "digit.tflite").write_bytes(digit(WEIGHTS))
    return {"path": str(folder / "digit.tflite"), "x": prepared()}


SIDES = {"torch": torch_side, "keras": keras_side, "onnx": onnx_side, "tflite": tflite_side}


def test_every_program_is_run():
    """That for C is compiled and run in tests/diff/test_hooks.py."""
    assert SIDES.keys() | {"c"} == FRAMEWORKS.keys()


@pytest.mark.parametrize("framework", SIDES)
def test_what_is_captured_is_what_we_compute(framework, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(program(framework), SIDES[framework](tmp_path))  # noqa: S102  our own program
    given = Given(inputs=(str(PICTURE),))
    found = difference(str(DIGIT), "captured.npz", given, given)
    assert found.first is None, found.first
    assert not found.missing
    assert {pair.verdict for pair in found.pairs} <= {"same", "round-off"}
    assert not difference("captured.npz", str(DIGIT), given, given).first


@pytest.mark.parametrize("framework", SIDES)
def test_a_fault_is_found_in_what_was_captured(framework, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(program(framework), SIDES[framework](tmp_path))  # noqa: S102
    weights = {f"{layer}/{name}": array for layer, own in WEIGHTS.items() for name, array in own.items()}
    weights["conv2d_2/kernel"] = weights["conv2d_2/kernel"][::-1, ::-1]
    np.savez("flipped.npz", **weights)
    given = Given(inputs=(str(PICTURE),), weights="flipped.npz")
    found = difference(str(DIGIT), "captured.npz", given, given)
    assert found.first.name == "conv2d_2"
    assert "flip_kernel: true" in found.cause.found
