"""Presets beside Keras' own pipelines, from a picture file: load_img, img_to_array, preprocess_input."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import network_from_text

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
