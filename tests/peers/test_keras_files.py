"""Every layer that Keras has, saved by it in both of its formats: read and computed alike, or refused by its name."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import NetworkError
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, sequential
from tests.peers.keras_cases import CASES, WRAPPED, classes_of, held_against, made, table

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("h5py")

FOUND: dict[str, dict[str, list[float | str]]] = {}
"""By class and format: how far apart the values were, or why there are none."""
CLASSES = classes_of(keras)


@pytest.mark.parametrize("name", CLASSES)
def test_a_layer_is_read_as_keras_saved_it_or_refused_by_its_name(name, tmp_path):
    if name == "InputLayer":
        return
    if name not in CASES and name not in WRAPPED:
        model = sequential(layer("InputLayer", "i", batch_shape=[None, 4]), layer(name, "one"))
        (tmp_path / "m.keras").write_bytes(keras_zip(model, counted_h5({})))
        with pytest.raises(NetworkError, match="'one'") as caught:
            load_network(tmp_path / "m.keras")
        FOUND[name] = {form: [caught.value.message] for form in ("keras", "h5")}
        return
    held_against(keras, made(keras, name), tmp_path, FOUND.setdefault(name, {}))


def test_the_table(capsys):
    """What was read, and how near; what was refused, and why."""
    with capsys.disabled():
        sys.stdout.write(table(f"Keras {keras.__version__}", FOUND))


def test_operations_beside_the_layers_give_what_they_give_in_keras(tmp_path):
    """With tensors, with numbers on either side, and with parts of tensors."""
    ops, x = keras.ops, keras.Input((5, 3))
    outputs = [x * 2, 1 - x, x - 1, x / 3, 1 / (x + 10), x**2, -x, x + ops.array([1.0, 2.0, 3.0]), x / (x + 9)]
    outputs += [ops.maximum(x, 0.5), ops.minimum(x, 0.25), ops.clip(x, -1, 1), ops.where(x > -x, x, 2 * x)]
    outputs += [x[:, 0], x[:, -1], x[:, 1:3, ::2], x[..., 1], ops.take(x, [0, 2], axis=1)]
    outputs += [ops.mean(x, axis=1), ops.max(x, axis=(1, 2)), ops.norm(x, axis=-1), ops.sum(x, axis=-1, keepdims=True)]
    outputs += [ops.reshape(x, (-1, 15)), ops.transpose(x, (0, 2, 1)), ops.expand_dims(x, 1), ops.tile(x, (1, 2, 1))]
    outputs += [ops.concatenate([x, x], axis=-1), ops.stack([x, x], axis=1), ops.matmul(x, ops.transpose(x, (0, 2, 1)))]
    outputs += [
        ops.relu(x),
        ops.leaky_relu(x, 0.1),
        ops.gelu(x, approximate=False),
        ops.softmax(x),
        ops.threshold(x, 0, 1),
    ]
    table, whole = ops.array([[1.0, 2, 3], [0, -1, 2]]), np.arange(15.0).reshape(1, 5, 3) / 9
    outputs += [x[:, :2] + table, table - x[:, :2], x * whole, ops.where(x > 0.5, x, -1.0), ops.maximum(x, whole)]
    outputs += [ops.where(ops.greater(whole, x), x, whole), ops.where(ops.less_equal(x[..., 0], 0.25), x[..., 1], 2.0)]
    model = keras.Model(x, outputs)
    values = np.random.default_rng(2).standard_normal((2, 5, 3)).astype("f4")
    for form in ("keras", "h5"):
        model.save(tmp_path / f"m.{form}")
        network = load_network(tmp_path / f"m.{form}")
        trace = network.trace(values, keep="all")
        for name, expected in zip(network.outputs, model(values), strict=True):
            np.testing.assert_allclose(trace.value(name), keras.ops.convert_to_numpy(expected), atol=1e-5, err_msg=name)


def test_the_part_behind_a_layer_that_holds_code_is_read_as_the_advice_says(tmp_path):
    x = keras.Input((6,))
    layers = [
        keras.layers.Lambda(lambda x: x * 3, name="code"),
        keras.layers.Dense(4, name="next"),
        keras.layers.Softmax(),
    ]
    model = keras.Sequential([x, *layers])
    model.save(tmp_path / "m.keras")
    with pytest.raises(NetworkError) as caught:
        load_network(tmp_path / "m.keras")
    (problem,) = caught.value.problems
    advice = (
        problem.hint.partition("makes: ")[2]
        .replace("NEXT", "'next'")
        .replace("'part.keras'", "tmp_path / 'part.keras'")
    )
    exec(advice, {"keras": keras, "model": model, "tmp_path": tmp_path})  # noqa: S102  our own words
    values = np.random.default_rng(2).standard_normal((2, 6)).astype("f4")
    found = load_network(tmp_path / "part.keras").predict(3 * values)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(model(values)), atol=1e-5)


def test_weights_saved_in_several_files_are_read_as_one(tmp_path):
    """Each layer's kernel and bias in files of their own, and a model within the model."""
    inner = keras.Sequential([keras.Input((5,)), keras.layers.Dense(5, activation="relu", name="deep")], name="block")
    dense = [keras.layers.Dense(5, name=name) for name in ("first", "last")]
    model = keras.Sequential([keras.Input((4,)), dense[0], inner, keras.layers.BatchNormalization(), dense[1]])
    model.save(tmp_path / "m.keras")
    model.set_weights([np.random.default_rng(3).uniform(0.1, 1, each.shape) for each in model.get_weights()])
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=104 / 1024**3)
    assert len(list(tmp_path.glob("m_*.weights.h5"))) > 3
    network = load_network(tmp_path / "m.keras")
    values = np.random.default_rng(2).standard_normal((2, 4)).astype("f4")
    found = network.predict(values, weights=tmp_path / "m.weights.json")
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(model(values)), atol=1e-5)
