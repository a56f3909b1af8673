"""The learned kernels as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.api import network_from_text
from dataflow_cli.errors import UnknownName
from dataflow_cli.render.pictures.kernels import kernels_picture
from dataflow_cli.weights.learned_kernels import kernels_of
from dataflow_cli.weights.load import load_weights
from tests.render.pictures.pictures import grays

NET = """\
dftrace: 1
name: kernels
input: {shape: [4, 4, 2]}
weights: {init: glorot_uniform, seed: 1}
layers:
  - {type: conv2d, name: first, filters: 3, kernel_size: [1, 2], use_bias: false,
     weights: {kernel: [[[[1, 2, 3], [4, -8, 6]], [[0, 0, 0], [0, 0, 8]]]]}}
  - {type: conv2d, name: wide, filters: 100, kernel_size: 3}
  - flatten
  - {type: dense, name: dense, units: 2}
"""


def picture_of(text=NET, names=("first",), scale="layer"):
    network = network_from_text(text)
    return kernels_picture(kernels_of(network, load_weights(network), names), how="zero", scale=scale, colormap="gray")


def test_filters_go_across_and_channels_down():
    (row,) = picture_of().rows
    (tiles,) = row.panels
    assert row.name == "first/kernel"
    assert row.lines == ("(1, 2, 2, 3)", "3 filters across,", "2 channels down")
    assert tiles.columns == 3
    # channel 0 of filter 0 is (1, 0): 128 - 128 / 8 = 112; channel 1 of filter 1 is (-8, 0), of filter 2 (6, 8)
    assert grays(tiles.pixels[0]) == [[112, 128]]
    assert grays(tiles.pixels[4]) == [[255, 128]]
    assert grays(tiles.pixels[5]) == [[32, 0]]


def test_what_is_cut_is_said():
    (row,) = picture_of(names=("wide",)).rows
    assert row.lines[1] == "first 64 of 100 filters across,"
    assert len(row.panels[0].pixels) == 64 * 3


def test_a_dense_kernel_is_the_w_of_the_chapter_a_line_a_unit():
    text = """\
dftrace: 1
name: mlp
input: {shape: [3]}
layers: [{type: dense, units: 2, weights: {kernel: [[1, 2], [3, 4], [0, -4]], bias: 0}}]
"""
    (row,) = picture_of(text, ("dense_1",)).rows
    assert grays(row.panels[0].pixels) == [[[96, 32, 128], [64, 0, 255]]]
    assert row.lines == ("(3, 2)", "3 inputs across,", "2 units down")


def test_filters_of_one_channel_stand_in_a_grid():
    text = NET.replace("[4, 4, 2]", "[4, 4, 1]").replace(
        "[[[[1, 2, 3], [4, -8, 6]], [[0, 0, 0], [0, 0, 8]]]]", "[[[[1, 2, 3]], [[0, 0, 8]]]]"
    )
    (row,) = picture_of(text).rows
    assert row.lines[1] == "3 filters, 3 x 1"


def test_a_one_dimensional_kernel_is_a_line():
    text = """\
dftrace: 1
name: line
input: {shape: [5, 1]}
layers:
  - {type: conv1d, filters: 1, kernel_size: 3, flip_kernel: true, weights: {kernel: [[[-1]], [[0]], [[1]]], bias: 0}}
"""
    (row,) = picture_of(text, ("conv1d_1",)).rows
    assert grays(row.panels[0].pixels) == [[[255, 128, 0]]]
    assert "stored; applied flipped" in row.lines


def test_one_scale_for_all_kernels():
    first, _, dense = picture_of(names=("first", "wide", "dense"), scale="global").rows
    assert first.legend.marks[-1] == (1.0, "8")
    assert dense.legend.marks[-1] == (1.0, "8")


def test_a_network_without_kernels_says_who_has_some():
    with pytest.raises(UnknownName) as caught:
        picture_of(names=("flatten_1",))
    assert caught.value.hint == "these have: first, wide, dense"


def test_separable_kernels_are_two_pictures():
    text = """\
dftrace: 1
name: separable
input: {shape: [5, 5, 2]}
weights: {init: he_normal, seed: 3}
layers: [{type: separable_conv2d, filters: 4, kernel_size: 3}]
"""
    deep, point = picture_of(text, ("separable_conv2d_1",)).rows
    assert (deep.name, point.name) == ("separable_conv2d_1/depthwise_kernel", "separable_conv2d_1/pointwise_kernel")
    assert point.panels[0].pixels.shape[1:] == (4, 2, 3)
    assert isinstance(deep.panels[0].pixels, np.ndarray)
