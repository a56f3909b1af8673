"""VGG16, ResNet50 and MobileNetV2 beside Keras' own: counts, every layer's shape, and values with the same weights."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import Weights, load_network

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

CONFIGS = Path(__file__).parents[2] / "configs"

MODELS = {"vgg16": "VGG16", "resnet50": "ResNet50", "mobilenetv2": "MobileNetV2"}

RESNET = {
    "branch/conv1": "1_conv",
    "branch/bn1": "1_bn",
    "branch/relu1": "1_relu",
    "branch/conv2": "2_conv",
    "branch/bn2": "2_bn",
    "branch/relu2": "2_relu",
    "branch/conv3": "3_conv",
    "branch/bn3": "3_bn",
    "shortcut": "0_conv",
    "shortcut_bn": "0_bn",
}
"""Names inside a block: ours and Keras'."""

STEM = {"conv1": "conv1_conv", "bn1": "conv1_bn", "relu1": "conv1_relu", "pool1": "pool1_pool"}
"""Names before the first block."""


def keras_name(network, name):
    """What Keras calls a layer of ours."""
    if network == "resnet50":
        block, _, inside = name.partition("/")
        return f"{block}_{RESNET.get(inside, inside)}" if inside else STEM.get(name, name)
    unnamed = {"avg_pool": "global_average_pooling2d", "flatten_1": "flatten"}
    return unnamed.get(name, name.replace("/branch/", "_").replace("/", "_"))


@pytest.fixture(scope="module", params=MODELS)
def pair(request):
    """Our network, and Keras' with random weights; its layers by our names."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    theirs = getattr(keras.applications, MODELS[request.param])(weights=None)
    ours = load_network(CONFIGS / f"{request.param}.yaml")
    by_name = {layer.name: layer for layer in theirs.layers}
    return ours, theirs, {node.name: by_name[keras_name(request.param, node.name)] for node in ours.nodes}


def test_parameters_are_as_many(pair):
    ours, theirs, _ = pair
    assert ours.parameter_count == theirs.count_params()
    assert ours.trainable_count == sum(int(np.prod(weight.shape)) for weight in theirs.trainable_weights)


def test_every_layer_has_the_shape_and_the_parameters_of_keras_layer(pair):
    ours, _, layers = pair
    for node in ours.nodes:
        layer = layers[node.name]
        assert node.output_shape == tuple(layer.output.shape[1:]), node.name
        assert [p.shape for p in node.parameters.values()] == [tuple(w.shape) for w in layer.weights], node.name


def test_keras_has_no_layer_that_ours_lacks_but_padding(pair):
    """Padding is a field of our convolutions and pools."""
    _, theirs, layers = pair
    left = {layer.name for layer in theirs.layers} - {layer.name for layer in layers.values()}
    assert all(name.startswith("input") or name.endswith("pad") for name in left), left


def test_every_layer_gives_keras_values_with_keras_weights(pair):
    """The largest difference of a layer is under 1e-4 of its largest value."""
    ours, theirs, layers = pair
    weights = Weights({node.name: shuffled(node, layers[node.name]) for node in ours.nodes if node.parameters}, "Keras")
    picture = np.random.default_rng(1).uniform(0, 255, (1, 224, 224, 3))
    names = [node.name for node in ours.nodes]
    compared = [*names[:: 7 if len(names) > 50 else 1], names[-1]]
    trace = ours.trace(picture, weights, keep=["input", *compared])
    probe = keras.Model(theirs.inputs, [layers[name].output for name in compared])
    outputs = probe(trace.value("input"))
    for name, output in zip(compared, outputs, strict=True):
        expected = keras.ops.convert_to_numpy(output)
        largest = np.abs(expected).max()
        assert np.abs(trace.value(name) - expected).max() <= 1e-4 * largest, name


def shuffled(node, layer):
    """Keras' random parameters, with constants made random too; ours and Keras' are the same afterwards."""
    rng = np.random.default_rng(len(node.name))
    values = {name: np.array(value) for name, value in zip(node.parameters, layer.get_weights(), strict=True)}
    for name, value in values.items():
        if node.parameters[name].fill is not None:
            values[name] = (node.parameters[name].fill + rng.uniform(-0.1, 0.1, value.shape)).astype(np.float32)
    layer.set_weights(list(values.values()))
    return values
