"""Settings in which every layer class of Keras is saved and read, and the shapes that it takes; for Keras 3 and 2."""

from __future__ import annotations

import inspect
from contextlib import contextmanager

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import NetworkError

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
    **by_rank("AveragePooling", {"pool_size": 2}, {"pool_size": 3, "strides": 2}),
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
    "TimeDistributed": [lambda layers: layers.TimeDistributed(layers.Dense(3))],
    "Bidirectional": [
        lambda layers: layers.Bidirectional(layers.LSTM(3)),
        lambda layers: layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum"),
    ],
    "SpectralNormalization": [lambda layers: layers.SpectralNormalization(layers.Dense(3))],
}


def classes_of(keras):
    """The names of all layer classes that it exports, each once."""
    return sorted(
        name
        for name, kind in vars(keras.layers).items()
        if inspect.isclass(kind) and issubclass(kind, keras.layers.Layer) and kind.__name__ == name
    )


def made(keras, name, cases=CASES, wrapped=WRAPPED):
    """Every layer of a class, and the shapes that it takes. What Keras cannot make here is skipped."""
    with not_ours():
        if name in wrapped:
            return [(make(keras.layers), [SIGNAL]) for make in wrapped[name]]
        return [(getattr(keras.layers, name)(**fields), shapes) for fields, *shapes in cases[name]]


def model_of(keras, one, shapes):
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


def apart(wanted, values, path):
    """How far our values are from Keras', in parts of the largest; what is said where the layer is refused."""
    try:
        network = load_network(path)
    except NetworkError as error:
        return error.message
    names = [each.name for each in network.inputs]
    trace = network.trace(dict(zip(names, values, strict=True)) if len(values) > 1 else values[0], keep="all")
    found = trace.value(network.outputs[0])
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-30))


def held_against(keras, layers, folder, found):
    """Notes by format what `apart` finds of the layers, each saved as a model. One that is refused has to be named."""
    with not_ours():
        models = [model_of(keras, one, shapes) for one, shapes in layers]
    for model, values in models:
        wanted = model(values if len(values) > 1 else values[0], training=False)
        wanted = keras.ops.convert_to_numpy(wanted) if hasattr(keras, "ops") else wanted.numpy()
        for form in ("keras", "h5"):
            with not_ours():
                model.save(folder / f"m.{form}")
            one = apart(np.asarray(wanted), values, folder / f"m.{form}")
            found.setdefault(form, []).append(one)
            if isinstance(one, str):
                assert f"'{model.layers[-1].name}'" in one
            else:
                assert one <= 1e-5, (model.layers[-1], form, one)


@contextmanager
def not_ours():
    """Some layers Keras cannot make here, or not save."""
    try:
        yield
    except (ValueError, TypeError, NotImplementedError, RuntimeError, AttributeError, ImportError) as error:
        pytest.skip(f"Keras itself: {str(error)[:80]}")


def table(title, found):
    """What was read, and how near; what was refused, and why."""
    said = {
        name: [one for form in forms.values() for one in form if isinstance(one, str)] for name, forms in found.items()
    }
    read = {name for name, words in said.items() if not words}
    lines = [f"{title}: {len(read)} of {len(found)} classes read from .keras and .h5"]
    for name, forms in sorted(found.items()):
        if name in read:
            lines.append(f"  {name:32} " + "  ".join(f"{form} {max(each):.0e}" for form, each in forms.items()))
        else:
            lines.append(f"  {name:32} refused: {said[name][0].partition(': ')[2][:90]}")
    return "\n" + "\n".join(lines) + "\n"


SMALLEST = {
    "MobileNetV2": 32,
    "ResNet50": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 32,
    "Xception": 71,
    "ConvNeXtTiny": 32,
}
"""The shortest side of a picture that an application takes."""


def application(keras, name):
    """A model of `keras.applications` with random weights, and the generator they came from.

    Random moments too: batch normalization starts as if it were not there.
    """
    side = SMALLEST.get(name, 32)
    keras.utils.set_random_seed(3)
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3))
    rng = np.random.default_rng(3)
    model.set_weights(
        [one + rng.uniform(0.05, 0.3, one.shape) if one.ndim == 1 else one for one in model.get_weights()]
    )
    return model, rng
