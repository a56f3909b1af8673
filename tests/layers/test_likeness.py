"""What moving a number of a recurrent layer does, against moving each of them."""

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.wrapped import WrappedLayer

STEPS, FEATURES, UNITS = 3, 3, 4
CASES = {
    "lstm": (KINDS["lstm"](units=UNITS), 0),
    "lstm of all steps, from a state": (KINDS["lstm"](units=UNITS, return_sequences=True), 2),
    "lstm backwards": (KINDS["lstm"](units=UNITS, return_sequences=True, go_backwards=True), 0),
    "lstm without a bias": (KINDS["lstm"](units=UNITS, use_bias=False), 0),
    "gru of all steps": (KINDS["gru"](units=UNITS, return_sequences=True), 0),
    "gru, reset before": (KINDS["gru"](units=UNITS, reset_after=False, return_sequences=True), 1),
    "simple_rnn": (KINDS["simple_rnn"](units=UNITS), 1),
    "both directions": (KINDS["bidirectional"](layer=KINDS["gru"](units=UNITS, return_sequences=True)), 0),
    "a sum of both": (KINDS["bidirectional"](layer=KINDS["lstm"](units=UNITS), merge_mode="sum"), 0),
    "lstm with a mask": (KINDS["lstm"](units=UNITS, return_sequences=True).masked((0,)), 0),
}


ALONG = {"type": "conv_lstm1d", "filters": 2, "kernel_size": 3, "padding": "same", "return_sequences": True}
FIRST = {"type": "conv_lstm2d", "filters": 1, "kernel_size": [2, 3], "strides": [2, 1], "data_format": "channels_first"}
PICTURES = {
    "of pictures in front of channels": (FIRST, (2, 2, 4, 4)),
    "backwards, kernels larger than a state": ({**ALONG, "kernel_size": 4, "go_backwards": True}, (STEPS, 2, 1)),
    "a product of both": ({"type": "bidirectional", "layer": ALONG, "merge_mode": "mul"}, (2, 4, 2)),
    "a product of vectors": (
        {"type": "bidirectional", "layer": {"type": "gru", "units": 3, "return_sequences": True}, "merge_mode": "mul"},
        (STEPS, FEATURES),
    ),
    "with a mask": (ALONG, (STEPS, 4, 2)),
}


def slopes(layer, inputs, parameters):
    """By parameter, how the output moves with each number: (*shape, *output)."""
    for name, array in parameters.items():
        found = []
        for at in np.ndindex(array.shape):
            moved = np.zeros_like(array)
            moved[at] = 1e-5
            up, down = (layer(inputs, {**parameters, name: array + by}) for by in (moved, -moved))
            found.append((up - down) / 2e-5)
        yield name, np.reshape(found, (array.size, -1))


@pytest.mark.parametrize("case", CASES)
def test_likeness_is_the_cosine_with_what_moving_each_number_does(case):
    layer, states = CASES[case]
    rng = np.random.default_rng(3)
    inputs = [rng.normal(size=(2, STEPS, FEATURES)), *rng.normal(size=(states, 2, UNITS))]
    if getattr(layer, "masks", ()):
        inputs.append(np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]))
    assert_cosines(layer, inputs, rng)


@pytest.mark.parametrize("case", PICTURES)
def test_likeness_of_pictures_and_products(case):
    fields, shape = PICTURES[case]
    layer, rng = WrappedLayer().read(fields), np.random.default_rng(3)
    inputs = [rng.normal(size=(2, *shape))]
    if "mask" in case:
        layer = layer.masked((0,))
        inputs.append(np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]))
    assert_cosines(layer, inputs, rng)


def assert_cosines(layer, inputs, rng):
    shapes = [x.shape[1:] for x in inputs]
    parameters = {name: rng.normal(size=one.shape) for name, one in layer.parameters(shapes).items()}
    error = rng.normal(size=layer(inputs, parameters).shape)
    found = layer.likeness(inputs, parameters, error)
    assert found.keys() == parameters.keys()
    for name, each in slopes(layer, inputs, parameters):
        with np.errstate(invalid="ignore"):
            cosines = np.abs(each @ error.ravel()) / np.linalg.norm(each, axis=1) / np.linalg.norm(error)
        np.testing.assert_allclose(found[name].ravel(), np.nan_to_num(cosines), atol=1e-6)
