"""A float network beside one that computes with 8 bits: whose numbers were rounded to steps is told."""

import numpy as np
import pytest

from dataflow_cli.comparing import difference
from dataflow_cli.given import Given

CONV = "{type: conv2d, name: conv, filters: 4, kernel_size: 3, activation: relu}"
STEPS = "- {type: quantize_linear, name: q}\n- {type: dequantize_linear, name: d}"


def saved(folder, name, layers, arrays):
    np.savez(folder / f"{name}.npz", **arrays)
    head = f"dftrace: 1\ninput: [8, 8, 3]\nweights: {name}.npz\nlayers:\n"
    (folder / f"{name}.yaml").write_text(head + layers + "\n", encoding="utf-8")
    return str(folder / f"{name}.yaml")


@pytest.fixture
def sides(tmp_path):
    rng = np.random.default_rng(5)
    kernel = rng.normal(size=(3, 3, 3, 4)).astype("f4")
    bias = rng.normal(size=4).astype("f4")
    np.save(tmp_path / "x.npy", rng.uniform(size=(8, 8, 3)).astype("f4"))

    def made(**other):
        """The float network, and one with another kernel (or kind) behind inputs in steps of 1/255."""
        scale = {f"{each}/{name}": value for each in "qd" for name, value in (("scale", 1 / 255), ("zero_point", 0))}
        a = saved(tmp_path, "a", f"- {CONV}", {"conv/kernel": kernel, "conv/bias": bias})
        arrays = {"conv/bias": bias, "conv/kernel": other.pop("kernel", kernel), **other, **scale}
        return a, saved(tmp_path, "b", f"{STEPS}\n- {CONV}", arrays)

    return kernel, made, Given(inputs=(str(tmp_path / "x.npy"),))


@pytest.mark.parametrize(
    ("axes", "told"),
    [(None, "in steps of 0.0"), ((0, 1, 2), "in steps of up to 0.0")],
)
def test_a_kernel_that_was_rounded_is_told_from_either_side(sides, axes, told):
    kernel, made, given = sides
    step = np.abs(kernel).max(axis=axes, keepdims=True) / 127
    a, b = made(kernel=(np.rint(kernel / step) * step).astype("f4"))
    for one, other, who in ((a, b, "B has the kernel of A"), (b, a, "A has the kernel of B")):
        found = difference(one, other, given, given)
        assert f"{who} {told}" in found.cause.found
        assert f"{float(step.max()):.4g}" in found.cause.found


def test_a_kernel_with_other_numbers_is_not_called_rounded(sides):
    kernel, made, given = sides
    step = np.abs(kernel).max() / 127
    a, b = made(kernel=((np.rint(kernel / step) + 1) * step).astype("f4"))
    found = difference(a, b, given, given)
    assert found.cause is None or "in steps of" not in found.cause.found


def test_a_kind_that_takes_whole_numbers_alone_is_no_cause_of_a_layer_that_takes_others(tmp_path):
    """It was computed of numbers that it refuses, which ended the comparison."""
    rng = np.random.default_rng(5)
    kernel = rng.integers(-9, 9, (3, 3, 3, 4))
    np.save(tmp_path / "x.npy", rng.uniform(size=(8, 8, 3)).astype("f4"))
    conv = "name: conv, filters: 4, kernel_size: 3"
    floats = {"conv/kernel": kernel.astype("f4") / 99, "conv/bias": np.zeros(4, "f4")}
    a = saved(tmp_path, "a", f"- {{type: conv2d, {conv}}}", floats)
    whole = {"q/scale": 1 / 255, "q/zero_point": 0, "conv/input_zero_point": 0, "conv/kernel_zero_point": 0}
    layers = f"- {{type: quantize_linear, name: q}}\n- {{type: conv_integer2d, {conv}}}"
    b = saved(tmp_path, "b", layers, {**whole, "conv/kernel": kernel.astype("i1")})
    given = Given(inputs=(str(tmp_path / "x.npy"),))
    for one, other in ((a, b), (b, a)):
        assert difference(one, other, given, given).first.name == "conv"
