"""The large networks as shipped: what they count, and that a picture goes through those that are fast enough."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import load_network, network_from_text
from dataflow_cli.errors import NetworkError

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
        ("gpt2", 124_439_808, 12 * 128 * (4 * 768**2 + 2 * 768 * 3072 + 2 * 128 * 768) + 128 * 768 * 50257),
        (
            "llama-smollm-135m",
            134_515_008,
            30 * 128 * (2 * 576**2 + 2 * 576 * 192 + 3 * 576 * 1536 + 2 * 128 * 576) + 128 * 576 * 49152,
        ),
        (
            "vit-base-16",
            86_567_656,
            196 * 768**2 + 12 * 197 * (4 * 768**2 + 2 * 768 * 3072 + 2 * 197 * 768) + 768 * 1000,
        ),
        ("bert-base", 109_482_240, 12 * 128 * (4 * 768**2 + 2 * 768 * 3072 + 2 * 128 * 768) + 768**2),
        ("minilm-l6", 22_713_216, 6 * 128 * (4 * 384**2 + 2 * 384 * 1536 + 2 * 128 * 384) + 384**2),
    ],
)
def test_counts_of_transformers(name, parameters, macs):
    """Parameters are those that transformers counts; attention's multiply-accumulates include q·k and weights·v."""
    network = load_network(CONFIGS / f"{name}.yaml")
    assert network.parameter_count == parameters
    assert network.macs == macs


def test_the_u_net_is_that_of_the_paper():
    """Its sizes, and its multiply-accumulates by hand: 388 x 388 mirrored to 572, four times down and up, 388 again."""
    network = load_network(CONFIGS / "unet.yaml")
    sizes = {node.name: node.output_shape[0] for node in network.nodes}
    down = ("mirrored", "down1/conv2", "pool1", "down2/conv2", "pool2", "down3/conv2", "pool3", "down4/conv2", "pool4")
    assert [sizes[name] for name in down] == [572, 568, 284, 280, 140, 136, 68, 64, 32]
    up = ("bottom/conv2", "both4", "up4/conv2", "both3", "up3/conv2", "both2", "up2/conv2", "both1", "up1/conv2")
    assert [sizes[name] for name in up] == [28, 56, 52, 104, 100, 200, 196, 392, 388]
    assert network.nodes[-1].output_shape == (388, 388, 2)
    assert network.parameter_count == 31_030_658
    threes = [(570, 1, 64), (568, 64, 64), (282, 64, 128), (280, 128, 128), (138, 128, 256), (136, 256, 256)]
    threes += [(66, 256, 512), (64, 512, 512), (30, 512, 1024), (28, 1024, 1024), (54, 1024, 512), (52, 512, 512)]
    threes += [(102, 512, 256), (100, 256, 256), (198, 256, 128), (196, 128, 128), (390, 128, 64), (388, 64, 64)]
    twos = [(28, 1024, 512), (52, 512, 256), (100, 256, 128), (196, 128, 64)]
    work = sum(9 * n * n * channels * filters for n, channels, filters in threes)
    assert network.macs == work + sum(4 * n * n * old * new for n, old, new in twos) + 388**2 * 64 * 2


def test_what_the_u_net_sees():
    network = load_network(CONFIGS / "unet.yaml")
    bottom, output = network.node("bottom/conv2"), network.node("classes")
    assert (bottom.receptive_field, bottom.total_stride, bottom.offset) == ((140, 140), (16, 16), (-92, -92))
    assert (output.receptive_field, output.total_stride) == ((204, 204), (1, 1))


def test_the_u_net_takes_pictures_of_any_size_that_halves_four_times():
    """As its file says: its input's sizes left open, and a smaller picture than the paper's goes through."""
    text = (CONFIGS / "unet.yaml").read_text(encoding="utf-8")
    written = next(line for line in text.splitlines() if line.startswith("input:"))
    network = network_from_text(text.replace(written, "input: {shape: [null, null, 1], scale: 1/255}"))
    assert network.sized((260, 420, 1)).nodes[-1].output_shape == (260, 420, 2)
    with pytest.raises(NetworkError, match="shapes differ"):
        network.sized((261, 420, 1))


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
