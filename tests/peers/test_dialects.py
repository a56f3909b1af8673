"""Layers written as PyTorch has them: the hints followed word for word give PyTorch's numbers, or are refused.

Every layer is written once, as a module and as an entry with the module's own name and arguments.
"""

from __future__ import annotations

import copy
import inspect
from itertools import product

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.netfile.dialects.fields import field_hint
from dataflow_cli.netfile.dialects.missing import missing
from dataflow_cli.netfile.dialects.types import our_type, translation, unknown
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.netfile.following import followed, yaml

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

PICTURE, VECTOR, SIGNAL, VOLUME = (4, 7, 6), (6,), (4, 9), (4, 3, 5, 4)
RANKS = [(1, SIGNAL), (2, PICTURE), (3, VOLUME)]
NAMES = {
    "weight": ("kernel", "gamma", "alpha", "embeddings", "scale"),
    "bias": ("bias", "beta"),
    "running_mean": ("moving_mean",),
    "running_var": ("moving_variance",),
}


def grid(type_, shape, needed=None, **fields):
    """A layer with what it needs, and with every value of every other field; then with all pairs of them."""
    base = needed or {}
    singles = [{name: value} for name, values in fields.items() for value in values]
    pairs = [one | two for one, two in product(singles, singles) if one.keys().isdisjoint(two)]
    unlike = [dict(pair) for pair in {tuple(sorted(pair.items(), key=repr)) for pair in pairs if _hashable(pair)}]
    return [(type_, base | more, shape) for more in [{}, *singles, *sorted(unlike, key=repr)]]


def _hashable(fields):
    return not any(isinstance(value, list) for value in fields.values())


CONVOLUTION = {"bias": [True, False], "stride": [1, 2, [2, 1]], "dilation": [1, 2], "groups": [1, 2]}
CASES = [
    *grid(
        "Conv2d",
        PICTURE,
        {"in_channels": 4, "out_channels": 6, "kernel_size": 3},
        padding=[0, 1, [1, 2], "valid", "same"],
        padding_mode=["zeros", "reflect", "replicate", "circular"],
        **CONVOLUTION,
    ),
    *grid("Conv1d", SIGNAL, {"in_channels": 4, "out_channels": 6, "kernel_size": 3}, padding=[0, 1, "same"]),
    *grid(
        "Conv1d",
        SIGNAL,
        {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "padding": 2},
        padding_mode=["reflect", "replicate"],
    ),
    *grid(
        "ConvTranspose2d",
        PICTURE,
        {"in_channels": 4, "out_channels": 6, "kernel_size": 3},
        padding=[0, 1, [1, 0]],
        output_padding=[0, 1],
        **CONVOLUTION,
    ),
    *grid(
        "ConvTranspose1d",
        SIGNAL,
        {"in_channels": 4, "out_channels": 6, "kernel_size": 3},
        padding=[0, 1],
        stride=[1, 2],
        groups=[1, 2],
        output_padding=[0, 1],
    ),
    *grid("ConvTranspose3d", VOLUME, {"in_channels": 4, "out_channels": 6, "kernel_size": 2}, stride=[2], groups=[2]),
    *grid("Upsample", SIGNAL, {"scale_factor": 2, "mode": "linear"}),
    *grid("Upsample", VOLUME, {"scale_factor": 2, "mode": "trilinear"}),
    *grid("ZeroPad3d", VOLUME, {}, padding=[1, [1, 0, 2, 3, 0, 1]])[1:],
    *grid(
        "MaxPool2d",
        PICTURE,
        {"kernel_size": 3},
        stride=[1, 2, None],
        padding=[0, 1],
        dilation=[1, 2],
        ceil_mode=[False, True],
        return_indices=[False],
    ),
    *grid("MaxPool1d", SIGNAL, {"kernel_size": 2}, stride=[1, 2], padding=[0, 1]),
    *grid(
        "AvgPool2d",
        PICTURE,
        {"kernel_size": 3},
        stride=[1, 2, None],
        padding=[0, 1, [1, 0]],
        ceil_mode=[False, True],
        count_include_pad=[True, False],
        divisor_override=[None, 2],
    ),
    *grid("AvgPool1d", SIGNAL, {"kernel_size": 3}, padding=[0, 1], count_include_pad=[True, False]),
    *grid("AdaptiveAvgPool2d", PICTURE, {"output_size": 1}),
    *grid("AdaptiveAvgPool2d", PICTURE, {"output_size": 3}),
    *grid("AdaptiveAvgPool1d", SIGNAL, {"output_size": 4}),
    *grid("AdaptiveMaxPool2d", PICTURE, {"output_size": [3, 4]}, return_indices=[False]),
    *grid("AdaptiveMaxPool3d", VOLUME, {"output_size": 2}),
    *grid("LPPool2d", PICTURE, {"kernel_size": 3}, norm_type=[2, 3, 4], stride=[1, 2, None], ceil_mode=[False, True]),
    *grid("LPPool1d", SIGNAL, {"norm_type": 2, "kernel_size": 2}, stride=[1]),
    *grid(
        "BatchNorm2d",
        PICTURE,
        {"num_features": 4},
        eps=[1e-5, 0.01],
        momentum=[0.1, 0.3],
        affine=[True, False],
        track_running_stats=[True, False],
    ),
    *grid("BatchNorm1d", SIGNAL, {"num_features": 4}, affine=[True, False]),
    *grid("BatchNorm1d", VECTOR, {"num_features": 6}, affine=[True, False]),
    *grid("LayerNorm", PICTURE, {"normalized_shape": [4, 7, 6]}, eps=[0.01], elementwise_affine=[True, False]),
    *grid("LayerNorm", PICTURE, {"normalized_shape": 6}, elementwise_affine=[True, False], bias=[True, False]),
    *grid("LayerNorm", VECTOR, {"normalized_shape": [6]}, bias=[True, False]),
    *grid("Linear", VECTOR, {"in_features": 6, "out_features": 3}, bias=[True, False]),
    *grid("Upsample", PICTURE, {"scale_factor": 2}, mode=["nearest", "bilinear", "bicubic"], align_corners=[None]),
    *grid("Upsample", PICTURE, {"scale_factor": 2, "mode": "bilinear"}, align_corners=[False, True]),
    *grid("UpsamplingNearest2d", PICTURE, {"scale_factor": 3}),
    *grid("UpsamplingBilinear2d", PICTURE, {"scale_factor": 2}),
    *grid("ZeroPad2d", PICTURE, {}, padding=[1, [1, 0, 2, 3]])[1:],
    *grid("ZeroPad1d", SIGNAL, {}, padding=[1, [2, 1]])[1:],
    *grid("ReflectionPad1d", SIGNAL, {}, padding=[1, [2, 1]])[1:],
    *grid("ReflectionPad2d", PICTURE, {}, padding=[1, [1, 0, 2, 3]])[1:],
    *grid("ReplicationPad2d", PICTURE, {"padding": [1, 0, 2, 3]}),
    *grid("CircularPad3d", VOLUME, {"padding": 1}),
    *grid("ConstantPad2d", PICTURE, {"value": 2}, padding=[1, [1, 0, 2, 3]])[1:],
    *grid("PixelUnshuffle", (3, 4, 6), {"downscale_factor": 2}),
    *grid("GroupNorm", PICTURE, {"num_groups": 2, "num_channels": 4}, eps=[0.1], affine=[True, False]),
    *grid("LocalResponseNorm", PICTURE, {"size": 3}, alpha=[0.5], k=[2.0]),
    *grid(
        "InstanceNorm2d",
        PICTURE,
        {"num_features": 4},
        eps=[0.1],
        affine=[True, False],
        track_running_stats=[True, False],
    ),
    *grid("InstanceNorm1d", SIGNAL, {"num_features": 4}, affine=[True]),
    *grid("InstanceNorm3d", VOLUME, {"num_features": 4}, affine=[True]),
    *grid("RMSNorm", VECTOR, {"normalized_shape": 6}, eps=[0.01]),
    *grid("PReLU", VECTOR),
    *grid("PReLU", PICTURE, {}, num_parameters=[1, 4]),
    *grid("Flatten", PICTURE),
    *[
        (word, {"input_size": 4, "hidden_size": 3, "batch_first": True} | more, (5, 4))
        for word in ("LSTM", "GRU")
        for more in ({}, {"bias": False}, {"num_layers": 2}, {"bidirectional": True})
    ],
    *grid("MultiheadAttention", (5, 8), {"embed_dim": 8, "num_heads": 2, "batch_first": True}, bias=[True, False]),
    *[(word, {"output_size": 2}, SIGNAL) for word in ("AdaptiveMaxPool1d", "AdaptiveAvgPool1d")],
    *[(word, {"output_size": [2, 1, 3]}, VOLUME) for word in ("AdaptiveMaxPool3d", "AdaptiveAvgPool3d")],
    *grid("LPPool3d", VOLUME, {"norm_type": 2, "kernel_size": 2}),
    *grid("MaxPool3d", VOLUME, {"kernel_size": 2}, stride=[1], padding=[1]),
    *grid("AvgPool3d", VOLUME, {"kernel_size": 2}, padding=[1]),
    *grid("Conv3d", VOLUME, {"in_channels": 4, "out_channels": 6, "kernel_size": 2}, padding=[1, "same"]),
    *grid("BatchNorm3d", VOLUME, {"num_features": 4}),
    *[(word, {"num_features": 4}, PICTURE) for word in ("SyncBatchNorm", "BatchNorm2d")],
    *[
        (f"{mode}Pad{rank}d", {"padding": 1}, shape)
        for mode in ("Circular", "Reflection", "Replication")
        for rank, shape in RANKS
    ],
    *[(f"ConstantPad{rank}d", {"padding": 1, "value": 2}, shape) for rank, shape in RANKS],
    *[(f"LazyConv{rank}d", {"out_channels": 3, "kernel_size": 2}, shape) for rank, shape in RANKS],
    *[(f"LazyConvTranspose{rank}d", {"out_channels": 3, "kernel_size": 2}, shape) for rank, shape in RANKS],
    *[(f"LazyBatchNorm{rank}d", {}, shape) for rank, shape in RANKS],
    *grid("LazyLinear", VECTOR, {"out_features": 3}, bias=[False]),
    *grid("PixelShuffle", PICTURE, {"upscale_factor": 2}),
    *grid("Flatten", VECTOR, start_dim=[1], end_dim=[-1]),
    *grid("Flatten", PICTURE, {"start_dim": 2}),
    *grid("Softmax", VECTOR, {"dim": 1}),
    *grid("Softmax", PICTURE, {}, dim=[1, 2, -1])[1:],
    *grid("LogSoftmax", PICTURE, {}, dim=[1, -1])[1:],
    *grid("LeakyReLU", VECTOR, negative_slope=[0.2], inplace=[True, False]),
    *grid("ReLU", VECTOR, inplace=[True]),
    *grid("ReLU6", VECTOR, inplace=[False]),
    *grid("ELU", VECTOR, alpha=[0.5]),
    *grid("CELU", VECTOR, alpha=[0.5]),
    *grid("Hardshrink", VECTOR, lambd=[0.2]),
    *grid("Softshrink", VECTOR, lambd=[0.2]),
    *grid("Hardtanh", VECTOR, {}, min_val=[-2], max_val=[0.5]),
    *grid("Threshold", VECTOR, {"threshold": 0.5, "value": 3}),
    *grid("GLU", VECTOR, dim=[1]),
    *grid("GLU", PICTURE, {"dim": 1}),
    *grid("GELU", VECTOR, approximate=["none", "tanh"]),
    *grid("Softplus", VECTOR, beta=[1, 2], threshold=[20, 1]),
    *[(word, {}, VECTOR) for word in ("SELU", "SiLU", "Sigmoid", "Tanh", "Softsign", "Hardsigmoid", "Identity")],
    *[(word, {}, VECTOR) for word in ("Hardswish", "Hardtanh", "Mish", "GLU", "LogSigmoid", "Tanhshrink", "Softmin")],
    *grid("Dropout", VECTOR, p=[0.3], inplace=[True]),
    *grid("Dropout2d", PICTURE, p=[0.3]),
    *grid("AlphaDropout", VECTOR),
]


def made(type_, fields, shape):
    """The module with weights that are not what it begins with; None if PyTorch itself refuses the fields."""
    arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    torch.manual_seed(1)
    try:
        module = getattr(nn, type_)(**arguments).eval()
        if type_.startswith("Lazy"):
            module(torch.zeros(1, *shape))
    except (ValueError, TypeError):
        return None
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.2, 1)
    return module


def theirs(module, shape):
    x = np.random.default_rng(2).normal(size=(2, *shape)).astype(np.float32) * 4
    try:
        with torch.no_grad():
            tensor = torch.from_numpy(x.copy())
            if isinstance(module, nn.MultiheadAttention):
                return x, module(tensor, tensor, tensor, need_weights=False)[0].numpy()
            found = module(tensor)
            return x, (found[0] if isinstance(found, tuple) else found).numpy()
    except (RuntimeError, ValueError):
        return x, None


def _whole(name):
    """Whether a parameter is found by PyTorch's own name: those of attention, and of recurrent layers."""
    return "_proj" in name or name.endswith("_l0")


def ours(document, module, x, folder):
    network = network_from_text(yaml.safe_dump(document, sort_keys=False))
    node = next((node for node in network.nodes if node.parameters), None)
    state = module.state_dict()
    if node is not None:
        arrays = {f"{node.name}/{ours}": state[name].numpy() for name in NAMES if name in state for ours in NAMES[name]}
        arrays |= {f"{node.name}.{name}": array.numpy() for name, array in state.items() if _whole(name)}
        known = {f"{node.name}/{name}" for name in node.parameters} | {name for name in arrays if _whole(name)}
        np.savez(folder / "w.npz", **{name: array for name, array in arrays.items() if name in known})
        document |= {"weights": {"file": str(folder / "w.npz"), "layout": "torch"}}
        network = network_from_text(yaml.safe_dump(document, sort_keys=False))
    weights = load_weights(network, init=None if node is not None else "zeros")
    return run(network, weights, [{"input": x}]).output


@pytest.mark.parametrize("type_", sorted({case[0] for case in CASES}))
def test_the_hints_give_the_numbers_of_pytorch_or_refuse(type_, tmp_path):
    compared = refused = 0
    for word, fields, shape in CASES:
        module = made(word, fields, shape) if word == type_ else None
        x, expected = theirs(module, shape) if module is not None else (None, None)
        if expected is None:
            continue
        entry = {"type": word, **copy.deepcopy(fields)}
        document = followed({"dftrace": 1, "data_format": "channels_first", "input": list(shape), "layers": [entry]})
        if document is None:
            refused += 1
            continue
        compared += 1
        np.testing.assert_allclose(
            ours(document, module, x, tmp_path), expected, 1e-4, 1e-5, err_msg=f"{entry} {document}"
        )
    assert compared + refused
    assert compared or missing(type_), f"{type_} was always refused"


def test_every_translation_is_followed():
    """Embedding takes numbers that name something: the state dicts have it."""
    translated = {name for name in names_of_pytorch() if our_type(name)}
    assert translated - {case[0] for case in CASES} == {"Embedding"}


def names_of_pytorch():
    return [name for name, value in vars(nn).items() if isinstance(value, type) and issubclass(value, nn.Module)]


@pytest.mark.parametrize("module", ["torch.nn", "keras.layers"])
def test_every_argument_of_theirs_is_ours_or_missing_or_left_out(module):
    library = pytest.importorskip(module)
    for word in dir(library):
        kind = KINDS.get(our_type(word) or "")
        value = getattr(library, word)
        arguments = inspect.signature(value.__init__).parameters if kind and isinstance(value, type) else ()
        for name in (
            set(arguments) - {"self", "args", "kwargs", "name", "weights"} - set(kind.options() if kind else ())
        ):
            ours, hint = field_hint(name, kind.type, kind.options(), {})
            assert ours is not None or hint.startswith("dftrace has no"), f"{word}({name})"


def test_a_layer_of_keras_has_its_defaults_by_its_own_name():
    """What is translated without a field beside it has Keras' defaults here; an axis of null is the channels."""
    keras = pytest.importorskip("keras")
    compared = 0
    for word, value in vars(keras.layers).items():
        kind = KINDS.get(our_type(word) or "")
        if not isinstance(value, type) or kind is None:
            continue
        assert translation(word, {}).partition(";")[0] == f"write `{kind.type}`"
        for name, parameter in inspect.signature(value).parameters.items():
            option = kind.options().get(name)
            required = option is None or option.required or parameter.default is inspect.Parameter.empty
            if required or name in ("axis", "data_format"):
                continue
            theirs = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
            assert option.kind.read(theirs) == getattr(kind, name), f"{word}({name})"
            compared += 1
    assert compared > 100


def names_of_keras():
    keras = pytest.importorskip("keras")
    layers = [name for name, value in vars(keras.layers).items() if isinstance(value, type)]
    functions = [name for name, value in vars(keras.activations).items() if callable(value)]
    return [*layers, *(name for name in functions if name != "get")]


def names_of_onnx():
    onnx = pytest.importorskip("onnx")
    return sorted({schema.name for schema in onnx.defs.get_all_schemas() if "Loss" not in schema.name})


@pytest.mark.parametrize("names", [names_of_pytorch, names_of_keras, names_of_onnx])
def test_every_name_is_ours_or_missing_or_has_its_advice(names):
    found = [name for name in names() if not name.startswith("_")]
    assert len(found) > 100
    assert [
        name
        for name in found
        if not our_type(name) and unknown(name)[1].startswith(("`dftrace", "did")) and not missing(name)
    ] == []


@pytest.mark.parametrize("module", ["torch", "torch.nn.functional", "keras.ops"])
def test_no_function_of_theirs_is_taken_for_a_slip_of_another(module):
    """But for the same by another name."""
    library = pytest.importorskip(module)
    names = [name for name, value in vars(library).items() if callable(value) and name.islower() and name[0] != "_"]
    slips = {name: unknown(name)[1] for name in names if not our_type(name) and not missing(name)}
    taken = {name for name, hint in slips.items() if hint.startswith("did you mean")}
    assert taken <= {"fabs", "sgn"}
