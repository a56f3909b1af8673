"""Every layer that Keras has, saved by it in both of its formats: read and computed alike, or refused by its name."""

from __future__ import annotations

import inspect
import sys
import warnings
from contextlib import contextmanager

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import NetworkError
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, sequential

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("h5py")

FOUND: dict[str, dict[str, list[float | str]]] = {}
"""By class and format: how far apart the values were, or why there are none."""
CLASSES = sorted(
    name
    for name, kind in vars(keras.layers).items()
    if inspect.isclass(kind) and issubclass(kind, keras.layers.Layer) and kind.__name__ == name
)
VECTOR, SIGNAL, PICTURE, VOLUME, TOKENS = (6,), (7, 4), (8, 7, 4), (6, 5, 6, 2), "tokens"
OF_RANK = {"1D": SIGNAL, "2D": PICTURE, "3D": VOLUME}


def by_rank(stem, *fields, ranks=("1D", "2D", "3D")):
    return {f"{stem}{rank}": [(each, OF_RANK[rank]) for each in fields] for rank in ranks}


def recurrent(**more):
    many, whole = {"return_sequences": True}, {"units": 3} | more
    return [(whole, SIGNAL), (whole | many, SIGNAL), (whole | many | {"go_backwards": True}, SIGNAL)]


CONV = (
    {"filters": 3, "kernel_size": 3},
    {"filters": 4, "kernel_size": 2, "padding": "same", "strides": 2, "use_bias": False},
)
CASES = {
    "Dense": [({"units": 3, "activation": name}, VECTOR) for name in ("relu", "softmax", "gelu", "exponential", None)],
    "Embedding": [
        ({"input_dim": 9, "output_dim": 3}, TOKENS),
        ({"input_dim": 9, "output_dim": 3, "mask_zero": True}, TOKENS),
    ],
    "EinsumDense": [({"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"}, SIGNAL)],
    "ReversibleEmbedding": [({"input_dim": 9, "output_dim": 3}, TOKENS)],
    **by_rank("Conv", *CONV),
    **by_rank("Conv", *CONV[:1], ranks=["2D"]),
    **{f"Conv{rank}Transpose": [(each, shape) for each in CONV] for rank, shape in OF_RANK.items()},
    **by_rank("DepthwiseConv", {"kernel_size": 3}, {"kernel_size": 2, "depth_multiplier": 2}, ranks=["1D", "2D"]),
    **by_rank("SeparableConv", *CONV, ranks=["1D", "2D"]),
    **by_rank("MaxPooling", {}, {"pool_size": 3, "strides": 2, "padding": "same"}),
    **by_rank("AveragePooling", {}, {"pool_size": 3, "strides": 2}),
    **by_rank("GlobalMaxPooling", {}, {"keepdims": True}),
    **by_rank("GlobalAveragePooling", {}, {"keepdims": True}),
    **by_rank("AdaptiveAveragePooling", {"output_size": 3}),
    **by_rank("AdaptiveMaxPooling", {"output_size": 3}),
    **by_rank("Cropping", {}),
    **by_rank("ZeroPadding", {}),
    **by_rank("UpSampling", {}),
    **by_rank("SpatialDropout", {"rate": 0.3}),
    **by_rank("ConvLSTM", {"filters": 2, "kernel_size": 3}, ranks=[]),
    "ConvLSTM1D": [({"filters": 2, "kernel_size": 2}, (3, 6, 2))],
    "ConvLSTM2D": [({"filters": 2, "kernel_size": 2}, (3, 6, 5, 2))],
    "ConvLSTM3D": [({"filters": 2, "kernel_size": 2}, (3, 4, 4, 4, 2))],
    "BatchNormalization": [({}, PICTURE), ({"scale": False}, VECTOR), ({"center": False, "epsilon": 1e-5}, SIGNAL)],
    "LayerNormalization": [({}, PICTURE), ({"axis": [-2, -1]}, SIGNAL), ({"scale": False}, VECTOR)],
    "GroupNormalization": [({"groups": 2}, PICTURE), ({"groups": -1}, PICTURE)],
    "RMSNormalization": [({}, SIGNAL)],
    "UnitNormalization": [({}, SIGNAL)],
    "Normalization": [({"mean": 1.0, "variance": 4.0}, VECTOR), ({}, VECTOR)],
    "Activation": [({"activation": name}, VECTOR) for name in ("relu", "hard_sigmoid", "swish", "tanh", "mish", "elu")],
    "ReLU": [({"max_value": 1.0, "negative_slope": 0.1}, VECTOR)],
    "LeakyReLU": [({}, VECTOR), ({"negative_slope": 0.05}, VECTOR)],
    "PReLU": [({}, VECTOR), ({"shared_axes": [1, 2]}, PICTURE)],
    "ELU": [({"alpha": 0.7}, VECTOR)],
    "Softmax": [({}, VECTOR), ({"axis": 1}, SIGNAL)],
    **{name: [({}, VECTOR)] for name in ("Identity", "Flatten", "ActivityRegularization")},
    **{name: [({"rate": 0.4}, VECTOR)] for name in ("Dropout", "AlphaDropout", "GaussianDropout")},
    "GaussianNoise": [({"stddev": 0.4}, VECTOR)],
    "Permute": [({"dims": (2, 1)}, SIGNAL)],
    "Reshape": [({"target_shape": (2, -1)}, VECTOR)],
    "RepeatVector": [({"n": 3}, VECTOR)],
    "Rescaling": [({"scale": 1 / 255, "offset": 0.5}, PICTURE)],
    "Resizing": [
        ({"height": 5, "width": 9}, PICTURE),
        ({"height": 5, "width": 9, "interpolation": "nearest"}, PICTURE),
    ],
    "CenterCrop": [({"height": 5, "width": 4}, PICTURE)],
    "Discretization": [
        ({"bin_boundaries": [-0.5, 0.5], "output_mode": mode}, VECTOR)
        for mode in ("int", "one_hot", "multi_hot", "count")
    ],
    "CategoryEncoding": [
        ({"num_tokens": 9, "output_mode": mode}, TOKENS) for mode in ("count", "multi_hot", "one_hot")
    ],
    **{name: [({}, VECTOR, VECTOR)] for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")},
    "Concatenate": [({}, SIGNAL, SIGNAL), ({"axis": 1}, SIGNAL, SIGNAL)],
    "Dot": [({"axes": 1}, VECTOR, VECTOR), ({"axes": [2, 2], "normalize": True}, SIGNAL, SIGNAL)],
    "SimpleRNN": recurrent(),
    "LSTM": [*recurrent(), *recurrent(use_bias=False)],
    "GRU": [*recurrent(), *recurrent(reset_after=False)],
    "Attention": [
        ({"score_mode": mode, "use_scale": scaled}, *[SIGNAL] * count)
        for mode in ("dot", "concat")
        for scaled in (False, True)
        for count in (2, 3)
    ],
    "AdditiveAttention": [({}, SIGNAL, SIGNAL), ({"use_scale": False}, SIGNAL, SIGNAL, SIGNAL)],
    "MultiHeadAttention": [
        ({"num_heads": 2, "key_dim": 3, "use_gate": True}, SIGNAL, SIGNAL),
        ({"num_heads": 2, "key_dim": 3}, PICTURE, PICTURE),
        ({"num_heads": 2, "key_dim": 3, "attention_axes": 2}, PICTURE, PICTURE),
        ({"num_heads": 2, "key_dim": 3}, SIGNAL, SIGNAL),
        ({"num_heads": 2, "key_dim": 3, "use_bias": False}, SIGNAL, SIGNAL),
    ],
    "GroupQueryAttention": [
        ({"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": gate}, SIGNAL, SIGNAL)
        for gate in (False, True)
    ],
    "Masking": [({"mask_value": 0.0}, SIGNAL)],
    "MelSpectrogram": [({"fft_length": 64, "sequence_stride": 32, "num_mel_bins": 8}, (400,))],
    "STFTSpectrogram": [({"frame_length": 64, "frame_step": 32, "fft_length": 64}, (400, 1))],
    "RandomCrop": [({"height": 5, "width": 4}, PICTURE)],
    **{
        name: [(fields, (8, 7, 3))]
        for name, fields in {
            **{kind: {} for kind in ("AugMix", "CutMix", "MixUp", "Equalization", "RandAugment", "Solarization")},
            "RandomFlip": {},
            "RandomRotation": {"factor": 0.1},
            "RandomZoom": {"height_factor": 0.1},
            "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
            "RandomContrast": {"factor": 0.1},
            "RandomBrightness": {"factor": 0.1},
            "RandomGrayscale": {},
            "RandomErasing": {},
            "RandomShear": {},
            "RandomPerspective": {},
            "RandomHue": {"factor": 0.1},
            "RandomSaturation": {"factor": 0.1},
            "RandomSharpness": {"factor": 0.1},
            "RandomInvert": {},
            "RandomPosterization": {"factor": 4},
            "RandomGaussianBlur": {},
            "RandomColorJitter": {},
            "RandomColorDegeneration": {"factor": 0.1},
            "RandomElasticTransform": {},
        }.items()
    },
}
TAKES_ARGUMENTS = ("MultiHeadAttention", "GroupQueryAttention")
"""Layers that take their tensors one by one, not as a list."""
WRAPPED = {
    "TimeDistributed": [lambda: keras.layers.TimeDistributed(keras.layers.Dense(3))],
    "Bidirectional": [
        lambda: keras.layers.Bidirectional(keras.layers.LSTM(3)),
        lambda: keras.layers.Bidirectional(keras.layers.GRU(3, return_sequences=True), merge_mode="sum"),
    ],
    "SpectralNormalization": [lambda: keras.layers.SpectralNormalization(keras.layers.Dense(3))],
}


def made(name):
    """Every layer of a class, and the shapes that it takes."""
    if name in WRAPPED:
        return [(make(), [SIGNAL]) for make in WRAPPED[name]]
    return [(getattr(keras.layers, name)(**fields), shapes) for fields, *shapes in CASES[name]]


def model_of(one, shapes):
    """A model of the layer, with random weights, and inputs for it."""
    rng = np.random.default_rng(1)
    inputs = [keras.Input((5,), dtype="int32") if shape == TOKENS else keras.Input(shape) for shape in shapes]
    several = len(inputs) > 1
    output = one(*inputs) if type(one).__name__ in TAKES_ARGUMENTS else one(inputs if several else inputs[0])
    model = keras.Model(inputs, output)
    given = [rng.uniform(0.3, 1, each.shape) if each.size else each for each in model.get_weights()]
    model.set_weights([new.astype(old.dtype) for new, old in zip(given, model.get_weights(), strict=True)])
    values = [
        rng.integers(0, 9, (2, 5)).astype("int32") if shape == TOKENS else rng.normal(size=(2, *shape)).astype("f4")
        for shape in shapes
    ]
    return model, values


def apart(model, values, path):
    """How far our values are from Keras', in parts of the largest; what is said where the layer is refused."""
    wanted = np.asarray(keras.ops.convert_to_numpy(model(values if len(values) > 1 else values[0], training=False)))
    try:
        network = load_network(path)
    except NetworkError as error:
        return error.message
    names = [each.name for each in network.inputs]
    trace = network.trace(dict(zip(names, values, strict=True)) if len(values) > 1 else values[0], keep="all")
    found = trace.value(network.outputs[0])
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-30))


@contextmanager
def not_ours():
    """Some layers Keras cannot make here, or not save."""
    try:
        yield
    except (ValueError, TypeError, NotImplementedError, RuntimeError, AttributeError, ImportError) as error:
        pytest.skip(f"Keras itself: {str(error)[:80]}")


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
    with not_ours():
        layers = [model_of(one, shapes) for one, shapes in made(name)]
    for model, values in layers:
        for form in ("keras", "h5"):
            with not_ours():
                model.save(tmp_path / f"m.{form}")
            found = apart(model, values, tmp_path / f"m.{form}")
            FOUND.setdefault(name, {}).setdefault(form, []).append(found)
            if isinstance(found, str):
                assert f"'{model.layers[-1].name}'" in found
            else:
                assert found <= 1e-5, (name, form, found)


def test_the_table(capsys):
    """What was read, and how near; what was refused, and why."""
    said = {
        name: [one for form in forms.values() for one in form if isinstance(one, str)] for name, forms in FOUND.items()
    }
    read = {name for name, words in said.items() if not words}
    lines = [f"Keras {keras.__version__}: {len(read)} of {len(FOUND)} classes read from .keras and .h5"]
    for name, forms in sorted(FOUND.items()):
        if name in read:
            lines.append(f"  {name:32} " + "  ".join(f"{form} {max(found):.0e}" for form, found in forms.items()))
        else:
            lines.append(f"  {name:32} refused: {said[name][0].partition(': ')[2][:90]}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


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
