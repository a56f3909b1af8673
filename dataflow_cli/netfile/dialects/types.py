"""Types of other frameworks: ours, with the fields that have another default there, or what else is to be done."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile.dialects.fields import ALIASES, SETTLED, Suggest, is_one_of, is_zero, plain
from dataflow_cli.netfile.dialects.missing import REMARKS, missing
from dataflow_cli.netfile.dialects.spelling import bare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.netfile.nodes import Node

_OURS = {
    "dense": "Linear LazyLinear Gemm fc fully_connected",
    "conv1d": "LazyConv1d Convolution1D",
    "conv2d": "Conv Convolution LazyConv2d Convolution2D",
    "conv3d": "LazyConv3d Convolution3D",
    "conv2d_transpose": "ConvTranspose ConvTranspose2d LazyConvTranspose2d Convolution2DTranspose",
    "conv1d_transpose": "ConvTranspose1d LazyConvTranspose1d Convolution1DTranspose",
    "conv3d_transpose": "ConvTranspose3d LazyConvTranspose3d Convolution3DTranspose",
    "separable_conv1d": "SeparableConvolution1D",
    "separable_conv2d": "SeparableConvolution2D",
    "max_pooling1d": "MaxPool1d",
    "max_pooling2d": "MaxPool MaxPool2d",
    "max_pooling3d": "MaxPool3d",
    "average_pooling1d": "AvgPool1d",
    "average_pooling2d": "AveragePool AvgPool2d",
    "average_pooling3d": "AvgPool3d",
    "adaptive_average_pooling1d": "AdaptiveAvgPool1d",
    "adaptive_average_pooling2d": "AdaptiveAvgPool2d",
    "adaptive_average_pooling3d": "AdaptiveAvgPool3d",
    "adaptive_max_pooling1d": "AdaptiveMaxPool1d",
    "adaptive_max_pooling2d": "AdaptiveMaxPool2d",
    "adaptive_max_pooling3d": "AdaptiveMaxPool3d",
    "lp_pooling1d": "LPPool1d",
    "lp_pooling2d": "LpPool LPPool2d",
    "lp_pooling3d": "LPPool3d",
    "global_average_pooling1d": "GlobalAvgPool1D",
    "global_average_pooling2d": "GlobalAveragePool GlobalAvgPool GlobalAvgPool2D",
    "global_average_pooling3d": "GlobalAvgPool3D",
    "global_max_pooling1d": "GlobalMaxPool1D",
    "global_max_pooling2d": "GlobalMaxPool GlobalMaxPool2D",
    "global_max_pooling3d": "GlobalMaxPool3D",
    "batch_normalization": (
        "BatchNorm BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d"
    ),
    "layer_normalization": "LayerNorm",
    "group_normalization": (
        "GroupNorm InstanceNorm InstanceNormalization InstanceNorm1d InstanceNorm2d InstanceNorm3d"
    ),
    "rms_normalization": "RMSNorm",
    "lrn": "LocalResponseNorm local_response_norm",
    "up_sampling2d": "Upsample UpsamplingNearest2d",
    "zero_padding1d": "ZeroPad1d",
    "zero_padding2d": "ZeroPad2d",
    "zero_padding3d": "ZeroPad3d",
    "concatenate": "Concat cat",
    "add": "Sum",
    "subtract": "Sub",
    "multiply": "Mul",
    "average": "Mean",
    "divide": "Div",
    "greater_equal": "GreaterOrEqual",
    "less_equal": "LessOrEqual",
    "reduce_product": "ReduceProd",
    "maximum": "Max",
    "minimum": "Min",
    "expand_dims": "Unsqueeze",
    "negative": "Neg",
    "exp": "exponential",
    "power": "Pow",
    "arcsin": "Asin",
    "arccos": "Acos",
    "arctan": "Atan",
    "arcsinh": "Asinh",
    "arccosh": "Acosh",
    "arctanh": "Atanh",
    "mod": "remainder",
    "clip": "clamp",
    "reduce_norm": "ReduceL2",
    "abs": "Absolute",
    "tile": "repeat",
    "depth_to_space": "PixelShuffle",
    "space_to_depth": "PixelUnshuffle",
    "pad": (
        "ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d "
        "CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d"
    ),
    "reshape": "view",
    "matmul": "bmm mm",
    "take_along_axis": "GatherElements take_along_dim",
    "put_along_axis": "ScatterElements Scatter",
    "cumulative_sum": "CumSum cumsum",
    "hard_silu": "Hardswish hard_swish",
    "hard_shrink": "Shrink",
    "threshold": "ThresholdedReLU",
    "silu": "Swish",
    "qlinear_conv2d": "QLinearConv",
    "conv_integer2d": "ConvInteger",
}
"""Ours, and what others call it."""

_BY_MODE = {("Upsample", "linear"): "up_sampling1d", ("Upsample", "trilinear"): "up_sampling3d"}
"""Types of theirs that are several of ours: which, by what stands at `mode`."""
_PER_AXIS = {
    **dict.fromkeys(
        ("Conv", "ConvTranspose", "QLinearConv", "ConvInteger", "MaxPool", "AveragePool", "LpPool"), "kernel_shape"
    ),
    "Upsample": "scales",
}
"""Operations of ONNX for any number of spatial axes, and the field with a number for each of them."""
_TORCH_NORMS = frozenset(map(bare, [*_OURS["batch_normalization"].split(), "LayerNorm", "GroupNorm"]))
_INSTANCES = {"groups": "-1", "epsilon": "1e-05"}
_DEFAULTS = {
    "InstanceNorm": _INSTANCES,
    "InstanceNormalization": _INSTANCES,
    **{f"InstanceNorm{rank}d": _INSTANCES | {"center": "false", "scale": "false"} for rank in (1, 2, 3)},
    "MaxPool": {"strides": "1"},
    "AveragePool": {"strides": "1"},
    "LpPool": {"strides": "1"},
    "GlobalAveragePool": {"keepdims": "true"},
    "GlobalMaxPool": {"keepdims": "true"},
    **{
        name: {"keepdims": "true"}
        for name in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2", "ArgMax", "ArgMin")
    },
    "PixelShuffle": {"mode": "CRD"},
    "PixelUnshuffle": {"mode": "CRD"},
    **{f"ReflectionPad{rank}d": {"mode": "reflect"} for rank in (1, 2, 3)},
    **{f"ReplicationPad{rank}d": {"mode": "edge"} for rank in (1, 2, 3)},
    **{f"CircularPad{rank}d": {"mode": "wrap"} for rank in (1, 2, 3)},
    "ThresholdedRelu": {"threshold": "1", "default_value": "0"},
    "LeakyRelu": {"negative_slope": "0.01"},
}
"""What other frameworks' types mean where nothing is written, if it is something else than here."""

_FLATTEN = (
    "it lists the channels last, as Keras does: for PyTorch's order write `framework: torch` at the top level, "
    "for ONNX's `{type: reshape, target_shape: [-1]}` in its place"
)
_SHARED = {
    "BatchNormalization": ("epsilon", "in ONNX it has `epsilon: 1e-5`"),
    "GroupNormalization": ("epsilon", "in ONNX it has `epsilon: 1e-5`"),
    "LayerNormalization": ("epsilon", "in ONNX it has `epsilon: 1e-5`"),
    "RMSNormalization": ("epsilon", "in ONNX it has `epsilon: 1e-5`"),
    "LeakyReLU": ("negative_slope", "in PyTorch it has `negative_slope: 0.01`"),
    "PReLU": ("shared_axes", "in PyTorch it has `shared_axes: all`, or one slope a channel with `num_parameters`"),
    "Dropout": ("rate", "in PyTorch and ONNX it has `rate: 0.5`"),
    "AlphaDropout": ("rate", "in PyTorch it has `rate: 0.5`"),
    "Flatten": ("", _FLATTEN),
    "LSTM": ("return_sequences", "in PyTorch and ONNX it has `return_sequences: true`"),
    "GRU": (
        "return_sequences",
        "in PyTorch and ONNX it has `return_sequences: true`; in ONNX it has `reset_after: false`",
    ),
    "HardSigmoid": ("alpha", "in ONNX it has `alpha: 0.2`"),
    "Attention": ("", "that is Keras'; ONNX's is `scaled_dot_product_attention`"),
}
"""Names that several frameworks have, with another meaning in one: the field that settles it, and what to know."""

_ALONG_THE_FIRST = frozenset(("Gather", "GatherElements", "Scatter", "ScatterElements", "ArgMax", "ArgMin", "Split"))
"""Operations of ONNX that work along the minibatch where no axis is written."""
_CAUTIONS = dict.fromkeys(
    ("GatherND", "ScatterND"), "in ONNX the first number of every place is the minibatch's: leave it away"
)
"""What a translation does not carry over, whatever the fields."""

_NOTHING = "Dropout1d Dropout2d Dropout3d FeatureAlphaDropout"
"""What changes nothing but in training."""
_TRAINING = "Adagrad Adam Momentum Gradient serialize deserialize"
_WRAPPERS = (
    "Sequential ModuleList ModuleDict Container Module Layer Wrapper Pipeline DataParallel ParameterList ParameterDict "
    "Model Functional"
)
_INPUTS = "Input InputLayer InputSpec"
_CODE = "Lambda TFSMLayer JaxLayer FlaxLayer TorchModuleWrapper"
_ADVICE = {
    _NOTHING: "leave it out: only training uses it",
    _TRAINING: "leave it out: it belongs to training",
    _WRAPPERS: "write its layers one after the other, or as a block under `blocks:`",
    _INPUTS: "the input is no layer: write `input: [height, width, channels]` at the top level",
    _CODE: "dftrace runs no code of others: write its layers one after the other",
    "pool pooling": "write `max_pooling2d` or `average_pooling2d`",
}
"""What to do about names that are no layers here."""


@cache
def _by_spelling() -> dict[str, str]:
    theirs = {bare(word): kind for kind, words in _OURS.items() for word in words.split()}
    return {bare(kind): kind for kind in KINDS} | theirs


@cache
def _advice() -> dict[str, str]:
    return {bare(word): advice for words, advice in _ADVICE.items() for word in words.split()}


def our_type(word: str) -> str | None:
    """The kind that another framework calls `word`: `Linear` -> `dense`, `Conv2D` -> `conv2d`; None if unknown."""
    return _by_spelling().get(bare(word))


def translation(word: str, fields: Mapping[str, Node]) -> str:
    """What to write instead of another framework's type, beside these fields of its own."""
    kind, name = our_type(word) or "", word.rpartition(".")[2]
    if name.startswith("LPPool") and is_one_of(plain(fields, "ceil_mode"), ("true",)):
        return f"dftrace has no {kind} that weighs windows beyond the end by what they hold yet"
    if name == "Upsample" and plain(fields, "mode") == "bicubic":
        return f"dftrace has no {kind} with PyTorch's bicubic filter yet"
    kind = _BY_MODE.get((name, str(plain(fields, "mode"))), kind) if "scales" not in fields else kind
    kind = _of_rank(kind, name, fields)
    given = {ours for field in fields for ours in (field, *ALIASES.get(field, ()), *SETTLED.get(field, ()))}
    beside = {field: value for field, value in _defaults(kind, name).items() if field not in given}
    if bare(name).startswith("convtranspose") and not {"output_padding", "auto_pad"} & set(fields):
        beside["output_padding"] = "0"  # Keras adds something where the steps are longer than the kernel
    beside |= _padding(name, fields) | _without_minibatch(name, fields)
    hint = " and ".join([f"write `{kind}`", *(f"`{field}: {value}`" for field, value in beside.items())])
    settles, about = _SHARED.get(name, ("", ""))
    about = about if settles not in given else ""
    return "; ".join(part for part in (hint, about, _first_axis(name, fields), _caution(name, fields)) if part)


def _defaults(kind: str, name: str) -> dict[str, str]:
    if bare(name) in _TORCH_NORMS:
        return {field: f"{value:g}" for field, value in KINDS[kind].torch_defaults.items()}
    return _DEFAULTS.get(name, {})


def _of_rank(kind: str, name: str, fields: Mapping[str, Node]) -> str:
    """ONNX has one operation for all numbers of spatial axes: how many there are, its fields tell."""
    per_axis = plain(fields, _PER_AXIS.get(name, ""))
    count = len(per_axis) - (2 if name == "Upsample" else 0) if isinstance(per_axis, list) else 2
    other = kind.replace("2d", f"{count}d")
    return other if other in KINDS else kind


def _without_minibatch(name: str, fields: Mapping[str, Node]) -> dict[str, str]:
    """ONNX's and PyTorch's tile counts the minibatch, which stays as it is."""
    repeats = plain(fields, "repeats")
    if name == "Tile" and isinstance(repeats, list) and repeats[:1] == ["1"]:
        return {"repeats": f"[{', '.join(map(str, repeats[1:]))}]"}
    return {}


def _padding(name: str, fields: Mapping[str, Node]) -> dict[str, str]:
    """PyTorch pads from the last axis on: left, right, top, bottom."""
    sides = plain(fields, "padding")
    if re.fullmatch(r"[A-Z][a-z]+Pad[123]d", name) and isinstance(sides, list) and len(sides) == 2 * int(name[-2]):
        pairs = [f"[{sides[place]}, {sides[place + 1]}]" for place in range(0, len(sides), 2)]
        return {"padding": f"[{', '.join(reversed(pairs))}]"}
    if bare(name).startswith("avgpool") and sides is not None and not is_zero(sides):
        return {} if "count_include_pad" in fields else {"count_include_pad": "true"}
    return {}


def _first_axis(name: str, fields: Mapping[str, Node]) -> str:
    """ONNX normalizes along an axis and all behind it, Keras along the axes that are named."""
    first = plain(fields, "axis")
    if name not in {"LayerNormalization", "RMSNormalization"} or not isinstance(first, str) or first == "-1":
        return ""
    if first.startswith("-") and first[1:].isdecimal() and int(first) >= -8:
        return f"in ONNX it has `axis: {list(range(int(first), 0))}`"
    return f"in ONNX it has the axes from {first} to the last: list them"


def _caution(name: str, fields: Mapping[str, Node]) -> str:
    """What a translation does not carry over."""
    if name == "Upsample" and "size" in fields:
        return "its `size` is the output's, ours says how many times it grows"
    if name == "Upsample" and "scales" in fields and plain(fields, "mode") == "linear":
        return "dftrace has no linear growth from corner to corner, as ONNX has it here"
    if name.startswith("Reduce") and not {"axes", "axis"} & set(fields):
        return "in ONNX all axes, the minibatch included: dftrace has no such thing"
    if name in _ALONG_THE_FIRST and "axis" not in fields:
        return "in ONNX along the minibatch: dftrace has no such thing"
    if name == "Slice" and "axes" not in fields:
        return "in ONNX the first number of `starts`, `ends` and `steps` is the minibatch's: leave it away"
    return _CAUTIONS.get(name, "")


def unknown(word: str, suggest: Suggest = suggestion) -> tuple[str, str]:
    """What is said of a type that nobody translates, and what to write instead; `suggest` finds slips."""
    ours = missing(word)
    if ours is not None:
        spelled = "" if ours == word else f"{shown(word)}: "
        return f"{spelled}dftrace has no {ours} yet", REMARKS.get(ours, "`dftrace layers` lists the types that it has")
    advice = _advice().get(bare(word)) or (_ADVICE[_TRAINING] if bare(word).endswith(("loss", "loss2d")) else "")
    hint = advice or suggest(word, [*KINDS, "block"]) or "`dftrace layers` lists the types"
    return f"there is no layer type {shown(word)}", hint
