"""Parameters, multiply-accumulates and shapes as numbers that stand in textbooks, and in words."""

from __future__ import annotations

import pytest

from dataflow_cli.layers import KINDS, family
from tests.layers.examples import EXAMPLES, make

QUANTIZED = {kind for kind in KINDS if family(KINDS[kind]) == "quantized"}


def test_counts_of_the_chapters_layers():
    conv = make("conv2d", {"filters": "64", "kernel_size": "3"})
    assert sum(parameter.count for parameter in conv.parameters([(26, 26, 32)]).values()) == 18_496
    assert conv.mac_factors([(26, 26, 32)]) == ((24, 24, 64, 3, 3, 32),)
    dense = make("dense", {"units": "128"})
    assert sum(parameter.count for parameter in dense.parameters([(9216,)]).values()) == 1_179_776
    assert dense.macs([(9216,)]) == 1_179_648


@pytest.mark.parametrize(
    ("kind", "fields", "macs"),
    [
        ("depthwise_conv2d", {"kernel_size": 3, "depth_multiplier": 2}, 4 * 4 * 5 * 2 * 9),
        ("separable_conv2d", {"kernel_size": 3, "filters": 7}, 4 * 4 * 5 * 9 + 4 * 4 * 7 * 5),
        ("conv2d_transpose", {"kernel_size": 3, "filters": 7, "strides": 2}, 6 * 6 * 5 * 9 * 7),
        ("conv2d", {"kernel_size": 3, "filters": 10, "groups": 5}, 4 * 4 * 10 * 9 * 1),
        ("max_pooling2d", {}, 0),
        ("batch_normalization", {}, 0),
    ],
)
def test_multiply_accumulates(kind, fields, macs):
    assert make(kind, fields).macs([(6, 6, 5)]) == macs


@pytest.mark.parametrize(
    ("kind", "fields", "shapes", "macs"),
    [
        ("matmul", {}, [(4, 5, 6), (4, 6, 7)], 4 * 5 * 6 * 7),
        ("dot", {"axis": 1}, [(6, 5), (6, 7)], 5 * 6 * 7),
        ("matmul_integer", {}, [(5, 6), (6, 7)], 5 * 6 * 7),
    ],
)
def test_products_of_two_inputs_are_counted(kind, fields, shapes, macs):
    """Queries times keys, written by hand, are as much work as within attention."""
    assert make(kind, fields).macs(shapes) == macs


@pytest.mark.parametrize(
    ("kind", "fields", "shapes", "lines"),
    [
        (
            "conv2d",
            {"filters": 8, "kernel_size": 3},
            [(28, 27, 1)],
            ["height: (28 - 3)/1 + 1 = 26", "width: (27 - 3)/1 + 1 = 25"],
        ),
        (
            "conv1d",
            {"filters": 8, "kernel_size": 3, "padding": "same"},
            [(28, 1)],
            ["length: (28 + 1 + 1 - 3)/1 + 1 = 28"],
        ),
        ("max_pooling2d", {}, [(24, 25, 3)], ["height: (24 - 2)/2 + 1 = 12", "width: ⌊(25 - 2)/2⌋ + 1 = 12"]),
        (
            "depthwise_conv2d",
            {"kernel_size": 1, "depth_multiplier": 2},
            [(5, 5, 3)],
            ["height: (5 - 1)/1 + 1 = 5", "width: (5 - 1)/1 + 1 = 5", "channels: 3·2 = 6"],
        ),
        (
            "conv2d_transpose",
            {"filters": 1, "kernel_size": [3, 2], "strides": 2, "padding": "same"},
            [(14, 14, 1)],
            ["height: (14 - 1)·2 + 3 - 0 - 1 = 28", "width: (14 - 1)·2 + 2 = 28"],
        ),
        (
            "conv2d_transpose",
            {"filters": 1, "kernel_size": 1, "strides": [3, 1]},
            [(4, 4, 1)],
            ["height: (4 - 1)·3 + 1 - 0 + 2 = 12", "width: (4 - 1)·1 + 1 = 4"],
        ),
        ("flatten", {}, [(12, 12, 64)], ["12·12·64 = 9,216"]),
        ("reshape", {"target_shape": [7, -1]}, [(28,)], ["28 = 28 = 7·4"]),
        ("permute", {"dims": [2, 1]}, [(4, 5)], ["axes 2, 1 of the input"]),
        ("zero_padding2d", {}, [(26, 2, 1)], ["height: 26 + 1 + 1 = 28", "width: 2 + 1 + 1 = 4"]),
        ("cropping2d", {"cropping": [[1, 2], [0, 0]]}, [(9, 4, 1)], ["height: 9 - 1 - 2 = 6", "width: 4 - 0 - 0 = 4"]),
        ("up_sampling2d", {}, [(14, 7, 1)], ["height: 14·2 = 28", "width: 7·2 = 14"]),
        ("global_average_pooling2d", {}, [(7, 7, 64)], ["7·7 positions become 1 in each of 64 channels"]),
        ("concatenate", {}, [(4, 4, 32), (4, 4, 64)], ["channels: 32 + 64 = 96"]),
        ("concatenate", {}, [(3,), (4,)], ["features: 3 + 4 = 7"]),
        ("concatenate", {"axis": 1}, [(4, 4, 32), (5, 4, 32)], ["height: 4 + 5 = 9"]),
        ("add", {}, [(4, 4), (4, 4)], ["the shape of the inputs"]),
        ("multiply", {}, [(4, 4, 2), (1, 1, 2)], ["(4, 4, 2) and (1, 1, 2) give (4, 4, 2)"]),
        ("embedding", {"input_dim": 9, "output_dim": 4}, [(7,)], ["4 numbers for every index"]),
        ("relu", {}, [(7,)], ["the shape of the input"]),
    ],
)
def test_shape_arithmetic_in_words(kind, fields, shapes, lines):
    assert list(make(kind, fields).shape_arithmetic(shapes)) == lines


def test_what_parameters_start_as():
    """Constants where Keras starts with constants, None where it starts with random numbers."""
    found = {
        (example.kind, name): (parameter.fill, parameter.trainable)
        for example in EXAMPLES
        for name, parameter in example.layer().parameters(example.shapes).items()
    }
    constants = {"bias": 0, "gamma": 1, "beta": 0, "moving_mean": 0, "moving_variance": 1, "alpha": 0}
    constants |= {"scale": 1, "concat_score_weight": 1, "query_norm": 1, "key_norm": 1, "mean": 0, "variance": 1}
    for (kind, name), (fill, trainable) in found.items():
        constant = constants.get(name, 0 if name.endswith(("_bias", "zero_point")) else None)
        constant = 1 / 32 if name.endswith("scale") and kind in QUANTIZED else constant  # int8 from -4 to 4
        assert fill == constant or kind in {"layer_scale", "additive_attention"}, (kind, name)
        if kind != "constant":  # which says so itself
            measured = name.endswith(("mean", "variance", "vector_u")) or (
                kind in QUANTIZED and name not in ("kernel", "bias")
            )
            assert trainable != measured, (kind, name)
    assert set(constants) <= {name for _, name in found}
