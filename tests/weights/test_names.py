"""Names that a `map:` says by rule: counted from 0, turned round, with a word before all of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli.errors import WeightsError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.load import load_weights

MAP = {
    "stem/kernel": "stem.weight",
    "part_*/d/kernel": "h.{*-1}.fc.weight.T",
    "part_*/n/gamma": "h.{*-1}.ln.weight",
    "part_*/n/beta": "h.{*-1}.ln.bias",
}
TEXT = """dftrace: 1
input: [2]
weights: {init: zeros, layout: torch, map: MAP}
blocks:
  part:
    layers: [{type: dense, name: d, units: 3, use_bias: false}, {type: layer_normalization, name: n, epsilon: 1e-5}]
layers: [{type: dense, name: stem, units: 4, use_bias: false}, {type: block, use: part, repeat: 2}]
"""
ARRAYS = {
    "stem.weight": np.arange(8.0).reshape(4, 2),
    "h.0.fc.weight": np.arange(12.0).reshape(4, 3),
    "h.0.ln.weight": np.full((1, 3), 2.0),
    "h.0.ln.bias": np.full(3, 3.0),
    "h.1.fc.weight": np.arange(9.0).reshape(3, 3),
    "h.1.ln.weight": np.full(3, 4.0),
    "h.1.ln.bias": np.full(3, 5.0),
}


def loaded(folder, arrays):
    np.savez(folder / "w.npz", **arrays)
    return load_weights(network_from_text(TEXT.replace("MAP", json.dumps(MAP))), folder / "w.npz")


def older(name):
    return name.replace("ln.weight", "ln.gamma").replace("ln.bias", "ln.beta")


@pytest.mark.parametrize("called", [str, lambda name: f"model.{name}", older, lambda name: f"bert.{older(name)}"])
def test_a_file_that_counts_from_0_and_turns_matrices_round(tmp_path, called):
    weights = loaded(tmp_path, {called(name): array for name, array in ARRAYS.items()})
    assert weights.warnings == ()
    np.testing.assert_array_equal(weights.of("stem")["kernel"], ARRAYS["stem.weight"].T)
    for number in (0, 1):
        np.testing.assert_array_equal(weights.of(f"part_{number + 1}/d")["kernel"], ARRAYS[f"h.{number}.fc.weight"])
        np.testing.assert_array_equal(weights.of(f"part_{number + 1}/n")["gamma"], np.full(3, 2 + 2 * number))
        np.testing.assert_array_equal(weights.of(f"part_{number + 1}/n")["beta"], np.full(3, 3 + 2 * number))


def test_two_words_before_the_names_are_no_word(tmp_path):
    arrays = {f"a.{name}": array for name, array in ARRAYS.items()} | {"b.stem.weight": ARRAYS["stem.weight"]}
    with pytest.raises(WeightsError, match=r"no parameter 'stem\.weight' \(for stem/kernel\)"):
        loaded(tmp_path, arrays)


def test_a_tensor_that_is_turned_round_has_the_other_shape(tmp_path):
    arrays = ARRAYS | {"h.0.fc.weight": np.zeros((3, 4))}
    with pytest.raises(WeightsError, match=r"part_1/d/kernel has shape \(3, 4\), PyTorch stores \(4, 3\)"):
        loaded(tmp_path, arrays)
