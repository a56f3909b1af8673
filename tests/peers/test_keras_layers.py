"""Every kind of layer against Keras: shapes, parameters by name, counts and values, over a grid of its fields.

Fields have Keras' names, so the same mapping makes both layers. Where the two need more than that, `AS_KERAS` says how;
where Keras on PyTorch cannot run a case or runs it another way than Keras on other backends, a function below says so.
"""

from __future__ import annotations

import warnings
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from tests.layers.examples import AUGMENTATIONS
from tests.peers import attention
from tests.peers.keras_classes import class_of
from tests.peers.operations import CASES as OPERATIONS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

COMPARED: Counter[str] = Counter()
"""How many layers of each kind were compared in this run."""

FORMATS = ["channels_last", "channels_first"]
SIGNAL, PICTURE, VOLUME = [(9, 3)], [(8, 7, 3)], [(6, 5, 7, 2)]
SHAPES_OF_RANK = {1: SIGNAL, 2: PICTURE, 3: VOLUME}


def grid(shapes, *others, **fields):
    """Every combination of values of the fields, on every list of input shapes."""
    names = list(fields)
    return [
        (inputs, dict(zip(names, values, strict=True)))
        for inputs in (shapes, *others)
        for values in product(*fields.values())
    ]


def convolutions(rank, **more):
    """Kernels of odd and even size; Keras takes strides or dilation, not both."""
    fields = {"kernel_size": [1, 2, 3], "padding": ["valid", "same"], "use_bias": [True, False]} | more
    return [
        *grid(SHAPES_OF_RANK[rank], strides=[1, 2, 3], **fields),
        *grid(SHAPES_OF_RANK[rank], dilation_rate=[2, 3], **(fields | {"kernel_size": [1, 2]})),
    ]


def grown(rank):
    """Transposed convolutions."""
    fields = {"filters": [3], "padding": ["valid", "same"], "use_bias": [True, False]}
    return [
        *grid(SHAPES_OF_RANK[rank], kernel_size=[1, 2, 3], strides=[1, 2, 3], **fields),
        *grid(SHAPES_OF_RANK[rank], kernel_size=[2, 3], strides=[2], output_padding=[0, 1], **fields),
        *grid(SHAPES_OF_RANK[rank], kernel_size=[2, 3], dilation_rate=[2], **fields),
    ]


def pools(rank):
    return grid(SHAPES_OF_RANK[rank], pool_size=[1, 2, 3], strides=[None, 1, 2, 3], padding=["valid", "same"])


def merges(*, most=3):
    same = [[(4,)] * 2, [(4,)] * most, [(5, 4, 3)] * 2]
    broadcast = [[(5, 1), (1, 3)], [(5, 4, 3), (1, 1, 3)], [(5, 4, 1), (5, 4, 3)]]
    return grid(*same, *broadcast, [(4, 3), (3,)], activation=[None, "relu"])


ACTIVATIONS = [None, "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "hard_sigmoid", "tanh"]
ACTIVATIONS += ["softplus", "softsign", "softmax", "log_softmax", "linear"]
PLAIN = ["relu6", "hard_tanh", "hard_silu", "hard_shrink", "soft_shrink", "tanh_shrink", "mish", "celu", "squareplus"]
PLAIN += ["sparse_plus", "log_sigmoid"]
ACTIVATIONS += PLAIN
VECTORS = [[(4000,)], [(6, 5, 4)]]
TOGETHER = [[(4,), (5,)], [(6, 5, 4), (6, 5, 1)], [(6, 5, 4)] * 3]

SEQUENCES = [(5, 3)]
STEPS = {
    "units": [1, 4],
    "use_bias": [True, False],
    "return_sequences": [True, False],
    "go_backwards": [True, False],
    "activation": ["tanh", "relu", None],
}
GATED = STEPS | {"recurrent_activation": ["sigmoid", "hard_sigmoid"]}


def pictures_by_step(rank):
    """Recurrent convolutions: what the windows do, and what the steps do."""
    fields, shapes = {"filters": [2], "use_bias": [True, False]}, [[(3, *SHAPES_OF_RANK[rank][0])]]
    steps = {"return_sequences": [True, False], "go_backwards": [True, False]}
    return [
        *grid(*shapes, kernel_size=[1, 2, 3], strides=[1, 2], padding=["valid", "same"], **fields),
        *grid(*shapes, kernel_size=[2], dilation_rate=[2], padding=["valid", "same"], **fields),
        *grid(
            *shapes,
            kernel_size=[3],
            activation=["relu", None],
            recurrent_activation=["hard_sigmoid"],
            **steps,
            **fields,
        ),
    ]


GRID = {
    **{f"conv_lstm{rank}d": pictures_by_step(rank) for rank in (1, 2, 3)},
    "simple_rnn": grid(SEQUENCES, [(1, 3)], **STEPS),
    "lstm": grid(SEQUENCES, [(1, 3)], **GATED),
    "gru": grid(SEQUENCES, [(1, 3)], **GATED, reset_after=[True, False]),
    "dense": grid([(5,)], [(4, 5)], units=[1, 7], use_bias=[True, False], activation=ACTIVATIONS),
    "embedding": grid([(5,)], [(4, 5)], input_dim=[1, 50], output_dim=[1, 8]),
    "conv1d": convolutions(1, filters=[6], groups=[1, 3]),
    "conv2d": [
        *convolutions(2, filters=[6], groups=[1, 3]),
        *grid(
            PICTURE,
            filters=[4],
            kernel_size=[(3, 1), (2, 4)],
            strides=[(1, 2)],
            padding=["valid", "same"],
            activation=ACTIVATIONS,
        ),
    ],
    "conv3d": convolutions(3, filters=[4], groups=[1, 2]),
    "depthwise_conv2d": convolutions(2, depth_multiplier=[1, 2], activation=[None, "relu"]),
    "separable_conv2d": convolutions(2, filters=[4], depth_multiplier=[1, 2], activation=[None, "relu"]),
    "conv2d_transpose": [
        *grid(
            PICTURE,
            filters=[4],
            kernel_size=[1, 2, 3, 4, (2, 5)],
            strides=[1, 2, 3, (3, 1)],
            padding=["valid", "same"],
            use_bias=[True, False],
        ),
        *grid(
            PICTURE,
            filters=[2],
            kernel_size=[1, 2, 3, 4, 5],
            strides=[2, 3],
            padding=["valid", "same"],
            output_padding=[0, 1, (1, 0)],
        ),
        *grid(
            PICTURE,
            filters=[2],
            kernel_size=[1, 2, 3, 4],
            dilation_rate=[2, 3, (1, 2)],
            padding=["valid", "same"],
            output_padding=[None, 0],
        ),
    ],
    "depthwise_conv1d": convolutions(1, depth_multiplier=[1, 2], activation=[None, "relu"]),
    "separable_conv1d": convolutions(1, filters=[4], depth_multiplier=[1, 2], activation=[None, "relu"]),
    "conv1d_transpose": grown(1),
    "conv3d_transpose": grown(3),
    "zero_padding3d": grid(VOLUME, padding=[0, 1, (1, 2, 0), ((1, 0), (2, 3), (0, 1))]),
    "cropping1d": grid(SIGNAL, cropping=[0, 1, (1, 2), (0, 3)]),
    "cropping3d": grid(VOLUME, cropping=[0, 1, (1, 2, 0), ((1, 0), (2, 1), (0, 1))]),
    "up_sampling1d": grid(SIGNAL, size=[1, 2, 3]),
    "up_sampling3d": grid(VOLUME, size=[1, 2, (1, 2, 3)]),
    **{f"max_pooling{rank}d": pools(rank) for rank in (1, 2, 3)},
    **{f"average_pooling{rank}d": pools(rank) for rank in (1, 2, 3)},
    **{
        f"adaptive_{how}_pooling{rank}d": grid(SHAPES_OF_RANK[rank], output_size=[1, 2, 3, 5])
        for rank in (1, 2, 3)
        for how in ("max", "average")
    },
    **{f"global_max_pooling{rank}d": grid(SHAPES_OF_RANK[rank], keepdims=[True, False]) for rank in (1, 2, 3)},
    **{f"global_average_pooling{rank}d": grid(SHAPES_OF_RANK[rank], keepdims=[True, False]) for rank in (1, 2, 3)},
    "repeat_vector": grid([(5,)], n=[1, 4]),
    "flatten": grid(SIGNAL, PICTURE, VOLUME, [(5,)]),
    "reshape": grid(
        [(4, 6)], [(24,)], [(2, 3, 4)], target_shape=[(24,), (-1,), (3, 8), (2, -1), (-1, 2, 3), (1, 24, 1)]
    ),
    "permute": [
        *grid(PICTURE, dims=[(1, 2, 3), (3, 1, 2), (2, 1, 3), (3, 2, 1)]),
        *grid(SIGNAL, dims=[(1, 2), (2, 1)]),
    ],
    "zero_padding1d": grid(SIGNAL, padding=[0, 1, (1, 2), (0, 3)]),
    "zero_padding2d": grid(PICTURE, padding=[0, 1, (1, 2), ((1, 0), (2, 3))]),
    "cropping2d": grid(PICTURE, cropping=[0, 1, (1, 2), ((1, 0), (0, 3)), ((0, 2), (1, 0)), ((2, 0), (1, 0))]),
    "up_sampling2d": grid(PICTURE, size=[1, 2, 3, (2, 4)], interpolation=["nearest", "bilinear"]),
    "batch_normalization": [
        *grid([(5,)], SIGNAL, PICTURE, VOLUME, epsilon=[1e-3, 0.1], center=[True, False], scale=[True, False]),
        *grid(PICTURE, axis=[-1, 1, 2, 3, -2]),
    ],
    "layer_normalization": [
        *grid([(5,)], SIGNAL, PICTURE, VOLUME, epsilon=[1e-3, 0.1], center=[True, False], scale=[True, False]),
        *grid(PICTURE, axis=[-1, 3, (2, 3), (1, 2, 3), (-2, -1)]),
    ],
    "group_normalization": [
        *grid(
            *[[(5, 4)], [(5, 3, 4)]], groups=[1, 2, -1], epsilon=[1e-3, 0.1], center=[True, False], scale=[True, False]
        ),
        *grid([(4, 3, 6)], groups=[2], axis=[1, 3, -1]),
    ],
    "rms_normalization": [*grid([(5,)], SIGNAL, epsilon=[1e-6, 0.1]), *grid(PICTURE, axis=[-1, (2, 3)])],
    "unit_normalization": [*grid([(5,)], SIGNAL), *grid(PICTURE, axis=[-1, 1, (2, 3)])],
    "normalization": grid(SIGNAL, mean=[(1, 2, 3)], variance=[(1, 0.5, 3)], invert=[True, False], axis=[-1]),
    "alpha_dropout": grid(PICTURE, rate=[0, 0.5]),
    **{f"spatial_dropout{rank}d": grid(SHAPES_OF_RANK[rank], rate=[0, 0.5]) for rank in (1, 2, 3)},
    "gaussian_noise": grid(PICTURE, stddev=[0, 0.5]),
    "gaussian_dropout": grid(PICTURE, rate=[0, 0.5]),
    "activity_regularization": grid(PICTURE, l1=[0, 0.5], l2=[0, 0.5]),
    "identity": grid(PICTURE),
    "resizing": [
        *grid(PICTURE, height=[4, 11, 1], width=[3, 14], interpolation=["nearest", "bilinear"]),
        *grid(PICTURE, height=[4, 11], width=[3, 14], interpolation=["bilinear", "bicubic"], antialias=[True]),
        *grid(PICTURE, height=[5], width=[3, 9], crop_to_aspect_ratio=[True]),
        *grid(PICTURE, height=[5], width=[3, 9], pad_to_aspect_ratio=[True], fill_value=[0, 2.5]),
    ],
    "center_crop": grid(PICTURE, height=[1, 5, 8, 11], width=[1, 2, 7, 9]),
    **{
        kind: [(PICTURE, {name: tuple(map(float, np.ravel(value))) for name, value in fields.items()})]
        for kind, fields in AUGMENTATIONS.items()
    },
    "random_translation": grid(PICTURE, height_factor=[0.5], width_factor=[0.5, (-0.1, 0.5)]),
    "random_posterization": grid(PICTURE, factor=[2]),
    "random_zoom": grid(PICTURE, height_factor=[0.5], width_factor=[None, (-0.1, 0.5)]),
    "random_crop": grid(PICTURE, height=[8], width=[7]),
    "rescaling": [
        *grid(*VECTORS, scale=[0.5, -2], offset=[0, 3]),
        *grid(PICTURE, scale=[0.5, (1, 2, -3)], offset=[0, (0.5, 0, 7)]),
    ],
    "dropout": grid(PICTURE, [(5,)], rate=[0, 0.5, 1]),
    "activation": grid(*VECTORS, activation=[name for name in ACTIVATIONS if name]),
    "relu": grid(*VECTORS, max_value=[None, 0, 1, 6], negative_slope=[0, 0.1, 2], threshold=[0, 0.5]),
    "leaky_relu": grid(*VECTORS, negative_slope=[0, 0.1, 0.3, 2]),
    "prelu": [*grid(PICTURE, shared_axes=[None, 1, (1, 2), (2, 3), (1, 2, 3)]), *grid([(7,)], shared_axes=[None, 1])],
    "elu": grid(*VECTORS, alpha=[0.5, 1, 2]),
    "gelu": grid(*VECTORS, approximate=[True, False]),
    **{
        kind: grid(*VECTORS)
        for kind in ("selu", "silu", "sigmoid", "hard_sigmoid", "tanh", "softplus", "softsign", "linear", *PLAIN)
    },
    "celu": grid(*VECTORS, alpha=[0.5, 1, 3]),
    "hard_shrink": grid(*VECTORS, threshold=[0, 0.5, 2]),
    "soft_shrink": grid(*VECTORS, threshold=[0, 0.5, 2]),
    "squareplus": grid(*VECTORS, b=[0, 1, 4]),
    "threshold": grid(*VECTORS, threshold=[-1, 0, 2], default_value=[0, -7, 0.5]),
    "glu": [*grid([(4000,)], [(6, 8, 4)]), *grid([(6, 5, 4)], axis=[-1, 1])],
    "softmax": [*grid(*VECTORS), *grid(PICTURE, axis=[-1, 1, 2, -2, (1, 2), (2, 3), (1, 2, 3)])],
    "log_softmax": [*grid(*VECTORS), *grid(PICTURE, axis=[-1, 1, 2, -2])],
    **{kind: merges() for kind in ("add", "multiply", "average", "maximum", "minimum")},
    "subtract": merges(most=2),
    "concatenate": [*grid(*TOGETHER), *grid([(6, 5, 4), (2, 5, 4)], axis=[1, -3])],
}

DEFAULTS = [
    *[(kind, {"units": 3}, SEQUENCES) for kind in ("simple_rnn", "lstm", "gru")],
    ("dense", {"units": 3}, SIGNAL),
    ("conv1d", {"filters": 2, "kernel_size": 3}, SIGNAL),
    ("conv2d", {"filters": 2, "kernel_size": 3}, PICTURE),
    ("conv3d", {"filters": 2, "kernel_size": 3}, VOLUME),
    ("depthwise_conv2d", {"kernel_size": 3}, PICTURE),
    ("separable_conv2d", {"filters": 2, "kernel_size": 3}, PICTURE),
    ("conv2d_transpose", {"filters": 2, "kernel_size": 3}, PICTURE),
    *[(f"conv{rank}d_transpose", {"filters": 2, "kernel_size": 3}, SHAPES_OF_RANK[rank]) for rank in (1, 3)],
    *[(kind, {}, SIGNAL) for kind in ("cropping1d", "up_sampling1d")],
    *[(kind, {}, VOLUME) for kind in ("cropping3d", "up_sampling3d", "zero_padding3d")],
    ("depthwise_conv1d", {"kernel_size": 3}, SIGNAL),
    ("separable_conv1d", {"filters": 2, "kernel_size": 3}, SIGNAL),
    *[(f"max_pooling{rank}d", {}, SHAPES_OF_RANK[rank]) for rank in (1, 2, 3)],
    *[(f"average_pooling{rank}d", {"pool_size": 2}, SHAPES_OF_RANK[rank]) for rank in (1, 2, 3)],
    *[(f"global_{how}_pooling{rank}d", {}, SHAPES_OF_RANK[rank]) for how in ("max", "average") for rank in (1, 2, 3)],
    *[(kind, {}, PICTURE) for kind in ("zero_padding2d", "cropping2d", "up_sampling2d", "batch_normalization")],
    *[(kind, {}, PICTURE) for kind in ("layer_normalization", "relu", "leaky_relu", "prelu", "elu", "gelu", "softmax")],
    ("zero_padding1d", {}, SIGNAL),
    ("concatenate", {}, TOGETHER[1]),
    *[(f"conv_lstm{rank}d", {"filters": 2, "kernel_size": 2}, [(3, *SHAPES_OF_RANK[rank][0])]) for rank in (1, 2, 3)],
]
"""Every kind that has defaults, with nothing but what it needs: ours must be Keras'.

(Keras has a default for max pooling's `pool_size` but not for average pooling's; here both have 2.)
"""


# Making Keras' layers

FUNCTIONS = ("selu", "gelu", "silu", "sigmoid", "hard_sigmoid", "tanh", "softplus", "softsign", "log_softmax", "linear")
FUNCTIONS = (*FUNCTIONS, *PLAIN, "threshold", "glu")
WITHOUT_FORMAT = ("activation", "rescaling", "normalization", "softmax", "cropping1d", "up_sampling1d")
WITHOUT_FORMAT += ("spatial_dropout1d",)
AXIS_AS_FORMAT = ("batch_normalization", "layer_normalization", "concatenate")
AXIS_AS_FORMAT += ("group_normalization", "rms_normalization", "unit_normalization")
MERGES = ("add", "subtract", "multiply", "average", "maximum", "minimum")


def as_keras(kind, fields, data_format):
    """The Keras layer with the same fields."""
    if kind in FUNCTIONS:
        function = getattr(keras.activations, kind)
        return keras.layers.Activation(lambda x: function(x, **fields))
    fields = {name: value for name, value in fields.items() if kind not in MERGES or name != "activation"}
    if kind in AXIS_AS_FORMAT:
        fields = {"axis": 1 if data_format == "channels_first" else -1} | fields
    elif "data_format" in KINDS[kind].options() and kind not in (*MERGES, *WITHOUT_FORMAT):
        fields = fields | {"data_format": data_format}
    return class_of(kind)(**fields)


def as_numpy(tensor):
    return tensor.detach().cpu().numpy()


def called(layer, inputs):
    return as_numpy(layer(inputs if len(inputs) > 1 else inputs[0]))


# Making ours


def ours(kind, fields, data_format="channels_last"):
    """Our layer from the same mapping."""
    options = KINDS[kind].options()
    if "data_format" in options:
        fields = fields | {"data_format": data_format}
    return KINDS[kind](**{name: options[name].kind.read(value) for name, value in fields.items()})


def to_format(kind, shape, data_format):
    if data_format == "channels_last":
        return shape
    before = 1 if kind.startswith("conv_lstm") else 0  # the steps stand in front in either format
    return (*shape[:before], shape[-1], *shape[before:-1])


def random_inputs(kind, fields, shapes):
    rng = np.random.default_rng(5)
    if kind == "embedding":
        return [rng.integers(0, fields["input_dim"], (2, *shape)).astype(np.int32) for shape in shapes]
    return [(3 * rng.standard_normal((2, *shape))).astype(np.float32) for shape in shapes]


def random_weights(layer):
    """New values for all weights of a Keras layer, by name, in Keras' order."""
    rng = np.random.default_rng(6)
    values = {}
    for weight in layer.weights:
        low = 0.2 if weight.name == "moving_variance" else -1
        values[weight.name] = rng.uniform(low, 1.5, tuple(weight.shape)).astype(np.float32)
    layer.set_weights(list(values.values()))
    return values


def close(found, expected, case):
    """Equal to 1e-5 of the largest value."""
    assert found.shape == expected.shape, case
    assert found.dtype == np.float32, case
    largest = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * largest, err_msg=str(case))


def compare(kind, fields, shapes, data_format, run=None):
    """Both layers on the same inputs with the same weights. `run` replaces Keras' call where it needs help."""
    case = (kind, fields, shapes, data_format)
    shapes = [to_format(kind, shape, data_format) for shape in shapes]
    inputs = random_inputs(kind, fields, shapes)
    peer, layer = as_keras(kind, fields, data_format), ours(kind, fields, data_format)
    peer.build(*([[None, *shape] for shape in shapes] if len(shapes) == 1 else [[(None, *shape) for shape in shapes]]))
    weights = random_weights(peer)
    parameters = layer.parameters(shapes)
    assert {name: parameter.shape for name, parameter in parameters.items()} == {
        name: values.shape for name, values in weights.items()
    }, case
    assert list(parameters) == list(weights), case
    assert sum(parameter.count for parameter in parameters.values()) == peer.count_params(), case
    assert [name for name, parameter in parameters.items() if parameter.trainable] == [
        weight.name for weight in peer.trainable_weights
    ], case
    expected = (run or called)(peer, inputs)
    if kind in MERGES and fields.get("activation"):
        expected = as_numpy(keras.activations.get(fields["activation"])(keras.ops.convert_to_tensor(expected)))
    assert tuple(layer.output_shape(shapes)) == expected.shape[1:], case
    close(layer(inputs, weights), expected, case)
    COMPARED[kind] += 1


# Where Keras on PyTorch needs help


def last_axes(peer, inputs):
    """PyTorch normalizes trailing axes only: move the first one (the channels) to the end and back."""
    fields = {name: value for name, value in peer.get_config().items() if name in ("epsilon", "center", "scale")}
    moved = type(peer)(**fields)
    moved.build((None, *inputs[0].shape[2:], inputs[0].shape[1]))
    moved.set_weights(peer.get_weights())
    return np.moveaxis(called(moved, [np.moveaxis(inputs[0], 1, -1)]), -1, 1)


def without_padding(rank, pads):
    """Average pooling as the mean of what is there: the mean with zeros over the part that is not padding.

    For odd amounts of padding, Keras on PyTorch repeats the border and counts it; on TensorFlow and JAX it does not.
    """

    def run(peer, inputs):
        first = peer.data_format == "channels_first"
        x = np.moveaxis(inputs[0], 1, -1) if first else inputs[0]
        widths = [(0, 0), *pads(peer), (0, 0)]
        pool = getattr(keras.layers, f"AveragePooling{rank}D")(peer.pool_size, peer.strides, "valid")
        result = called(pool, [np.pad(x, widths)]) / called(pool, [np.pad(np.ones_like(x), widths)])
        return np.moveaxis(result, -1, 1) if first else result

    return run


def same_pads(lengths):
    """TensorFlow's padding for `same`, written out again."""

    def pads(peer):
        result = []
        for length, size, stride in zip(lengths, peer.pool_size, peer.strides, strict=True):
            total = max(size - stride if length % stride == 0 else size - length % stride, 0)
            result.append((total // 2, total - total // 2))
        return result

    return pads


def not_training(peer, inputs):
    """Augmentations take it for granted that they train."""
    return as_numpy(peer(inputs[0], training=False))


def helper(kind, fields, shapes, data_format):
    """How Keras is run, where its own call would not do."""
    if kind in AUGMENTATIONS:
        return not_training
    if kind in ("layer_normalization", "rms_normalization") and data_format == "channels_first" and len(shapes[0]) > 1:
        return last_axes
    if kind.startswith("average_pooling") and fields.get("padding") == "same":
        return without_padding(len(shapes[0]) - 1, same_pads(shapes[0][:-1]))
    return None


def runs_in(kind, fields, shapes, data_format):
    """Whether a case means anything in this data format: axes that are written out are those of channels last."""
    if data_format == "channels_last":
        return True
    if (
        kind in ("cropping1d", "up_sampling1d", "spatial_dropout1d", "rescaling")
        or "data_format" not in KINDS[kind].options()
        or len(set(map(len, shapes))) > 1
    ):
        return False
    return fields.get("axis") is None


# The comparisons


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("kind", GRID)
def test_layer(kind, data_format):
    cases = [(shapes, fields) for shapes, fields in GRID[kind] if runs_in(kind, fields, shapes, data_format)]
    if not cases:
        pytest.skip("the kind has no data format")
    for shapes, fields in cases:
        compare(kind, fields, shapes, data_format, helper(kind, fields, shapes, data_format))


@pytest.mark.parametrize(("kind", "fields", "shapes"), DEFAULTS, ids=lambda value: str(value).replace(" ", ""))
def test_defaults_are_keras(kind, fields, shapes):
    compare(kind, fields, shapes, "channels_last")


PADS = {1: [[2, 1], [0, 3]], 2: [1, [1, 2], [[1, 0], [2, 3]]], 3: [[[1, 0], [0, 2], [1, 1]]]}


def zero_padded(rank, padding):
    """Keras' layer that pads."""
    return getattr(keras.layers, f"ZeroPadding{rank}D")(padding)


@pytest.mark.parametrize("kind", ["conv1d", "conv2d", "conv3d", "depthwise_conv2d", "separable_conv2d"])
def test_explicit_padding_is_zero_padding_and_valid(kind):
    rank = int(kind[-2])
    own = {} if kind == "depthwise_conv2d" else {"filters": 4}
    for padding, strides, dilation in product(PADS[rank], [1, 2], [1, 2]):
        if strides > 1 and dilation > 1:
            continue
        fields = {"kernel_size": 3, "strides": strides, "dilation_rate": dilation} | own
        inputs = random_inputs(kind, fields, SHAPES_OF_RANK[rank])
        x = called(zero_padded(rank, padding), inputs)
        peer = as_keras(kind, fields, "channels_last")
        peer.build(x.shape)
        weights = random_weights(peer)
        close(ours(kind, fields | {"padding": padding})(inputs, weights), called(peer, [x]), (fields, padding))
        COMPARED[kind] += 1


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_explicit_padding_of_pools(rank):
    """Padding never wins a maximum (Keras: padded with -infinity) and is not counted in a mean."""
    for padding, strides in product(PADS[rank], [1, 2, 4]):
        fields = {"pool_size": 4, "strides": strides}
        inputs = random_inputs("max", fields, SHAPES_OF_RANK[rank])
        layer = ours(f"max_pooling{rank}d", fields | {"padding": padding})
        pads = layer.padding
        lowest = np.pad(inputs[0], [(0, 0), *pads, (0, 0)], constant_values=-np.inf)
        close(layer(inputs, {}), called(as_keras(layer.type, fields, "channels_last"), [lowest]), (fields, padding))
        COMPARED[layer.type] += 1
        mean = ours(f"average_pooling{rank}d", fields | {"padding": padding})
        run = without_padding(rank, lambda _, pads=pads: pads)
        close(mean(inputs, {}), run(as_keras(mean.type, fields, "channels_last"), inputs), (fields, padding))
        COMPARED[mean.type] += 1


def test_explicit_padding_of_a_transposed_convolution_is_valid_and_cropped():
    for padding, strides, extra in product([1, [1, 2], [[1, 2], [2, 1]]], [2, 3], [0, 1]):
        fields = {"filters": 4, "kernel_size": 3, "strides": strides}
        inputs = random_inputs("conv2d_transpose", fields, PICTURE)
        peer = as_keras("conv2d_transpose", fields | {"output_padding": 0}, "channels_last")
        peer.build((None, *PICTURE[0]))
        weights = random_weights(peer)
        layer = ours("conv2d_transpose", fields | {"padding": padding, "output_padding": extra})
        crops = [(before, after - extra) for before, after in layer.padding]
        expected = called(keras.layers.Cropping2D(crops), [called(peer, inputs)])
        close(layer(inputs, weights), expected, (fields, padding))
        COMPARED["conv2d_transpose"] += 1


@pytest.mark.parametrize("kind", ["conv1d", "conv2d", "conv3d", "depthwise_conv2d", "separable_conv2d"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_flipped_kernel_is_a_flipped_kernel(kind, padding):
    rank = int(kind[-2])
    fields = {"kernel_size": [2, 3, 4][:rank], "padding": padding}
    fields |= {} if kind == "depthwise_conv2d" else {"filters": 4}
    peer = as_keras(kind, fields, "channels_last")
    peer.build((None, *SHAPES_OF_RANK[rank][0]))
    weights = random_weights(peer)
    first = next(iter(weights))
    flipped = weights | {first: np.flip(weights[first], tuple(range(rank)))}
    inputs = random_inputs(kind, fields, SHAPES_OF_RANK[rank])
    close(ours(kind, fields | {"flip_kernel": True})(inputs, flipped), called(peer, inputs), fields)
    COMPARED[kind] += 1


def test_causal_padding():
    """Keras takes it with channels last only."""
    for size, fields in product([1, 2, 3], [{"strides": 2}, {"dilation_rate": 2}, {}]):
        compare("conv1d", {"filters": 4, "kernel_size": size, "padding": "causal"} | fields, SIGNAL, "channels_last")


BESIDE = {
    "bidirectional": ("test_recurrent.py", "test_bidirectional_is_keras"),
    "time_distributed": ("test_recurrent.py", "test_time_distributed_is_keras"),
    "masking": ("test_keras_masks.py", "{{type: masking"),
    "split": ("test_operations.py", "test_pytorch_splits_into_the_same_parts"),
    "top_k": ("test_operations.py", 'make("top_k"'),
    "einsum": ("test_operations.py", 'make("einsum"'),
    "cumulative_sum": ("test_operations.py", 'make("cumulative_sum"'),
    "constant": ("test_transformers.py", "vit"),  # its class token
    "attention": ("test_attention_without_projections.py", '"attention"'),
    "additive_attention": ("test_attention_without_projections.py", '"additive_attention"'),
    "scaled_dot_product_attention": ("test_attention_without_projections.py", 'make("scaled_dot_product_attention"'),
    "discretization": ("keras_cases.py", '"Discretization": ['),
    "integer_lookup": ("test_integer_lookup.py", 'make("integer_lookup"'),
    "category_encoding": ("keras_cases.py", '"CategoryEncoding": ['),
    "mel_spectrogram": ("keras_cases.py", '"MelSpectrogram": ['),
    "spectral_normalization": ("keras_cases.py", '"SpectralNormalization": ['),
    **{
        kind: ("test_operations.py", f'"{kind}"')
        for kind in ("take_along_axis", "gather_nd", "index_copy", "put_along_axis", "scatter_nd")
    },
    **{
        kind: ("test_quantized.py", f'"{kind}"')
        for kind in (
            "quantize_linear",
            "dequantize_linear",
            "dynamic_quantize_linear",
            "qlinear_matmul",
            "matmul_integer",
        )
    },
    **{
        f"{kind}{rank}d": ("test_quantized.py", f'f"{kind}{{rank}}d"')
        for kind in ("qlinear_conv", "conv_integer")
        for rank in (1, 2, 3)
    },
}
"""Kinds that other files compare, and where."""


@pytest.mark.parametrize("kind", BESIDE)
def test_what_is_compared_elsewhere_is(kind):
    file, what = BESIDE[kind]
    assert what in (Path(__file__).parent / file).read_text(encoding="utf-8")


def test_every_kind_was_compared():
    """Run the whole file: this looks at what the tests above did."""
    elsewhere = {kind for kind, *_ in OPERATIONS} | {*attention.KERAS, *attention.POSITIONS, *BESIDE}
    assert set(COMPARED) | elsewhere == set(KINDS)
    print(f"\n{COMPARED.total()} layers of {len(COMPARED)} kinds agree with Keras {keras.__version__}")  # noqa: T201
