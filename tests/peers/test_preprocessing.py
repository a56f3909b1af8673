"""Presets beside Keras' own pipelines, from a picture file: load_img, img_to_array, preprocess_input."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import load_network, network_from_text
from dataflow_cli.errors import InputError

keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

PICTURE = str(Path(__file__).parents[2] / "configs" / "raccoon-color.png")
PIPELINES = {
    "resnet50": ("keras-caffe", 224),
    "vgg16": ("keras-caffe", 224),
    "mobilenet_v2": ("keras-tf", 224),
    "xception": ("keras-tf", 299),
    "densenet": ("torchvision", 224),
}


@pytest.mark.parametrize("model", PIPELINES)
def test_a_preset_gives_what_the_models_own_pipeline_does(model):
    preset, side = PIPELINES[model]
    picture = keras.utils.load_img(PICTURE, target_size=(side, side))
    preprocess = importlib.import_module(f"keras.applications.{model}").preprocess_input
    theirs = preprocess(keras.utils.img_to_array(picture)[np.newaxis])
    sized = ", resize: nearest" if preset == "torchvision" else ""  # of which Keras takes the values alone
    network = network_from_text(f"dftrace: 1\ninput: {{shape: [{side}, {side}, 3]{sized}}}\nlayers: [linear]")
    ours = network.prepared(preset).predict(PICTURE)
    assert np.abs(ours - theirs).max() <= 1e-6 * np.abs(theirs).max()


@pytest.mark.parametrize(("model", "options"), [("ResNet50", {}), ("MobileNetV2", {"alpha": 0.35})])
def test_a_picture_through_a_model_file_is_what_keras_answers(model, options, tmp_path):
    preset, side = ("keras-caffe" if model == "ResNet50" else "keras-tf"), 96
    keras.utils.set_random_seed(4)
    made = getattr(keras.applications, model)(weights=None, input_shape=(side, side, 3), **options)
    for each in made.layers[-1].weights:  # as they come, MobileNetV2 answers 0.001 to everything
        each.assign(np.random.default_rng(4).normal(size=each.shape).astype("float32"))
    made.save(tmp_path / "model.keras")
    module = importlib.import_module(f"keras.applications.{'resnet50' if model == 'ResNet50' else 'mobilenet_v2'}")
    x = keras.utils.img_to_array(keras.utils.load_img(PICTURE, target_size=(side, side)))
    theirs = made.predict(module.preprocess_input(x[np.newaxis]), verbose=0)
    foreign = load_network(tmp_path / "model.keras")
    with pytest.raises(InputError, match="nothing says how a picture becomes") as caught:
        foreign.predict(PICTURE)
    assert preset in caught.value.hint
    ours = foreign.prepared(preset).predict(PICTURE)
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()
    assert np.array_equal(ours.argsort(), theirs.argsort())
