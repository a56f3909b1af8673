"""Kernels in panels: the same sums as by whole kernels, in products that are small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels import panels
from dataflow_cli.kernels.dense import dense, dense_method
from dataflow_cli.kernels.panels import SMALL, SMALL_ROWS, WIDTH, cuts, in_panels, multiplier, pay, products
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.program import Program
from dataflow_cli.weights.load import load_weights
from tests.kernels.plainly import convolve, packed_bytes

SIZES = st.integers(1, 40)


@pytest.fixture(autouse=True)
def _in_place(monkeypatch):
    monkeypatch.setattr(panels, "multiplied_in_place", lambda: True)


@given(rows=SIZES, inputs=SIZES, wide=st.integers(1, 5), data=st.data())
def test_every_product_is_the_sum(rows, inputs, wide, data):
    """However rows and inputs are cut, for any panels of the kernel, with integers, for which no order rounds."""
    units = wide * WIDTH
    rng = np.random.default_rng(rows)
    x, kernel = (rng.integers(-9, 9, shape).astype(np.float32) for shape in ((rows, inputs), (inputs, units)))
    first = data.draw(st.integers(0, wide - 1))
    some = slice(first * WIDTH, data.draw(st.integers(first + 1, wide)) * WIDTH)
    limits = {"SMALL": data.draw(st.integers(40 * WIDTH, 40_000)), "SMALL_ROWS": data.draw(SIZES), "_SHORTEST": 1}
    out = np.zeros((rows, units), np.float32)
    with pytest.MonkeyPatch.context() as patch, running(keep=True) as engine:
        for name, value in limits.items():
            patch.setattr(panels, name, value)
        paid = pay(rows, inputs, units)
        multiplier(kernel, some, rows, engine.packed).task(x, out[:, some])()
        assert packed_bytes(engine) == (kernel.nbytes if paid else 0)
    expected = np.zeros_like(out)
    expected[:, some] = [[sum(a * b for a, b in zip(row, col, strict=True)) for col in kernel.T[some]] for row in x]
    np.testing.assert_array_equal(out, expected)


@given(rows=st.integers(1, 5000), inputs=st.integers(1, 2000))
def test_products_are_small_and_each_row_is_in_one(rows, inputs):
    kernel = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (2, inputs, WIDTH), (0, 0, 0))
    x = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (rows, inputs), (0, 0))
    parts = list(products(x, kernel, np.zeros((rows, 2 * WIDTH), np.float32)))
    assert sum(len(some[0]) for some, _ in parts) == rows
    assert all(into.shape == (2, some.shape[1], WIDTH) for some, into in parts)
    assert all(len(some[0]) == 1 or (len(some[0]) - 1) * inputs * WIDTH <= SMALL for some, _ in parts)


@given(inputs=st.integers(1, 20_000))
def test_inputs_are_cut_evenly_and_no_more_than_needed(inputs):
    count = cuts(inputs)
    assert inputs % count == 0
    assert SMALL_ROWS * WIDTH * (inputs // count) <= SMALL
    assert all(inputs % fewer or SMALL_ROWS * WIDTH * (inputs / fewer) > SMALL for fewer in range(1, count))


@pytest.mark.parametrize(
    ("rows", "inputs", "columns", "expected"),
    [
        (49, 512, 2048, True),
        (3, 512, 512, False),
        (4, 512, 512, True),
        (10_000, 512, 512, True),
        (100, 4608, 512, True),
        (101, 4608, 512, False),
        (49, 4608, 1024, False),
        (49, 997, 512, False),
        (49, 512, 33, False),
    ],
)
def test_the_rule(rows, inputs, columns, expected):
    """Too few rows, too many for so many inputs, too large a kernel, inputs and columns that cannot be divided."""
    assert pay(rows, inputs, columns) is expected
    assert dense_method(rows, inputs, columns, kept=True).packed == (inputs * columns if expected else 0)
    assert dense_method(rows, inputs, columns).packed == 0


def test_panels_are_stretches_of_columns():
    kernel = np.arange(3 * 64).reshape(3, 64)
    cut = in_panels(kernel)
    assert cut.shape == (2, 3, WIDTH)
    np.testing.assert_array_equal(cut[1], kernel[:, 32:])
    assert np.shares_memory(cut, kernel)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("rows", [4, 49, 130])
def test_layers_of_few_rows_are_as_exact_as_one_product(rows, keep):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, rows, 1, 2048), np.float32)
    kernel = rng.standard_normal((1, 1, 2048, 64), np.float32)
    expected = x[0, :, 0].astype(np.float64) @ kernel[0, 0]
    allowed = 1.5 * np.abs(x[0, :, 0] @ kernel[0, 0] - expected).max()
    with running(keep=keep) as engine:
        fields = {"engine": engine, "strides": (1, 1), "pads": ((0, 0), (0, 0)), "dilations": (1, 1)}
        found = {
            "pointwise": convolve(x, kernel, **fields),
            "im2col": convolve(x, kernel, **fields, method="im2col"),
            "dense": dense(x[0, :, 0], kernel[0, 0], engine=engine),
        }
    for name, values in found.items():
        assert np.abs(values.reshape(rows, 64) - expected).max() <= allowed, name


NETWORKS = {
    "few rows": ("[7, 7, 64]", "{type: conv2d, filters: 64, kernel_size: 3, strides: 2}", 4),
    "pointwise": ("[7, 7, 64]", "{type: conv2d, filters: 96, kernel_size: 1}", 2),
    "flipped": ("[7, 7, 64]", "{type: conv2d, filters: 64, kernel_size: 3, strides: 2, flip_kernel: true}", 4),
    "channels first": (
        "[64, 7, 7]",
        "{type: conv2d, filters: 64, kernel_size: 3, strides: 2, flip_kernel: true, data_format: channels_first}",
        4,
    ),
    "winograd": ("[30, 30, 64]", "{type: conv2d, filters: 64, kernel_size: 3}", 1),
    "groups": ("[14, 14, 128]", "{type: conv2d, filters: 128, kernel_size: 3, groups: 2}", 1),
    "dense": ("[2048]", "{type: dense, units: 64}", 40),
    "dense, positions": ("[12, 512]", "{type: dense, units: 64}", 3),
    "whole": ("[2048]", "{type: dense, units: 65}", 40),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_kept_is_what_the_method_says(name):
    """However many minibatches there are, and the last one smaller."""
    shape, line, samples = NETWORKS[name]
    network = network_from_text(f"dftrace: 1\ninput: {shape}\nweights: {{init: he_normal}}\nlayers: [{line}]\n")
    rng = np.random.default_rng(0)
    batches = [{"input": rng.standard_normal((n, *network.inputs[0].shape), np.float32)} for n in (samples,) * 3]
    less = {"input": batches[0]["input"][: -(-samples // 2)]}
    (node,) = network.nodes
    said = node.layer.method(node.input_shapes, samples, kept=True).packed
    weights = load_weights(network)
    with running(keep=True) as engine:
        program = Program(network, weights, engine)
        for batch in batches:
            program.run(batch)
        Program(network, weights, engine).run(less)
        assert packed_bytes(engine) == 4 * said
    assert (said > 0) == (name not in ("groups", "whole"))


CONFIG = {"SIMD Extensions": {"baseline": ["X86_V2"], "found": ["X86_V3", "X86_V4"]}}
OPENBLAS = {"Build Dependencies": {"blas": {"name": "scipy-openblas"}}}


@pytest.mark.parametrize(
    ("config", "core", "expected"),
    [
        (CONFIG | OPENBLAS, None, True),
        (CONFIG | OPENBLAS, "SkylakeX", True),
        (CONFIG | OPENBLAS, "Haswell", False),
        (OPENBLAS | {"SIMD Extensions": {"baseline": ["SSE", "AVX512F", "AVX512_SKX"]}}, None, True),
        (OPENBLAS | {"SIMD Extensions": {"baseline": ["SSE"], "found": ["AVX2"]}}, None, False),
        (CONFIG | {"Build Dependencies": {"blas": {"name": "accelerate"}}}, None, False),
        ({}, None, False),
    ],
)
def test_what_a_machine_can_is_asked_of_numpy(config, core, expected, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(np, "show_config", lambda **_: config)
    monkeypatch.setattr(panels.np, "show_config", lambda **_: config)
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    if core:
        monkeypatch.setenv("OPENBLAS_CORETYPE", core)
    assert panels.multiplied_in_place.__wrapped__() is expected
