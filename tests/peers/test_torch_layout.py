"""State dicts of PyTorch's modules, by `layout: torch`: what the module computes comes out, in both data formats.

Every module is written beside the layers that stand for it; a row of its state dict's names says which is whose.
"""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import WeightsError
from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

ROLES = {
    "dense": {"kernel": "weight", "bias": "bias"},
    "normalization": {
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    },
    "prelu": {"alpha": "weight"},
    "embedding": {"embeddings": "weight"},
}


class Two(nn.Module):
    """Two branches, and what becomes of both."""

    def __init__(self, one, other, join, behind):
        super().__init__()
        self.one, self.other, self.join, self.behind = one, other, join, behind

    def forward(self, x):
        return self.behind(self.join(self.one(x), self.other(x)))


class Do(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *x):
        return self.function(*x)


def join_by_channels(*x):
    return torch.cat(x, 1)


def swapped(x):
    return x.transpose(1, 2)


PICTURE = (3, 6, 8)
CONV = "{type: conv2d, name: one, filters: 4, kernel_size: 3}"
OTHER = "{type: conv2d, name: other, inputs: [input], filters: 2, kernel_size: 5}"
CASES = {
    "flatten": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(96, 5)),
        f"{CONV}, flatten, {{type: dense, name: fc, units: 5}}",
        {"one": "0", "fc": "2"},
    ),
    "view, and all that keeps the order": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 4, 3), Do(lambda x: x.view(len(x), -1)), nn.Dropout(), nn.BatchNorm1d(96), nn.PReLU(96)),
            *(nn.LayerNorm(96), nn.Softmax(1), nn.Linear(96, 5)),
        ),
        (
            f"{CONV}, {{type: reshape, target_shape: [-1]}}, {{type: dropout, rate: 0.5}}, "
            "{type: batch_normalization, name: bn, epsilon: 1e-5}, {type: prelu, name: p}, "
            "{type: layer_normalization, name: ln, epsilon: 1e-5}, softmax, {type: dense, name: fc, units: 5}"
        ),
        {"one": "0", "bn": "3", "p": "4", "ln": "5", "fc": "7"},
    ),
    "concatenated branches": (
        lambda: Two(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()),
            nn.Sequential(nn.Conv2d(3, 2, 5), nn.Flatten()),
            Do(join_by_channels),
            nn.Linear(112, 5),
        ),
        (
            f"{CONV}, {{type: flatten, name: f1}}, {OTHER}, {{type: flatten, name: f2}}, "
            "{type: concatenate, inputs: [f1, f2]}, {type: dense, name: fc, units: 5}"
        ),
        {"one": "one.0", "other": "other.0", "fc": "behind"},
    ),
    "a flattened and a pooled branch": (
        lambda: Two(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()),
            nn.Sequential(nn.Conv2d(3, 2, 5), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 7)),
            Do(join_by_channels),
            nn.Sequential(nn.BatchNorm1d(103), nn.Linear(103, 5)),
        ),
        (
            f"{CONV}, {{type: flatten, name: f1}}, {OTHER}, global_average_pooling2d, "
            "{type: dense, name: g, units: 7}, {type: concatenate, inputs: [f1, g]}, "
            "{type: batch_normalization, name: bn, epsilon: 1e-5}, "
            "{type: dense, name: fc, units: 5}"
        ),
        {"one": "one.0", "other": "other.0", "g": "other.3", "bn": "behind.0", "fc": "behind.1"},
    ),
    "added branches": (
        lambda: Two(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()),
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten()),
            Do(torch.add),
            nn.Linear(96, 5),
        ),
        (
            f"{CONV}, {{type: flatten, name: f1}}, {{type: conv2d, name: other, inputs: [input], filters: 4, "
            "kernel_size: 3, activation: relu}, {type: flatten, name: f2}, {type: add, inputs: [f1, f2]}, "
            "{type: dense, name: fc, units: 5}"
        ),
        {"one": "one.0", "other": "other.0", "fc": "behind"},
    ),
    "layer normalization over channels, height and width": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.LayerNorm((4, 4, 6)), nn.Flatten(), nn.Linear(96, 5)),
        (
            f"{CONV}, {{type: layer_normalization, name: ln, axis: [1, 2, 3], epsilon: 1e-5}}, flatten, "
            "{type: dense, name: fc, units: 5}"
        ),
        {"one": "0", "ln": "1", "fc": "3"},
    ),
    "layer normalization over height and width": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.LayerNorm((4, 6)), nn.Flatten(), nn.Linear(96, 5)),
        (
            f"{CONV}, {{type: layer_normalization, name: ln, axis: HW, epsilon: 1e-5}}, flatten, "
            "{type: dense, name: fc, units: 5}"
        ),
        {"one": "0", "ln": "1", "fc": "3"},
    ),
    "average pooling that counts padding": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.AvgPool2d(3, 2, 1), nn.Flatten(), nn.Linear(24, 5)),
        (
            f"{CONV}, {{type: zero_padding2d, padding: 1}}, {{type: average_pooling2d, pool_size: 3, strides: 2}}, "
            "flatten, {type: dense, name: fc, units: 5}"
        ),
        {"one": "0", "fc": "3"},
    ),
    "a network of MobileNet's kind": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU6(), nn.Conv2d(6, 12, 3, 1, 1, groups=6)),
            *(nn.LeakyReLU(), nn.Conv2d(12, 4, 1, groups=2), nn.PReLU(4), nn.MaxPool2d(2, 1), nn.Flatten()),
            *(nn.Linear(24, 24), nn.GELU(), nn.Linear(24, 5), nn.LogSoftmax(1)),
        ),
        (
            "{type: conv2d, name: a, filters: 6, kernel_size: 3, strides: 2, padding: 1, use_bias: false}, "
            "{type: batch_normalization, name: bn, epsilon: 1e-5}, {type: relu, max_value: 6}, "
            "{type: depthwise_conv2d, name: d, kernel_size: 3, padding: 1, depth_multiplier: 2}, "
            "{type: leaky_relu, negative_slope: 0.01}, {type: conv2d, name: g, filters: 4, kernel_size: 1, groups: 2}, "
            "{type: prelu, name: p, shared_axes: HW}, {type: max_pooling2d, pool_size: 2, strides: 1}, flatten, "
            "{type: dense, name: f1, units: 24, activation: gelu}, "
            "{type: dense, name: f2, units: 5, activation: log_softmax}"
        ),
        {"a": "0", "bn": "1", "d": "3", "g": "5", "p": "6", "f1": "9", "f2": "11"},
    ),
    "transposed convolutions and sizes": (
        lambda: nn.Sequential(
            *(nn.ConvTranspose2d(3, 4, 3, 2, 1, 1), nn.ZeroPad2d((1, 0, 2, 0)), nn.Conv2d(4, 2, 4, padding="same")),
            *(nn.Upsample(scale_factor=2, mode="bilinear"), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(2, 5)),
        ),
        (
            "{type: conv2d_transpose, name: t, filters: 4, kernel_size: 3, strides: 2, padding: 1, output_padding: 1}, "
            "{type: zero_padding2d, padding: [[2, 0], [1, 0]]}, "
            "{type: conv2d, name: c, filters: 2, kernel_size: 4, padding: same}, "
            "{type: up_sampling2d, size: 2, interpolation: bilinear}, {type: global_max_pooling2d, keepdims: true}, "
            "flatten, {type: dense, name: fc, units: 5}"
        ),
        {"t": "0", "c": "2", "fc": "6"},
    ),
}


def ours(folder, layers, state, whose, x, *, data_format="channels_last"):
    """What our network makes of the state dict and the input."""
    first = data_format == "channels_first"
    layers = layers.replace("HW", "[2, 3]" if first else "[1, 2]")
    names = {name: (theirs, kind_of(layers, name)) for name, theirs in whose.items()}
    here = x if first or x.ndim < 3 else np.moveaxis(x, 1, -1)
    mapped = ", ".join(
        f"{name}/{role}: {theirs}.{word}"
        for name, (theirs, kind) in names.items()
        for role, word in ROLES.get(kind, ROLES["dense"]).items()
        if f"{theirs}.{word}" in state
    )
    np.savez(folder / "w.npz", **{name: value.numpy() for name, value in state.items()})
    text = (
        f"dftrace: 1\ndata_format: {data_format}\ninput: {{shape: {list(here.shape[1:])}, dtype: float64}}\n"
        f"weights: {{file: w.npz, layout: torch, map: {{{mapped}}}}}\nlayers: [{layers}]\n"
    )
    network = network_from_text(text, folder=folder)
    weights = load_weights(network)
    assert weights.warnings == ()
    for how, zipped in (("now.pt", True), ("before_1_6.pth", False)):
        torch.save(state, folder / how, _use_new_zipfile_serialization=zipped)
        direct = network_from_text(text.replace("w.npz, layout: torch", how), folder=folder)
        for node in network.nodes:
            for parameter, array in load_weights(direct).of(node.name).items():
                np.testing.assert_array_equal(array, weights.of(node.name)[parameter])
    return run(network, weights, [{"input": here}]).output


def kind_of(layers, name):
    """What the parameters of a layer are called."""
    kind = (layers.partition(f"name: {name}")[0]).rpartition("type: ")[2].partition(",")[0]
    return "normalization" if kind.endswith("normalization") else kind


def with_statistics(module):
    """The module with numbers in every parameter, and none of them 0 or 1."""
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if "var" in name else torch.randn_like(value) / 3)
    return module.double().eval()


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("case", CASES)
def test_a_state_dict(tmp_path, case, data_format):
    torch.manual_seed(3)
    make, layers, whose = CASES[case]
    module = with_statistics(make())
    x = torch.randn(2, *PICTURE, dtype=torch.float64)
    with torch.no_grad():
        expected = module(x).numpy()
    found = ours(tmp_path, layers, module.state_dict(), whose, x.numpy(), data_format=data_format)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


SEQUENCES = {
    "embedding, flattened": (
        lambda: nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3)),
        "{type: embedding, name: e, input_dim: 9, output_dim: 4}, flatten, {type: dense, name: fc, units: 3}",
        {"e": "0", "fc": "2"},
    ),
    "embedding, convolved": (
        lambda: nn.Sequential(nn.Embedding(9, 4), Do(swapped), nn.Conv1d(4, 6, 2), nn.Flatten(), nn.Linear(24, 3)),
        (
            "{type: embedding, name: e, input_dim: 9, output_dim: 4}, "
            "{type: conv1d, name: c, filters: 6, kernel_size: 2}, flatten, {type: dense, name: fc, units: 3}"
        ),
        {"e": "0", "c": "2", "fc": "4"},
    ),
    "normalized along the last axis, and dense": (
        lambda: nn.Sequential(
            *(nn.Embedding(9, 4), nn.LayerNorm(4), nn.Linear(4, 6), nn.ReLU(), nn.LayerNorm((5, 6)), nn.Flatten()),
            nn.Linear(30, 3),
        ),
        (
            "{type: embedding, name: e, input_dim: 9, output_dim: 4}, "
            "{type: layer_normalization, name: a, epsilon: 1e-5}, {type: dense, name: d, units: 6, activation: relu}, "
            "{type: layer_normalization, name: b, axis: [1, 2], epsilon: 1e-5}, flatten, "
            "{type: dense, name: fc, units: 3}"
        ),
        {"e": "0", "a": "1", "d": "2", "b": "4", "fc": "6"},
    ),
}


@pytest.mark.parametrize("case", SEQUENCES)
def test_a_sequence(tmp_path, case):
    torch.manual_seed(4)
    make, layers, whose = SEQUENCES[case]
    module = with_statistics(make())
    x = torch.randint(9, (2, 5))
    with torch.no_grad():
        expected = module(x).numpy()
    found = ours(tmp_path, layers, module.state_dict(), whose, x.numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_vectors_that_become_pictures(tmp_path):
    """A decoder: the layers that the error names give PyTorch's numbers."""
    torch.manual_seed(5)
    shape = (4, 3, 2)
    module = nn.Sequential(nn.Linear(5, 24), nn.Unflatten(1, shape), nn.ConvTranspose2d(4, 2, 2, 2))
    with_statistics(module)
    x = torch.randn(2, 5, dtype=torch.float64)
    with torch.no_grad():
        expected = module(x).numpy()
    wrong = "{type: dense, name: d, units: 24}, {type: reshape, target_shape: [3, 2, 4]}, LAST"
    last = "{type: conv2d_transpose, name: t, filters: 2, kernel_size: 2, strides: 2}"
    given = (module.state_dict(), {"d": "0", "t": "2"}, x.numpy())
    with pytest.raises(WeightsError, match="whether PyTorch's axes are those of") as caught:
        ours(tmp_path, wrong.replace("LAST", last), *given)
    assert caught.value.hint == (
        "write `target_shape: [4, 3, 2]`, PyTorch's, and `{type: permute, dims: [2, 3, 1]}` behind it"
    )
    right = wrong.replace("[3, 2, 4]}", "[4, 3, 2]}, {type: permute, dims: [2, 3, 1]}").replace("LAST", last)
    found = ours(tmp_path, right, *given)
    np.testing.assert_allclose(np.moveaxis(found, -1, 1), expected, rtol=1e-9, atol=1e-9)


THEIRS = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "hard_sigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "softmax": lambda: nn.Softmax(1),
    "log_softmax": lambda: nn.LogSoftmax(1),
    "relu6": nn.ReLU6,
    "hard_tanh": nn.Hardtanh,
    "hard_silu": nn.Hardswish,
    "hard_shrink": nn.Hardshrink,
    "soft_shrink": nn.Softshrink,
    "tanh_shrink": nn.Tanhshrink,
    "mish": nn.Mish,
    "celu": nn.CELU,
    "log_sigmoid": nn.LogSigmoid,
}


@pytest.mark.parametrize("kind", THEIRS)
def test_defaults_of_activations_that_differ_are_known_to(kind):
    """Where a function differs with all fields left out, the kind names PyTorch's default, and so it agrees."""
    x = np.linspace(-6, 6, 25).reshape(1, 25)
    layer = KINDS[kind](**KINDS[kind].torch_defaults)
    expected = THEIRS[kind]()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(layer([x], {}), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("kind", ["batch_normalization", "layer_normalization"])
def test_defaults_of_normalizations(kind):
    theirs = {"batch_normalization": nn.BatchNorm2d(3), "layer_normalization": nn.LayerNorm(3)}[kind]
    assert KINDS[kind].torch_defaults == {"epsilon": theirs.eps}
