"""Receptive fields against brute force: of every kind by itself, and of stacks of layers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.reach import AxisReach, Reach
from dataflow_cli.layers.windows import Window
from tests.layers.examples import EXAMPLES, Example, arrays, make

LEAPING = {"strides", "dilation_rate"}
"""A transposed convolution with both leaves out places within its stretch."""


def seen(example: Example, axis: int) -> list[set[int]]:
    """For every place along a spatial axis of the output, the places of the input that change it."""
    inputs, parameters = arrays(example, 1)
    layer = example.layer()
    before = layer(inputs, parameters)
    result: list[set[int]] = [set() for _ in range(before.shape[axis + 1])]
    rng = np.random.default_rng(1)
    for which, x in enumerate(inputs):
        for place in range(x.shape[axis + 1]):
            for strength in (0.5, 1e3, -1e3):
                changed = np.moveaxis(x.copy(), axis + 1, 0)
                if example.kind == "embedding":
                    changed[place] = (changed[place] + 1) % layer.input_dim
                else:
                    changed[place] += strength * rng.uniform(0.5, 1, changed[place].shape)
                others = [*inputs[:which], np.moveaxis(changed, 0, axis + 1), *inputs[which + 1 :]]
                differs = np.moveaxis(layer(others, parameters) != before, axis + 1, 0)
                for position in np.flatnonzero(differs.reshape(len(differs), -1).any(axis=1)):
                    result[position].add(place)
    return result


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_receptive_field_is_what_changes_the_output(example):
    """Elements outside do not change it; inside, the first and the last do."""
    layer = example.layer()
    spatial = len(example.shapes[0]) - 1
    reach = layer.reach([Reach.of_input(spatial)] * len(example.shapes), example.shapes)
    if reach.axes is None:
        return
    assert len(reach.axes) == len(layer.output_shape(example.shapes)) - 1
    for number, axis in enumerate(reach.axes):
        length = example.shapes[0][number]
        for position, places in enumerate(seen(example, number)):
            stretch = axis.at(position)
            assert places <= set(stretch), (number, position)
            if stretch and not example.fields.keys() >= LEAPING:
                ends = {stretch[0], stretch[-1]} & set(range(length))
                assert ends <= places, (number, position)


def test_the_receptive_field_is_whole_where_everything_is_seen():
    whole = {
        example.kind
        for example in EXAMPLES
        if len(example.shapes[0]) == 3
        and example.layer().reach([Reach.of_input(2)] * len(example.shapes), example.shapes).axes is None
    }
    assert whole == {
        "flatten",
        "global_average_pooling2d",
        "global_max_pooling2d",
        "permute",
        "layer_normalization",
        "multiply",
    }


def test_the_activation_of_a_layer_may_see_further():
    """A softmax along the width sees the whole width, whoever applies it."""
    shape = (2, 5, 4)
    conv = make("conv2d", {"filters": 2, "kernel_size": 1, "activation": "softmax"})
    start = Reach.of_input(2)
    assert conv.reach([start], [shape]).sizes == (1, 1)
    first = replace(conv, data_format="channels_first")
    assert first.reach([start], [shape]).axes is None
    alone = make("activation", {"activation": "softmax", "data_format": "channels_first"})
    assert alone.reach([start], [shape]).axes is None
    assert make("add", {"activation": "softmax"}).reach([start, start], [shape, shape]).sizes == (1, 1)
    assert make("softmax", {"axis": 1, "data_format": "channels_first"}).reach([start], [shape]).sizes == (1, 1)


# Stacks of layers

LENGTH = 15
SMALL = st.integers(1, 3)

convolutions = st.builds(
    lambda size, stride, dilation, padding: (
        "conv2d",
        {"filters": 1, "kernel_size": [size, 1], "strides": [stride, 1], "dilation_rate": dilation, "padding": padding},
    ),
    SMALL,
    SMALL,
    SMALL,
    st.sampled_from(["valid", "same"]),
)
pools = st.builds(
    lambda size, stride: ("average_pooling2d", {"pool_size": [size, 1], "strides": [stride, 1], "padding": "same"}),
    SMALL,
    SMALL,
)
growths = st.builds(
    lambda size, stride, dilation, padding: (
        "conv2d_transpose",
        {"filters": 1, "kernel_size": [size, 1], "strides": [stride, 1], "dilation_rate": dilation, "padding": padding},
    ),
    SMALL,
    SMALL,
    SMALL,
    st.sampled_from(["valid", "same"]),
)
stretches = st.builds(
    lambda factor, how: ("up_sampling2d", {"size": [factor, 1], "interpolation": how}),
    SMALL,
    st.sampled_from(["nearest", "bilinear"]),
)
borders = st.builds(
    lambda kind, before, after: (f"{kind}2d", {kind.removeprefix("zero_"): [[before, after], [0, 0]]}),
    st.sampled_from(["zero_padding", "cropping"]),
    SMALL,
    SMALL,
)


def run(stack, x):
    """The output of layers with all parameters 1."""
    for layer in stack:
        parameters = layer.parameters([x.shape[1:]])
        x = layer([x], {name: np.ones(parameter.shape) for name, parameter in parameters.items()})
    return x


@settings(max_examples=300)
@given(st.lists(st.one_of(convolutions, pools, growths, stretches, borders), min_size=1, max_size=4))
def test_a_stack_of_layers_sees_no_further_than_its_reach(kinds):
    stack = [make(kind, fields) for kind, fields in kinds]
    reach, shape = Reach.of_input(2), (LENGTH, 1, 1)
    try:
        for layer in stack:
            reach = layer.reach([reach], [shape])
            shape = layer.output_shape([shape])
    except LayerError:
        reject()
    inputs = np.eye(LENGTH)[:, :, None, None]
    changes = run(stack, inputs) - run(stack, np.zeros_like(inputs))
    for position in range(shape[0]):
        places = set(np.flatnonzero(changes[:, position, 0, 0]))
        assert places <= set(reach.axes[0].at(position))
        assert len(places) <= reach.sizes[0]


def test_the_chapters_network():
    """Conv 3, conv 3, pool 2: 3, 5 and 6 elements, a step of 2 at the end."""
    reach = Reach.of_input(2)
    sizes = []
    shape = (28, 28, 1)
    for kind, fields in [
        ("conv2d", {"filters": 1, "kernel_size": 3}),
        ("conv2d", {"filters": 1, "kernel_size": 3}),
        ("max_pooling2d", {}),
    ]:
        layer = make(kind, fields)
        reach, shape = layer.reach([reach], [shape]), layer.output_shape([shape])
        sizes.append(reach.sizes)
    assert sizes == [(3, 3), (5, 5), (6, 6)]
    assert reach.axes[0] == AxisReach(Fraction(2), Fraction(0), Fraction(5))
    assert list(reach.axes[0].at(3)) == [6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize(("size", "stride", "sizes"), [(3, 2, 2), (4, 2, 2), (5, 2, 3), (1, 3, 1), (2, 1, 2)])
def test_a_transposed_convolution_sees_most_where_most_copies_overlap(size, stride, sizes):
    layer = make("conv2d_transpose", {"filters": 1, "kernel_size": size, "strides": stride})
    assert layer.reach([Reach.of_input(2)], [(9, 9, 1)]).sizes == (sizes, sizes)


def test_merged_fields_hold_each_other():
    narrow, wide = AxisReach(), AxisReach().through(Window(3, padding="same"), 9)
    assert Reach((narrow,)).merged([Reach((wide,))]) == Reach((wide,))
    assert Reach((narrow,)).merged([]) == Reach((narrow,))
    strided = AxisReach().through(Window(1, stride=2), 9)
    assert Reach((narrow,)).merged([Reach((strided,))]).axes is None
    assert Reach((narrow,)).merged([Reach(None)]).axes is None
    assert Reach((narrow,)).merged([Reach((narrow, narrow))]).axes is None


def test_the_whole_stays_whole():
    whole = Reach.of_input(2).whole()
    assert whole.sizes is None
    assert whole.through([Window(3)] * 2, [9, 9]) == whole
    for kind, fields in [("conv2d_transpose", {"filters": 1, "kernel_size": 3}), ("up_sampling2d", {})]:
        assert make(kind, fields).reach([whole], [(3, 3, 1)]).axes is None
    assert make("embedding", {"input_dim": 3, "output_dim": 2}).reach([whole], [(5,)]).axes is None
    assert make("embedding", {"input_dim": 3, "output_dim": 2}).reach([Reach.of_input(0)], [(5,)]).sizes == (1,)


@pytest.mark.parametrize("kind", ["softmax", "log_softmax", "layer_normalization"])
def test_a_function_of_a_vector_sees_all_of_it(kind):
    assert make(kind, {}).reach([Reach.of_input(0)], [(5,)]).axes is None
    assert make(kind, {}).reach([Reach.of_input(1)], [(5, 3)]).sizes == (1,)


def test_dense_over_channels_is_a_1_x_1_convolution():
    """Keras' dense works along the last axis: the channels, unless they stand first; a vector it sees whole."""
    dense, conv = make("dense", {"units": 3}), make("conv2d", {"filters": 1, "kernel_size": 3})
    seen = conv.reach([Reach.of_input(2)], [(8, 8, 1)])
    assert dense.reach([seen], [(6, 6, 1)]).sizes == (3, 3)
    assert dense.reach([Reach.of_input(2, channels_first=True)], [(1, 6, 6)]).axes is None
    assert dense.reach([Reach.of_input(0)], [(5,)]).axes is None
