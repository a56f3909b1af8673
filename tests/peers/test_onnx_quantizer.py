"""A float model beside what ONNX Runtime's quantizer makes of it: the layer that loses most is named."""

import numpy as np
import pytest

from dataflow_cli.comparing import difference
from dataflow_cli.given import Given
from dataflow_cli.render.diff import diff_lines

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


def model(arrays):
    """Two convolutions and a dense layer, each with a relu of its own."""
    value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node
    nodes = [
        node("Conv", ["x", "a/w", "a/b"], ["a"]),
        node("Relu", ["a"], ["ra"]),
        node("Conv", ["ra", "b/w", "b/b"], ["b"]),
        node("Relu", ["b"], ["rb"]),
        node("Flatten", ["rb"], ["f"]),
        node("Gemm", ["f", "c/w", "c/b"], ["c"]),
    ]
    constants = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
    ends = [value("x", 1, ["N", 3, 12, 12])], [value("c", 1, ["N", 10])]
    made = onnx.helper.make_graph(nodes, "net", *ends, constants)
    return onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
@pytest.mark.parametrize("worst", ["a", "b"])
def test_the_layer_that_loses_most_is_named(tmp_path, form, worst):
    """One weight that is far larger than the others takes most of the 256 steps."""
    from onnxruntime import quantization

    rng = np.random.default_rng(4)
    shapes = {"a/w": (8, 3, 3, 3), "a/b": (8,), "b/w": (8, 8, 3, 3), "b/b": (8,), "c/w": (512, 10), "c/b": (10,)}
    arrays = {name: rng.normal(0, 0.1, shape).astype("f4") for name, shape in shapes.items()}
    arrays[f"{worst}/w"][0, 0, 0, 0] = 4.0
    samples = rng.uniform(0, 1, (8, 1, 3, 12, 12)).astype("f4")
    onnx.save(model(arrays), tmp_path / "f.onnx")
    np.save(tmp_path / "x.npy", samples[0])

    class Samples(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(samples)

        def get_next(self):
            x = next(self.left, None)
            return None if x is None else {"x": x}

    quantization.quantize_static(
        tmp_path / "f.onnx",
        tmp_path / "q.onnx",
        Samples(),
        quant_format=quantization.QuantFormat[form],
        weight_type=quantization.QuantType.QInt8,
    )
    given = Given(inputs=(str(tmp_path / "x.npy"),))
    for sides in (("f.onnx", "q.onnx"), ("q.onnx", "f.onnx")):
        found = difference(*(str(tmp_path / side) for side in sides), given, given)
        assert found.most is not None
        assert (found.most.name if sides[0] == "f.onnx" else found.most.partner) == worst
        assert any(f"{found.most.name} (conv2d) loses most" in line for line in diff_lines(found))
        assert "in steps of" in found.cause.found
