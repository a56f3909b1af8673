"""Weights in PyTorch's layout give what PyTorch computes.

What PyTorch computes is written out here once more, channels first and element by element, from its documentation.
"""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import WeightsError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights, weights_problems

RNG = np.random.default_rng(3)
PICTURE = RNG.standard_normal((2, 3, 5, 6))
"""(N, channels, height, width), as PyTorch has it."""


def conv2d(x, weight, bias, groups=1):
    """out[n, o, i, j] = bias[o] + Σ weight[o, c, k, l] · x[n, c of the group, i + k, j + l]."""
    filters, per_group, height, width = weight.shape
    out = np.zeros((len(x), filters, x.shape[2] - height + 1, x.shape[3] - width + 1))
    for n, o, i, j in np.ndindex(out.shape):
        first = o // (filters // groups) * per_group
        window = x[n, first : first + per_group, i : i + height, j : j + width]
        out[n, o, i, j] = bias[o] + (weight[o] * window).sum()
    return out


def conv_transpose2d(x, weight, bias):
    """Every element of x puts a copy of the kernel, times itself, into the output."""
    _, filters, height, width = weight.shape
    out = np.zeros((len(x), filters, x.shape[2] + height - 1, x.shape[3] + width - 1)) + bias.reshape(-1, 1, 1)
    for n, c, i, j in np.ndindex(x.shape):
        out[n, :, i : i + height, j : j + width] += x[n, c, i, j] * weight[c]
    return out


def linear(x, weight, bias):
    return x @ weight.T + bias


def batch_norm(x, weight, bias, mean, variance):
    shape = (-1, *[1] * (x.ndim - 2))
    scaled = (x - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 1e-3)
    return scaled * weight.reshape(shape) + bias.reshape(shape)


def parameters(*shapes):
    return [RNG.standard_normal(shape) for shape in shapes]


def ours(folder, layers, arrays, data_format, names=None):
    """What our network makes of the same weights and the same picture, channels first again."""
    np.savez(folder / "w.npz", **arrays)
    first = data_format == "channels_first"
    picture = PICTURE if first else np.moveaxis(PICTURE, 1, -1)
    mapped = "" if names is None else ", map: {" + ", ".join(f"{key}: {value}" for key, value in names.items()) + "}"
    text = f"""\
dftrace: 1
data_format: {data_format}
input: {{shape: {list(picture.shape[1:])}, dtype: float64}}
weights: {{file: w.npz, layout: torch{mapped}}}
layers: {layers}
"""
    network = network_from_text(text, folder=folder)
    assert [problem for problem in weights_problems(network) if problem.severity == "error"] == []
    output = run(network, load_weights(network), [{"input": picture}]).output
    return output if first or output.ndim == 2 else np.moveaxis(output, -1, 1)


both = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])


@both
@pytest.mark.parametrize("groups", [1, 3])
def test_conv2d(tmp_path, data_format, groups):
    weight, bias = parameters((6, 3 // groups, 2, 3), (6,))
    layers = f"[{{type: conv2d, name: c, filters: 6, kernel_size: [2, 3], groups: {groups}}}]"
    result = ours(tmp_path, layers, {"c/kernel": weight, "c/bias": bias}, data_format)
    np.testing.assert_allclose(result, conv2d(PICTURE, weight, bias, groups), atol=1e-12)


@both
def test_depthwise_conv2d(tmp_path, data_format):
    weight, bias = parameters((6, 1, 3, 2), (6,))
    layers = "[{type: depthwise_conv2d, name: d, kernel_size: [3, 2], depth_multiplier: 2}]"
    result = ours(tmp_path, layers, {"d/kernel": weight, "d/bias": bias}, data_format)
    np.testing.assert_allclose(result, conv2d(PICTURE, weight, bias, groups=3), atol=1e-12)


@both
def test_conv2d_transpose(tmp_path, data_format):
    weight, bias = parameters((3, 4, 2, 3), (4,))
    layers = "[{type: conv2d_transpose, name: t, filters: 4, kernel_size: [2, 3]}]"
    result = ours(tmp_path, layers, {"t/kernel": weight, "t/bias": bias}, data_format)
    np.testing.assert_allclose(result, conv_transpose2d(PICTURE, weight, bias), atol=1e-12)


@both
@pytest.mark.parametrize("between", ["", "relu, ", "{type: dropout, rate: 0.5}, linear, "])
def test_dense_after_flatten(tmp_path, data_format, between):
    """PyTorch flattens channels first, so its columns are in another order than ours."""
    weight, bias = parameters((4, 90), (4,))
    layers = f"[flatten, {between}{{type: dense, name: f, units: 4}}]"
    result = ours(tmp_path, layers, {"f/kernel": weight, "f/bias": bias}, data_format)
    flat = PICTURE.reshape(2, -1)
    expected = linear(np.maximum(flat, 0) if between.startswith("relu") else flat, weight, bias)
    np.testing.assert_allclose(result, expected, atol=1e-12)


@both
def test_batch_norm_after_flatten(tmp_path, data_format):
    """What scales every number of a flattened picture is in PyTorch's order too."""
    gamma, beta, mean, variance, weight, bias = parameters(*[(90,)] * 4, (4, 90), (4,))
    variance = np.abs(variance)
    arrays = {"n/gamma": gamma, "n/beta": beta, "n/moving_mean": mean, "n/moving_variance": variance}
    layers = "[flatten, {type: batch_normalization, name: n}, {type: dense, name: f, units: 4}]"
    result = ours(tmp_path, layers, arrays | {"f/kernel": weight, "f/bias": bias}, data_format)
    expected = linear(batch_norm(PICTURE.reshape(2, -1), gamma, beta, mean, variance), weight, bias)
    np.testing.assert_allclose(result, expected, atol=1e-12)


@both
def test_only_the_first_dense_layer_is_reordered(tmp_path, data_format):
    """A square dense layer is as wide as the flattened picture; what follows it is not flattened any more."""
    square, bias, weight, last = parameters((90, 90), (90,), (4, 90), (4,))
    layers = "[flatten, {type: dense, name: s, units: 90}, {type: dense, name: f, units: 4}]"
    arrays = {"s/kernel": square, "s/bias": bias, "f/kernel": weight, "f/bias": last}
    result = ours(tmp_path, layers, arrays, data_format)
    expected = linear(linear(PICTURE.reshape(2, -1), square, bias), weight, last)
    np.testing.assert_allclose(result, expected, atol=1e-12)


@both
def test_dense_without_flatten(tmp_path, data_format):
    weight, bias = parameters((4, 3), (4,))
    layers = "[global_average_pooling2d, {type: dense, name: f, units: 4}]"
    result = ours(tmp_path, layers, {"f/kernel": weight, "f/bias": bias}, data_format)
    np.testing.assert_allclose(result, linear(PICTURE.mean((2, 3)), weight, bias), atol=1e-12)


@both
def test_batch_norm_by_map(tmp_path, data_format):
    gamma, beta, mean, variance = parameters(*[(3,)] * 4)
    names = {"n/gamma": "bn.weight", "n/beta": "bn.bias"}
    names |= {"n/moving_mean": "bn.running_mean", "n/moving_variance": "bn.running_var"}
    arrays = dict(zip(names.values(), (gamma, beta, mean, np.abs(variance)), strict=True))
    arrays |= {"bn.num_batches_tracked": np.array(7)}
    layers = "[{type: batch_normalization, name: n}]"
    result = ours(tmp_path, layers, arrays, data_format, names)
    np.testing.assert_allclose(result, batch_norm(PICTURE, gamma, beta, mean, np.abs(variance)), atol=1e-12)


@both
def test_a_small_network_whole(tmp_path, data_format):
    kernel, bias, weight, last = parameters((4, 3, 2, 2), (4,), (5, 4 * 4 * 5), (5,))
    layers = "[{type: conv2d, name: c, filters: 4, kernel_size: 2, activation: relu}, flatten, "
    layers += "{type: dense, name: f, units: 5}]"
    arrays = {"c/kernel": kernel, "c/bias": bias, "f/kernel": weight, "f/bias": last}
    result = ours(tmp_path, layers, arrays, data_format)
    hidden = np.maximum(conv2d(PICTURE, kernel, bias), 0)
    np.testing.assert_allclose(result, linear(hidden.reshape(2, -1), weight, last), atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3, 2, 6), (72,), (4, 18), (4, 3, 2, 2), (2, 3, 3, 4), (3, 4, 2, 3)])
def test_a_kernel_of_another_shape(tmp_path, shape):
    """What `check` says is what stops a run; as many numbers are not enough."""
    layers = "[{type: conv2d, name: c, filters: 4, kernel_size: [2, 3]}]"
    np.savez(tmp_path / "w.npz", **{"c/kernel": np.zeros(shape), "c/bias": np.zeros(4)})
    text = f"dftrace: 1\ninput: [5, 6, 3]\nweights: {{file: w.npz, layout: torch}}\nlayers: {layers}"
    network = network_from_text(text, folder=tmp_path)
    with pytest.raises(WeightsError) as caught:
        load_weights(network)
    (problem,) = weights_problems(network)
    found = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    expected = f"{tmp_path / 'w.npz'}: c/kernel has shape {found}, PyTorch stores (4, 3, 2, 3)"
    assert (caught.value.code, caught.value.message) == (problem.code, problem.message) == ("E202", expected)
