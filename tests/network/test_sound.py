"""What is left of a network that does not build: all above the first layer with a problem, and nothing else."""

from __future__ import annotations

import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text

HEAD = "dftrace: 1\ninput: [28, 28, 1]\nweights: {init: he_normal, seed: 7}\nlayers:\n"
LAYERS = (
    "  - {type: conv2d, name: first, filters: 4, kernel_size: 3, activation: relu}\n",
    "  - {type: max_pooling2d, name: pool}\n",
    "  - {type: multiply, name: gated, inputs: [first, 'first:sum']}\n",
    "  - {type: flatten, name: flat, inputs: pool}\n",
    "  - {type: dense, name: last, units: 10}\n",
)
BAD = "  - {type: conv2d, name: bad, inputs: input, filters: 1, kernel_size: 29}\n"


def sound_of(text):
    with pytest.raises(NetworkError) as caught:
        network_from_text(text)
    return caught.value.sound


@pytest.mark.parametrize("place", range(1, len(LAYERS) + 1))
def test_it_is_the_network_that_ends_there(place):
    sound = sound_of(HEAD + "".join((*LAYERS[:place], BAD, *LAYERS[place:])))
    above = network_from_text(HEAD + "".join(LAYERS[:place]))
    assert sound.network.outputs == above.outputs
    assert [(node.name, node.output_shape, node.macs) for node in sound.network.nodes] == [
        (node.name, node.output_shape, node.macs) for node in above.nodes
    ]
    assert (sound.stopped.name, sound.stopped.input_shapes) == ("bad", ((28, 28, 1),))
    assert not sound.network.is_whole


@pytest.mark.parametrize(
    ("layer", "arriving", "wanted"),
    [
        ("{type: conv2d, filters: 1, kernel_size: 29}", [(28, 28, 1)], "height of at least 29"),
        ("{type: conv2d, filters: 1, kernel_size: [1, 31], padding: 1}", [(28, 28, 1)], "width of at least 29"),
        ("{type: conv2d, filters: 2, kernel_size: 3, groups: 2}", [(28, 28, 1)], "a number of channels that 2 divides"),
        ("{type: conv1d, filters: 1, kernel_size: 3}", [(28, 28, 1)], "(length, channels)"),
        ("{type: reshape, target_shape: [5, 5]}", [(28, 28, 1)], "25 elements"),
        ("{type: permute, dims: [2, 1]}", [(28, 28, 1)], "2 axes"),
        ("{type: cropping2d, cropping: [14, 0]}", [(28, 28, 1)], "height of at least 29"),
        ("{type: add}", [(28, 28, 1)], "at least 2 inputs"),
        ("{type: dense, units: 1, weights: {kernel: [[1, 2]], bias: 0}}", [(28, 28, 1)], ""),
    ],
)
def test_it_says_what_arrives_and_what_is_wanted(layer, arriving, wanted):
    stopped = sound_of(f"{HEAD}  - {layer}\n").stopped
    assert (list(stopped.input_shapes), stopped.wanted) == (arriving, wanted)


def test_shapes_that_do_not_go_together():
    stopped = sound_of(HEAD + LAYERS[0] + LAYERS[1] + "  - {type: add, name: sum, inputs: [first, pool]}\n").stopped
    assert (stopped.input_shapes, stopped.wanted) == (((26, 26, 4), (13, 13, 4)), "shapes that are alike")


def test_a_file_that_was_misread_has_no_sound_part_and_one_whose_layers_all_fit_has_all():
    assert sound_of(HEAD + LAYERS[0] + "  - {type: conv2d, filtres: 4}\n") is None
    assert sound_of((HEAD + LAYERS[0]).replace("[28, 28, 1]", f"[{10**20}, 28, 1]")) is None
    sound = sound_of(HEAD + "".join(LAYERS) + "classes: [a, b, c]\n")
    assert (len(sound.network.nodes), sound.stopped) == (6, None)
