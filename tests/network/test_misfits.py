"""Shapes that do not fit, in words: which axes, how long on both sides, and how they came to be."""

from __future__ import annotations

import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text

SHORTCUT = """\
dftrace: 1
input: [34, 40, 16]
layers:
  - {{type: conv2d, name: main, filters: 32, kernel_size: 5, strides: 3{main}}}
  - {{type: conv2d, name: short, inputs: [input], filters: {filters}, kernel_size: 1, strides: {strides}{short}}}
  - {{type: add, inputs: [main, short]}}
"""


def problem(text):
    with pytest.raises(NetworkError) as caught:
        network_from_text(text)
    return caught.value.problems[0]


def shortcut(*, strides=3, filters=32, main="", short=""):
    return SHORTCUT.format(strides=strides, filters=filters, main=main, short=short)


def test_two_ways_of_unlike_windows():
    found = problem(shortcut())
    assert found.message == "add 'add_1': shapes differ: 'main' (10, 12, 32), 'short' (12, 14, 32)"
    assert found.hint == (
        "height and width differ, 10 and 12: 'main' sees 5 in steps of 3, 'short' sees 1 in steps of 3; "
        "with `padding: same` all along both, equal steps give equal lengths"
    )
    same = ", padding: same"
    assert network_from_text(shortcut(main=same, short=same)).nodes[-1].output_shape == (12, 14, 32)


def test_two_ways_of_unlike_steps():
    found = problem(shortcut(strides=2))
    assert "'main' sees 5 in steps of 3, 'short' sees 1 in steps of 2; give both the same strides" in found.hint


def test_where_channels_alone_differ_a_convolution_helps():
    found = problem(shortcut(main=", padding: same", filters=8))
    assert found.hint == "add a 1x1 conv2d (or strides) on the shortcut so both match"


def test_branches_that_are_put_side_by_side():
    found = problem("dftrace: 1\ninputs: {a: [8, 8, 3], b: [8, 6, 3]}\nlayers: [{type: concatenate, inputs: [a, b]}]")
    assert found.hint == "width differs, 8 and 6; crop, pad or pool one of them so that the other axes match"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            "{type: conv2d, filters: 1, kernel_size: [3, 9]}",
            "conv2d 'conv2d_1': a window of 9 does not fit into width 6; it is given 'input' (8, 6, 3)",
        ),
        (
            "{type: max_pooling2d, name: p}, {type: conv2d, name: c, filters: 1, kernel_size: 7, padding: 1}",
            "conv2d 'c': a window of 7 does not fit into height 4 (6 with its padding); it is given 'p' (4, 3, 3)",
        ),
        (
            "{type: softmax, axis: 4}",
            "softmax 'softmax_1': softmax has no axis 4 in an input of 3 dimensions; it is given 'input' (8, 6, 3)",
        ),
        (
            "{type: reshape, target_shape: [8, 6]}",
            "reshape 'reshape_1': 144 elements of shape (8, 6, 3) do not fill (8, 6), which takes 48",
        ),
    ],
)
def test_a_shape_error_says_what_the_layer_is_given(layers, message):
    assert problem(f"dftrace: 1\ninput: [8, 6, 3]\nlayers: [{layers}]").message == message


@pytest.mark.parametrize("layer", ["{type: activation, activation: softmax}", "{type: add, activation: log_softmax}"])
def test_an_activation_has_to_take_what_its_layer_makes(layer):
    """A softmax of a single number is refused where it is written, before anything runs."""
    inputs = ", inputs: [m, m]" if "add" in layer else ""
    layer = layer.replace("}", f"{inputs}}}")
    found = problem(f"dftrace: 1\ninput: [3]\nlayers:\n  - {{type: reduce_mean, name: m}}\n  - {layer}\n")
    assert "no axis -1 in an input of 0 dimensions" in found.message
    assert "reshape it to [1]" in found.hint
    assert found.place.text[found.place.column - 1 :].startswith(("softmax", "log_softmax"))
