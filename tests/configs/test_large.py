"""VGG16, ResNet50 and MobileNetV2 as shipped: what they count, and that a picture goes through the smaller two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import load_network, network_from_text

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("vgg16", 138_357_544, 15_470_264_320),
        ("resnet50", 25_636_712, 3_857_973_248),
        ("mobilenetv2", 3_538_984, 300_774_272),
    ],
)
def test_counts_are_those_of_the_papers(name, parameters, macs):
    network = load_network(CONFIGS / f"{name}.yaml")
    assert network.parameter_count == parameters
    assert network.macs == macs
    assert sum(node.parameter_count for node in network.nodes) == parameters
    assert network.nodes[-1].output_shape == (1000,)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("bert-base", 109_482_240, 12 * 128 * (4 * 768**2 + 2 * 768 * 3072 + 2 * 128 * 768) + 768**2),
        ("minilm-l6", 22_713_216, 6 * 128 * (4 * 384**2 + 2 * 384 * 1536 + 2 * 128 * 384) + 384**2),
    ],
)
def test_counts_of_transformers(name, parameters, macs):
    """Parameters are those that transformers counts; attention's multiply-accumulates include q·k and weights·v."""
    network = load_network(CONFIGS / f"{name}.yaml")
    assert network.parameter_count == parameters
    assert network.macs == macs


@pytest.mark.parametrize("name", ["resnet50", "mobilenetv2"])
def test_the_example_picture_is_made_to_fit_and_becomes_probabilities(name):
    """A picture of another size is resized because the file says so."""
    trace = load_network(CONFIGS / f"{name}.yaml").trace(None, keep=())
    assert trace.output.shape == (1, 1000)
    assert np.isclose(trace.output.sum(), 1, atol=1e-5)
    assert not any(step.statistics.nans or step.statistics.infinities for step in trace.steps)


def as_seen(name, picture):
    """What the first layer is given; the layers themselves are left out."""
    head = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8").partition("\nlayers:")[0]
    return network_from_text(f"{head}\nlayers: [flatten]\n", CONFIGS).trace(picture, keep=["input"]).value("input")


def test_mobilenet_sees_values_from_minus_one_to_one():
    seen = as_seen("mobilenetv2", np.array([0, 255, 127.5] * 224 * 224).reshape(224, 224, 3))
    assert (seen.min(), seen.max()) == (-1, 1)


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_vgg_and_resnet_see_blue_green_and_red_without_the_mean_of_imagenet(name):
    red_green_blue = np.full((224, 224, 3), [100.0, 150.0, 200.0])
    seen = as_seen(name, red_green_blue)
    assert np.allclose(seen[0, 0, 0], [200 - 103.939, 150 - 116.779, 100 - 123.68])
