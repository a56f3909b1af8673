"""What exporters write as several operations is one layer, with the same numbers; and only where it is that."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dataflow_cli import load_network
from fuzz.making.onnxfiles import graph, model, node, value

rng = np.random.default_rng(4)
X = rng.normal(size=(3, 5, 8)).astype("f4")
GAMMA, BETA = (rng.normal(size=8).astype("f4") for _ in "ab")
NUMBERS = {
    "half": np.float32(0.5),
    "one": np.float32(1),
    "two": np.float32(2),
    "root": np.float32(math.sqrt(2)),
    "small": np.float32(1e-3),
    "gamma": GAMMA,
    "beta": BETA,
}
erf = np.vectorize(math.erf)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def chain(*steps):
    """Operations by what they are, take and give; the first word of each is the operation."""
    for step in steps:
        operation, *inputs, output = step.split()
        operation, _, said = operation.partition("(")
        settings = dict(each.split("=") for each in said.rstrip(")").split(",") if each)
        attributes = {name: float(text) if "." in text else [int(text)] for name, text in settings.items()}
        yield node(operation, inputs, [output], f"/act/{operation}", **attributes)


GELU = ("Div x root d", "Erf d e", "Add e one p")
MOMENTS = ("ReduceMean(axes=-1) x m", "Sub x m c", "Pow c two q", "ReduceMean(axes=-1) q v")
NORMAL = (*MOMENTS, "Add v small w", "Sqrt w s", "Div c s n")
CASES = {
    "silu": (("Sigmoid x s", "Mul s x y"), X * sigmoid(X)),
    "hard_silu": (("HardSigmoid(alpha=0.16666667) x s", "Mul x s y"), X * np.clip(X / 6 + 0.5, 0, 1)),
    "mish": (("Softplus x p", "Tanh p t", "Mul x t y"), X * np.tanh(np.log1p(np.exp(X)))),
    "gelu": ((*GELU, "Mul x p h", "Mul h half y"), X * (1 + erf(X / math.sqrt(2))) / 2),
    "gelu, halved first": ((*GELU, "Mul x half h", "Mul h p y"), X * (1 + erf(X / math.sqrt(2))) / 2),
    "layer_normalization": (
        (*NORMAL, "Mul n gamma g", "Add g beta y"),
        (X - X.mean(-1, keepdims=True)) / np.sqrt(X.var(-1, keepdims=True) + 1e-3) * GAMMA + BETA,
    ),
}


def network(tmp_path, steps, outputs=("y",)):
    path = tmp_path / "m.onnx"
    path.write_bytes(model(graph(list(chain(*steps)), [value("x", ["N", 5, 8])], list(outputs), NUMBERS)))
    return load_network(path)


@pytest.mark.parametrize("case", CASES)
def test_a_function_in_several_operations_is_one_layer(tmp_path, case):
    steps, wanted = CASES[case]
    found = network(tmp_path, steps)
    assert [(each.name, each.layer.type) for each in found.nodes] == [("act", case.partition(",")[0])]
    np.testing.assert_allclose(found.trace(X).value("act"), wanted, atol=2e-6)


@pytest.mark.parametrize("case", CASES)
def test_what_is_read_in_its_middle_stays_as_it_is(tmp_path, case):
    """Any tensor of it that is put out too is there, and the numbers are the same."""
    steps, wanted = CASES[case]
    for step in steps[:-1]:
        found = network(tmp_path, steps, ("y", step.split()[-1]))
        assert len(found.nodes) > 1
        np.testing.assert_allclose(found.trace(X, keep="all").value(found.outputs[0]), wanted, atol=2e-6)
