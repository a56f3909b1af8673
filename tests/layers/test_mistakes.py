"""Mistakes and the exact words that follow."""

# ruff: noqa: E501 - a table reads better with one mistake a line

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.layers import KINDS
from tests.layers.examples import make

SHAPES_DIFFER = "add a 1x1 conv2d (or strides) on the shortcut so both match"


@pytest.mark.parametrize(
    ("kind", "fields", "shapes", "code", "field", "message"),
    [
        ("conv2d", {"filters": 4, "kernel_size": 3}, [(28, 28)], "E133", "", "conv2d takes 3 dimensions (height, width, channels), found (28, 28)"),
        ("conv2d", {"filters": 4, "kernel_size": 3, "data_format": "channels_first"}, [(9,)], "E133", "", "conv2d takes 3 dimensions (channels, height, width), found (9,)"),
        ("conv2d", {"filters": 4, "kernel_size": 5}, [(4, 9, 1)], "E133", "", "a window of 5 does not fit into height 4"),
        ("conv2d", {"filters": 4, "kernel_size": 3, "groups": 2}, [(9, 9, 3)], "E126", "groups", "3 input channels cannot be split into 2 groups"),
        ("conv2d", {"filters": 3, "kernel_size": 3, "groups": 2}, [(9, 9, 4)], "E126", "filters", "3 filters cannot be split into 2 groups"),
        ("dense", {"units": 4}, [()], "E133", "", "dense takes a vector, found a single number"),
        ("conv2d_transpose", {"filters": 1, "kernel_size": 3, "output_padding": 1}, [(4, 4, 1)], "E126", "output_padding", "output_padding 1 is not smaller than strides 1"),
        ("conv2d_transpose", {"filters": 1, "kernel_size": 3, "padding": 4}, [(4, 4, 1)], "E133", "padding", "padding leaves -2 elements of height 4"),
        ("max_pooling2d", {"padding": 2}, [(4, 4, 1)], "E126", "padding", "padding 2 is not smaller than the window of 2"),
        ("average_pooling1d", {"pool_size": 5}, [(4, 1)], "E133", "", "a window of 5 does not fit into length 4"),
        ("reshape", {"target_shape": [3, 3]}, [(2, 4)], "E133", "target_shape", "8 elements of shape (2, 4) do not fill (3, 3), which takes 9"),
        ("reshape", {"target_shape": [3, -1]}, [(2, 4)], "E133", "target_shape", "8 elements of shape (2, 4) do not fill (3, -1), which takes a multiple of 3"),
        ("reshape", {"target_shape": [-1, -1]}, [(2, 4)], "E126", "target_shape", "target_shape (-1, -1) is not a shape"),
        ("reshape", {"target_shape": [0, -1]}, [(2, 4)], "E126", "target_shape", "target_shape (0, -1) is not a shape"),
        ("permute", {"dims": [1, 1]}, [(2, 4)], "E133", "dims", "dims [1, 1] do not order the 2 axes of the input"),
        ("permute", {"dims": [2, 1]}, [(2, 4, 3)], "E133", "dims", "dims [2, 1] do not order the 3 axes of the input"),
        ("cropping2d", {"cropping": 2}, [(4, 9, 3)], "E133", "cropping", "cropping 2 + 2 leaves nothing of height 4"),
        ("batch_normalization", {"axis": 3}, [(4, 9)], "E133", "axis", "batch_normalization has no axis 3 in an input of 2 dimensions"),
        ("layer_normalization", {"axis": [1, 0]}, [(4, 9)], "E133", "axis", "layer_normalization has no axis 0 in an input of 2 dimensions"),
        ("bidirectional", {"layer": {"type": "gru", "units": 2}}, [(4, 9), (2,)], "E133", "", "bidirectional starts with forward hidden and backward hidden, found 1 more inputs"),
        ("softmax", {"axis": -3}, [(4, 9)], "E133", "axis", "softmax has no axis -3 in an input of 2 dimensions"),
        ("prelu", {"shared_axes": 3}, [(4, 9)], "E133", "shared_axes", "prelu has no axis 3 in an input of 2 dimensions"),
        ("concatenate", {"axis": 4}, [(4, 9), (4, 9)], "E133", "axis", "concatenate has no axis 4 in an input of 2 dimensions"),
        ("concatenate", {}, [(12, 12, 32), (10, 12, 64)], "E132", "inputs", "inputs have shapes (12, 12, 32) and (10, 12, 64); they may differ only along axis 3"),
        ("concatenate", {}, [(4, 9), (9,)], "E132", "inputs", "inputs have shapes (4, 9) and (9,); they may differ only along axis 2"),
        ("add", {}, [(28, 28, 32), (28, 28, 16)], "E132", "inputs", "inputs have shapes (28, 28, 32) and (28, 28, 16)"),
        ("time_distributed", {"layer": "linear"}, [()], "E133", "", "time_distributed takes a sequence, found a single number"),
        ("maximum", {}, [(3,), (3,), (4,)], "E132", "inputs", "inputs have shapes (3,), (3,) and (4,)"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(kind, fields, shapes, code, field, message):  # noqa: PLR0917 - the columns of the table
    with pytest.raises(LayerError) as caught:
        make(kind, fields).output_shape(shapes)
    assert (caught.value.code, caught.value.field, caught.value.message) == (code, field, message)


def test_hints_say_what_to_write():
    with pytest.raises(LayerError) as caught:
        make("add", {}).output_shape([(28, 28, 32), (28, 28, 16)])
    assert caught.value.hint == SHAPES_DIFFER
    with pytest.raises(LayerError) as caught:
        make("add", {}).output_shape([(10,), (9,)])
    assert caught.value.hint == "give both branches the same number of units"
    with pytest.raises(LayerError) as caught:
        make("reshape", {"target_shape": [2]}).output_shape([(2, 3)])
    assert caught.value.hint == "[6] fills it; -1 stands for the length that follows from the others"


@pytest.mark.parametrize(
    ("indices", "message", "hint"),
    [
        (
            [[0, 1], [3, 1]],
            "embedding takes indices from 0 to 2, found 3 at (0,) of sample 1",
            "input_dim must be larger",
        ),
        (
            [[0, -1]],
            "embedding takes indices from 0 to 2, found -1 at (1,) of sample 0",
            "there is none for a negative",
        ),
        ([[0, 0.5]], "embedding takes integers, found 0.5 at (1,) of sample 0", "without scale or mean"),
        ([[0, float("nan")]], "embedding takes indices, found nan at (1,) of sample 0", "clean the data"),
        ([[0, float("inf")]], "embedding takes indices, found inf at (1,) of sample 0", "clean the data"),
    ],
)
def test_an_index_that_the_embedding_does_not_have(indices, message, hint):
    layer = make("embedding", {"input_dim": 3, "output_dim": 2})
    with pytest.raises(LayerError) as caught:
        layer([np.array(indices)], {"embeddings": np.zeros((3, 2))})
    assert caught.value.message == message
    assert hint in caught.value.hint
    assert caught.value.field == "input_dim"


def test_an_embedding_reads_whole_numbers_of_any_type():
    layer = make("embedding", {"input_dim": 3, "output_dim": 1})
    table = np.array([[1.0], [2.0], [3.0]])
    for dtype in (np.uint8, np.int32, np.float32):
        np.testing.assert_array_equal(layer([np.array([[2, 0]], dtype)], {"embeddings": table}), [[[3], [1]]])


@pytest.mark.parametrize(
    ("kind", "field", "value", "message"),
    [
        ("conv2d", "filters", "0", "expected an integer >= 1, found 0"),
        ("conv2d", "kernel_size", ["3", "3", "3"], "expected an integer >= 1, or a list of 2, found [3, 3, 3]"),
        ("conv2d", "padding", "full", "expected valid, same, or an integer >= 0, or 2 of them, or 2 pairs [before, after], found 'full'"),
        ("conv2d", "data_format", "NCHW", "expected channels_last or channels_first, found 'NCHW'"),
        ("conv2d", "activation", "ReLU", "expected the name of an activation, found 'ReLU'"),
        ("conv2d", "activation", "prelu", "'prelu' has parameters"),
        ("conv2d", "activation", {"type": "relu"}, "expected the name of an activation, found a mapping"),
        ("activation", "activation", None, "expected the name of an activation, found nothing"),
        ("up_sampling2d", "interpolation", "area", "expected nearest, bilinear, bicubic, lanczos3 or lanczos5, found 'area'"),
        ("dropout", "rate", "1.5", "expected a number >= 0 and <= 1, found 1.5"),
        ("relu", "max_value", "-1", "expected a number >= 0, found -1"),
        ("prelu", "shared_axes", "0", "expected an integer >= 1, found 0"),
        ("reshape", "target_shape", ["-2"], "expected an integer >= -1, found -2"),
        ("batch_normalization", "center", "yes", "expected true or false, found 'yes'"),
        ("time_distributed", "layer", {"type": "divide"}, "divide takes more than one input, and here is one"),
        ("time_distributed", "layer", {"type": "split", "indices_or_sections": 2}, "split gives several tensors, and one is wanted here"),
    ],
)  # fmt: skip
def test_values_that_a_field_does_not_take(kind, field, value, message):
    option = KINDS[kind].options()[field]
    with pytest.raises(FieldError) as caught:
        option.kind.read(value)
    assert caught.value.message == message
