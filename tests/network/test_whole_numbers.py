"""Tensors of whole numbers in a network: where they come from, who takes them, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli.api import network_from_text
from dataflow_cli.counts.counting import summary
from dataflow_cli.errors import DftraceError, NetworkError

DYNAMIC = """\
dftrace: 1
input: [2, 3]
weights: {init: he_normal, seed: 2}
layers:
  - {type: dynamic_quantize_linear, name: q}
  - {type: constant, name: w, inputs: [input], shape: [3, 4], dtype: int8}
  - {type: matmul_integer, name: sums, inputs: ['q:values', w, 'q:zero_point']}
  - {type: cast, name: numbers, dtype: float32}
  - {type: multiply, name: out, inputs: [numbers, 'q:scale']}
  - {type: cast, name: bytes, dtype: uint8}
  - {type: flatten, name: row}
outputs: [out, row, 'q:values', sums]
"""


def test_weights_of_int8_give_nearly_what_the_same_numbers_give_in_floating_point():
    """Within half a step of the input for each product, as the quantization is the only thing that is rounded."""
    network = network_from_text(DYNAMIC)
    x = np.random.default_rng(1).normal(size=(5, 2, 3)).astype("f4")
    trace = network.trace(x, keep="all")
    assert {name: str(trace.value(name).dtype) for name in ("q:values", "sums", "out", "row")} == {
        "q:values": "uint8",
        "sums": "int32",
        "out": "float32",
        "row": "uint8",  # what hands on does not look at them
    }
    weights = trace.value("w")
    assert weights.dtype == np.int8
    step = np.maximum(x.max((1, 2)), 0) - np.minimum(x.min((1, 2)), 0)
    bound = (0.51 * step / 255)[:, None] * np.abs(weights.astype(float)).sum(1)
    assert (np.abs(trace.value("out") - x @ weights.astype("f4")) <= bound[:, None]).all()
    for name, at in (("out", (1, 2)), ("sums", (0, 3)), ("q:values", (1, 1)), ("q:scale", ()), ("q:zero_point", ())):
        account = network.explain(name, at, x[:1])
        assert account.agrees
        assert account.explanation.total == pytest.approx(account.value, rel=1e-6)


def text_of(*layers, **entry):
    document = {"dftrace": 1, "input": {"shape": [4, 4, 2], **entry}, "weights": {"init": "zeros"}}
    return json.dumps(document | {"layers": list(layers)})


@pytest.mark.parametrize(
    ("layers", "told", "hint"),
    [
        (
            [{"type": "qlinear_conv2d", "filters": 1, "kernel_size": 1}],
            "takes uint8 or int8, and its input is of floating-point numbers",
            "put a `quantize_linear` before it",
        ),
        (["relu", "dequantize_linear"], "and its input is of floating-point numbers", "a `quantize_linear` before it"),
        (
            [{"type": "cast", "dtype": "int32"}, {"type": "conv_integer2d", "filters": 1, "kernel_size": 1}],
            "takes uint8 or int8, and its input is of int32",
            "`cast` to uint8 before it",
        ),
        (
            [{"type": "quantize_linear", "block_size": 2}],
            "has blocks along an axis, and none is named",
            "write `axis` too, or leave `block_size` out",
        ),
        (
            [{"type": "quantize_linear", "weights": {"zero_point": 256}}],
            "quantize_linear_1/zero_point: expected a whole number of uint8, found",
            "write whole numbers from 0 to 255",
        ),
        (
            [{"type": "quantize_linear", "weights": {"zero_point": 0.5}}],
            "expected a whole number of uint8",
            "write whole numbers from 0 to 255",
        ),
        (
            [
                {"type": "constant", "name": "a", "shape": [2], "dtype": "int8"},
                {"type": "constant", "shape": [2], "weights": {"value": {"share": "a/value"}}},
            ],
            "constant_2/value is of floating-point numbers, and a/value of int8",
            "share with a layer that has weights of the same type",
        ),
    ],
)
def test_what_is_no_whole_number_is_told(layers, told, hint):
    with pytest.raises(NetworkError) as caught:
        network_from_text(text_of(*layers))
    (problem,) = caught.value.problems
    assert told in problem.message
    assert hint in problem.hint


def test_bytes_of_the_input_are_convolved_as_they_are():
    """By hand: 3 · (200 - 128) + 1; and only whole numbers of the type go in."""
    weights = {"kernel": 3, "input_zero_point": 128, "bias": 1} | dict.fromkeys(
        ("input_scale", "kernel_scale", "output_scale"), 1
    )
    layer = {"type": "qlinear_conv2d", "filters": 1, "kernel_size": 1, "groups": 1, "weights": weights}
    network = network_from_text(text_of({**layer}, dtype="uint8"))
    x = np.full((4, 4, 2), 200)
    x[..., 1] = 128
    assert (network.trace(x).output == 217).all()
    with pytest.raises(DftraceError, match=r"takes uint8, found 0\.5"):
        network.trace(np.full((4, 4, 2), 0.5))


def test_weights_of_a_file_must_be_whole_numbers_of_the_type(tmp_path):
    network = network_from_text(text_of({"type": "constant", "shape": [2], "dtype": "int8"}))
    for values, found in ([[1.0, -128.0], None], [[1, 300], "has 300 at [1]"], [[0.5, 0], "has 0.5 at [0]"]):
        np.savez(tmp_path / "w.npz", **{"constant_1/value": np.array(values)})
        if found is None:
            assert network.predict(np.zeros((4, 4, 2)), weights=tmp_path / "w.npz").tolist() == [[1, -128]]
            continue
        with pytest.raises(DftraceError) as caught:
            network.predict(np.zeros((4, 4, 2)), weights=tmp_path / "w.npz")
        assert found in str(caught.value)


def test_a_byte_is_counted_as_one():
    """By hand: of 32 numbers four bytes each, then one, then int32 sums; the kernel has a byte a number."""
    layers = ["quantize_linear", {"type": "conv_integer2d", "filters": 2, "kernel_size": 2, "use_zero_point": False}]
    counted = summary(network_from_text(text_of(*layers)))
    assert [counted.data_bytes(step) for step in counted.steps] == [128, 32, 72]
    assert [counted.parameter_bytes(step) for step in counted.steps] == [0, 5, 16]


@pytest.mark.parametrize("kind", ["max_pooling2d", "flatten", "reduce_max"])
def test_what_selects_or_moves_whole_numbers_hands_them_to_what_takes_them(kind):
    network = network_from_text(text_of(kind, {"type": "dequantize_linear", "name": "d"}, dtype="int8"))
    trace = network.trace(np.ones((1, 4, 4, 2), np.int8))
    assert trace.value(network.nodes[0].name).dtype == np.int8
    assert trace.value("d").dtype == np.float32
