"""A file in another framework's words is told ours, or what is missing; what the hints say gives the right numbers."""

# ruff: noqa: E501 - a table reads better with one mistake a line

from __future__ import annotations

import re

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import NetworkError
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import FUNCTIONS
from dataflow_cli.netfile.dialects import types
from dataflow_cli.netfile.dialects.fields import ALIASES, NEUTRAL, field_hint
from dataflow_cli.netfile.dialects.missing import REMARKS, TABLE, missing
from dataflow_cli.netfile.dialects.types import our_type, unknown
from dataflow_cli.netfile.dialects.values import _MISSING, value_hint
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.netfile.following import followed

LINES = [line.partition(":") for line in TABLE.split("\n") if line and not line.startswith("#")]
MISSING = {word: ours for ours, _, others in LINES for word in (ours, *others.split())}
FIELDS = {field for kind in KINDS for field in KINDS[kind].options()}


def problems(layer, shape="[8, 8, 3]", top=""):
    with pytest.raises(NetworkError) as caught:
        network_from_text(f"dftrace: 1\n{top}input: {shape}\nlayers: [{layer}]\n")
    return caught.value.problems


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        *[("Linear", "dense"), ("nn.Linear", "dense"), ("Dense", "dense"), ("Gemm", "dense"), ("fc", "dense")],
        *[("Conv2d", "conv2d"), ("Conv2D", "conv2d"), ("Conv1d", "conv1d"), ("Conv", "conv2d"), ("CONV3D", "conv3d")],
        *[("ConvTranspose2d", "conv2d_transpose"), ("keras.layers.Conv2DTranspose", "conv2d_transpose")],
        *[("MaxPool1d", "max_pooling1d"), ("MaxPooling2D", "max_pooling2d"), ("AvgPool3d", "average_pooling3d")],
        *[("GlobalAveragePool", "global_average_pooling2d"), ("GlobalAvgPool1D", "global_average_pooling1d")],
        *[("BatchNorm2d", "batch_normalization"), ("BatchNormalization", "batch_normalization")],
        *[("layer_norm", "layer_normalization"), ("ReLU", "relu"), ("LeakyReLU", "leaky_relu"), ("PReLU", "prelu")],
        *[("SiLU", "silu"), ("Swish", "silu"), ("Softmax", "softmax"), ("GELU", "gelu"), ("Identity", "identity")],
        *[("Flatten", "flatten"), ("view", "reshape"), ("Transpose", "transpose"), ("Concat", "concatenate")],
        *[("Upsample", "up_sampling2d"), ("Dropout", "dropout"), ("Embedding", "embedding"), ("Sum", "add")],
    ],
)
def test_types(theirs, ours):
    assert our_type(theirs) == ours


@pytest.mark.parametrize("word", ["conv4d", "", "2d", "relu7", "nothing", "pool"])
def test_types_that_nobody_has(word):
    assert our_type(word) is None
    assert missing(word) is None
    assert unknown(word)[1]


def test_what_is_missing_is_missing():
    """A kind that is added is taken out of the table."""
    assert {our_type(word) for word in MISSING} == {None}
    assert not set(MISSING.values()) & set(KINDS)
    assert set(REMARKS) <= set(MISSING.values())
    assert {kind for kind in types._OURS if kind not in KINDS} == set()


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *[(word, "max_unpooling") for word in ("MaxUnpool2d", "MaxUnpool", "nn.MaxUnpool3d", "max_unpool_1d")],
        *[("Fold", "fold"), ("torch.nn.Fold", "fold"), ("fold", "fold"), ("Col2Im", "fold"), ("swiglu", "swiglu")],
        *[("RoiAlign", "roi_pooling"), ("DeformConv2d", "deform_conv"), ("AffineGrid", "grid_sample")],
    ],
)
def test_a_real_layer_that_dftrace_lacks_is_called_missing(word, name):
    (found,) = problems(f"{{type: {word}, whatever: 1}}")
    assert found.code == "E120"
    assert found.message.endswith(f"dftrace has no {name} yet")
    assert "did you mean" not in found.hint


@given(
    st.sampled_from(sorted(MISSING)),
    st.sampled_from(["", "nn.", "keras.layers."]),
    st.sampled_from("_-"),
    st.booleans(),
)
def test_in_every_spelling(word, module, between, upper):
    spelled = between.join(word[place : place + 3] for place in range(0, len(word), 3))
    assert missing(module + (spelled.upper() if upper else spelled)) == MISSING[word]


@pytest.mark.parametrize("word", sorted(set(MISSING.values()) | {"ReLU6", "ReLU", "swish", "dense", "tanhh"}))
def test_an_activation_is_ours_or_missing_or_a_layer_of_its_own(word):
    found = next(p for p in problems(f"{{type: conv2d, filters: 1, kernel_size: 1, activation: {word}}}"))
    expected = {
        "ReLU6": "write `activation: relu6`",
        "ReLU": "write `activation: relu`",
        "swish": "write `activation: silu`",
        "dense": f"known: {', '.join(FUNCTIONS)}",
        "tanhh": "did you mean 'tanh'?",
    }.get(word, f"dftrace has no {word} yet")
    assert found.hint == expected


@pytest.mark.parametrize(
    ("kind", "theirs", "ours"),
    [
        *[
            ("conv2d", "out_channels", "filters"),
            ("conv2d", "channels", "filters"),
            ("conv2d", "kernel", "kernel_size"),
        ],
        *[("conv2d", "stride", "strides"), ("conv2d", "pad", "padding"), ("conv2d", "dilation", "dilation_rate")],
        *[("conv2d", "bias", "use_bias"), ("conv2d", "group", "groups"), ("conv2d", "in_channels", "")],
        *[("dense", "out_features", "units"), ("dense", "size", "units"), ("dense", "in_features", "")],
        *[("max_pooling2d", "kernel_size", "pool_size"), ("max_pooling2d", "size", "pool_size")],
        *[
            ("dropout", "p", "rate"),
            ("batch_normalization", "eps", "epsilon"),
            ("leaky_relu", "alpha", "negative_slope"),
        ],
        *[
            ("softmax", "dim", "axis"),
            ("embedding", "num_embeddings", "input_dim"),
            ("reshape", "shape", "target_shape"),
        ],
        *[("embedding", "embedding_dim", "output_dim"), ("up_sampling2d", "scale_factor", "size")],
        *[("batch_normalization", "num_features", ""), ("dense", "input_shape", ""), ("linear", "units", "")],
    ],
)
def test_fields(kind, theirs, ours):
    found, hint = field_hint(theirs, kind, KINDS[kind].options(), {})
    assert found == ours
    assert hint.startswith(f"write `{ours}`") or (not ours and hint)


def test_fields_that_nobody_has():
    assert field_hint("filter", "conv2d", ["filters", "strides"], {}) == (None, "did you mean 'filters'?")
    assert field_hint("zzz", "conv2d", ["filters", "strides"], {}) == (None, "conv2d takes filters, strides")
    assert field_hint("zzz", "relu", [], {}) == (None, "relu takes no fields")


def test_the_tables_of_fields_name_fields():
    assert {ours for answers in ALIASES.values() for ours in answers} <= FIELDS | {"inputs"}


@pytest.mark.parametrize("name", sorted(NEUTRAL))
def test_a_field_that_dftrace_lacks_is_left_out_where_it_changes_nothing_and_missing_elsewhere(name):
    for value in NEUTRAL[name]:
        (found,) = problems(yaml.safe_dump({"type": "softsign", name: value}, default_flow_style=True))
        assert (found.code, found.hint) == ("E123", "leave it out: nothing else is computed here")
    (found,) = problems(f"{{type: softsign, {name}: 77}}")
    assert found.hint == f"dftrace has no `{name}` of softsign yet"


@pytest.mark.parametrize(
    ("layer", "hint"),
    [
        ("{type: batch_normalization, affine: false}", "write `center: false` and `scale: false`"),
        ("{type: conv2d, filters: 1, kernel_size: 3, pads: [1, 2, 3, 4]}", "write `padding: [[1, 3], [2, 4]]`"),
        ("{type: conv2d, filters: 1, kernel_size: 3, auto_pad: SAME_UPPER}", "write `padding: same`"),
        ("{type: permute, perm: [0, 2, 3, 1]}", "write `dims: [2, 3, 1]`"),
        ("{type: reshape, shape: [-1, 192]}", "write `target_shape: [192]`"),
        ("{type: layer_normalization, normalized_shape: [8, 3]}", "write `axis: [-2, -1]`, the last axes, in this file's order"),
        ("BatchNorm2d", "write `batch_normalization` and `epsilon: 1e-05`"),
        ("{type: BatchNorm2d, eps: 0.1}", "write `batch_normalization`"),
        ("{type: MaxPool, kernel_shape: [2, 2]}", "write `max_pooling2d` and `strides: 1`"),
        ("{type: ZeroPad2d, padding: [1, 2, 3, 4]}", "write `zero_padding2d` and `padding: [[3, 4], [1, 2]]`"),
        ("Dropout2d", "leave it out: only training uses it"),
        ("CrossEntropyLoss", "leave it out: it belongs to training"),
        ("Sequential", "write its layers one after the other, or as a block under `blocks:`"),
        ("{type: relu, name: a}, {type: relu, name: a}", "give the layer another `name`; if it is to have the weights of the first, with `weights: {share: a}`"),
        ("{type: dense, units: 1, weights: {kernel: emb/embeddings, bias: 0}}", "for another layer's parameter write `{share: emb/embeddings}`, with `transpose: true` if its axes are turned around"),
    ],
)  # fmt: skip
def test_what_is_to_be_written_follows_from_what_is_there(layer, hint):
    assert problems(layer)[0].hint == hint


@pytest.mark.parametrize(("key", "words"), _MISSING.items())
def test_values_that_dftrace_lacks(key, words):
    for word in words.split():
        assert value_hint(key, word) == f"dftrace has no {word} yet"


@pytest.mark.parametrize(
    ("top", "hint"),
    [
        ("data_format: NCHW\n", "write `data_format: channels_first`"),
        ("weights: {file: a.npz, layout: pytorch}\n", "write `layout: torch`"),
        ("weights: {init: xavier_uniform}\n", "write `init: glorot_uniform`"),
        ("weights: {init: he_uniform}\n", "dftrace has no he_uniform yet"),
    ],
)
def test_values(top, hint):
    assert problems("relu", top=top)[0].hint == hint


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ({"type": "AvgPool2d", "kernel_size": 3, "stride": 2, "padding": 1}, [10 / 9]),
        ({"type": "AvgPool2d", "kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, [2.5]),
        (
            {"type": "average_pooling2d", "pool_size": 3, "padding": 1, "strides": 2, "count_include_pad": True},
            [10 / 9],
        ),
        ({"type": "MaxPool", "kernel_shape": [1, 2]}, [2, 4]),
        ({"type": "relu6", "name": "x"}, [1, 2, 3, 4]),
    ],
)
def test_the_hints_followed_word_for_word_give_their_numbers(layer, expected):
    """Worked out by hand: PyTorch divides by all nine places of the window, ONNX steps by one."""
    picture = [[[1], [2]], [[3], [4]]]
    document = followed({"dftrace": 1, "input": [2, 2, 1], "layers": [layer]})
    network = network_from_text(yaml.safe_dump(document))
    output = run(network, load_weights(network, init="zeros"), [{"input": np.array([picture], np.float32)}]).output
    np.testing.assert_allclose(output.reshape(-1), expected, 1e-6)


def test_a_reciprocal_root_is_two_layers_as_its_error_says():
    (found,) = problems("{type: rsqrt}")
    assert "reciprocal_square_root" in found.message
    kinds = re.findall(r"`(\w+)`", found.hint)
    layers = "".join(f"- {kind}\n" for kind in kinds)
    (row,) = network_from_text(f"dftrace: 1\ninput: [2]\nlayers:\n{layers}").predict([[4.0, 0.25]])
    assert row.tolist() == [0.5, 2.0]
