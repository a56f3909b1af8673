"""A file in another framework's dialect is told ours."""

from __future__ import annotations

import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.spec import dialects
from dataflow_cli.spec.dialects import field_hint, our_type, type_hint


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        *[("Linear", "dense"), ("Dense", "dense"), ("Gemm", "dense"), ("fc", "dense")],
        *[("Conv2d", "conv2d"), ("Conv2D", "conv2d"), ("Conv1d", "conv1d"), ("Conv", "conv2d"), ("CONV3D", "conv3d")],
        *[("ConvTranspose2d", "conv2d_transpose"), ("Conv2DTranspose", "conv2d_transpose")],
        *[("MaxPool1d", "max_pooling1d"), ("MaxPooling2D", "max_pooling2d"), ("AvgPool3d", "average_pooling3d")],
        *[("AdaptiveAvgPool2d", "global_average_pooling2d"), ("GlobalAveragePooling2D", "global_average_pooling2d")],
        *[("BatchNorm2d", "batch_normalization"), ("BatchNormalization", "batch_normalization")],
        *[("LayerNorm", "layer_normalization"), ("ReLU", "relu"), ("LeakyReLU", "leaky_relu"), ("PReLU", "prelu")],
        *[("SiLU", "silu"), ("Swish", "silu"), ("Softmax", "softmax"), ("GELU", "gelu"), ("Identity", "linear")],
        *[("Flatten", "flatten"), ("view", "reshape"), ("Transpose", "permute"), ("Concat", "concatenate")],
        *[("Upsample", "up_sampling2d"), ("Dropout", "dropout"), ("Embedding", "embedding"), ("Sum", "add")],
    ],
)
def test_types(theirs, ours):
    assert our_type(theirs) == ours


@pytest.mark.parametrize("word", ["Transformer", "attention", "", "conv4d", "2d"])
def test_types_that_nobody_has(word):
    assert our_type(word) is None
    assert type_hint(word)


def test_every_answer_is_a_type_of_ours():
    assert set(dialects._TYPES.values()) <= set(KINDS)


@pytest.mark.parametrize(
    ("kind", "theirs", "ours"),
    [
        *[
            ("conv2d", "out_channels", "filters"),
            ("conv2d", "channels", "filters"),
            ("conv2d", "kernel", "kernel_size"),
        ],
        *[("conv2d", "stride", "strides"), ("conv2d", "pads", "padding"), ("conv2d", "dilation", "dilation_rate")],
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
    found, hint = field_hint(theirs, kind, KINDS[kind].options())
    assert found == ours
    assert hint == f"write `{ours}`" or (not ours and hint)


def test_fields_that_nobody_has():
    assert field_hint("filter", "conv2d", ["filters", "strides"]) == (None, "did you mean 'filters'?")
    assert field_hint("zzz", "conv2d", ["filters", "strides"]) == (None, "conv2d takes filters, strides")
    assert field_hint("zzz", "relu", []) == (None, "relu takes no fields")
