"""Parameters as PyTorch stores them, in our layout."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.torch_order import channels_in_front, of_input
from dataflow_cli.weights.torch_layout import Translation
from tests.layers.examples import EXAMPLES, make
from tests.layers.per_kind import each_kind, per_kind


@pytest.mark.parametrize(
    ("kind", "fields", "parameter", "theirs", "ours"),
    [
        ("dense", {"units": 5}, "kernel", (5, 3), (3, 5)),
        ("dense", {"units": 5}, "bias", (5,), (5,)),
        ("conv1d", {"filters": 5, "kernel_size": 2}, "kernel", (5, 3, 2), (2, 3, 5)),
        ("conv2d", {"filters": 5, "kernel_size": [2, 4]}, "kernel", (5, 3, 2, 4), (2, 4, 3, 5)),
        ("conv3d", {"filters": 5, "kernel_size": [2, 4, 6]}, "kernel", (5, 3, 2, 4, 6), (2, 4, 6, 3, 5)),
        ("conv2d_transpose", {"filters": 5, "kernel_size": [2, 4]}, "kernel", (3, 5, 2, 4), (2, 4, 5, 3)),
        ("depthwise_conv2d", {"kernel_size": [2, 4], "depth_multiplier": 2}, "kernel", (6, 1, 2, 4), (2, 4, 3, 2)),
        ("depthwise_conv2d", {"kernel_size": 2}, "bias", (3,), (3,)),
        ("separable_conv2d", {"filters": 5, "kernel_size": 2}, "depthwise_kernel", (3, 1, 2, 2), (2, 2, 3, 1)),
        ("separable_conv2d", {"filters": 5, "kernel_size": 2}, "pointwise_kernel", (5, 3, 1, 1), (1, 1, 3, 5)),
        ("prelu", {"shared_axes": [1, 2]}, "alpha", (3,), (1, 1, 3)),
        ("prelu", {"shared_axes": [2, 3]}, "alpha", (3,), (3, 1, 1)),
        ("batch_normalization", {}, "gamma", (3,), (3,)),
    ],
)
def test_stored_by_torch(kind, fields, parameter, theirs, ours):
    stored = make(kind, fields).torch_stored(parameter, ours, [(4, 4, 3)], channels_in_front(3, first=False))
    assert stored.shape == theirs
    array = np.arange(np.prod(theirs)).reshape(theirs)
    assert Translation(stored)(array).shape == ours


def test_a_depthwise_kernel_from_torch_keeps_every_channel_with_its_kernels():
    """PyTorch lists the kernels channel by channel."""
    array = np.arange(6).reshape(6, 1, 1, 1)
    layer, order = (
        make("depthwise_conv2d", {"kernel_size": 1, "depth_multiplier": 2}),
        channels_in_front(3, first=False),
    )
    kernel = Translation(layer.torch_stored("kernel", (1, 1, 3, 2), [(4, 4, 3)], order))(array)
    np.testing.assert_array_equal(kernel[0, 0], [[0, 1], [2, 3], [4, 5]])


@per_kind(EXAMPLES)
def test_a_parameter_has_as_many_numbers_there_as_here(example):
    layer = make(example.kind, example.fields)
    order = of_input(example.shapes[0], first=getattr(layer, "channels_first", False))
    for name, parameter in layer.parameters(example.shapes).items():
        translate = Translation(layer.torch_stored(name, parameter.shape, example.shapes, order))
        stacked = translate.stored.stacked  # two tensors there are two rows of ours
        there = np.arange(parameter.count).reshape(1 + stacked, *translate.stored.shape)
        ours = translate.of_two(*there) if stacked else translate(there[0])
        assert sorted(ours.reshape(parameter.shape).reshape(-1)) == list(range(parameter.count))


@each_kind()
def test_no_kind_leaves_the_answer_to_the_base(kind):
    assert KINDS[kind].torch_order is not Layer.torch_order
