"""Names of other frameworks, so that a file written in their dialect is told ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPES = {
    "Linear": "dense",
    "Gemm": "dense",
    "MatMul": "dense",
    "fc": "dense",
    "fully_connected": "dense",
    "Conv": "conv2d",
    "convolution": "conv2d",
    "convolution2d": "conv2d",
    "conv": "conv2d",
    "ConvTranspose": "conv2d_transpose",
    "ConvTranspose2d": "conv2d_transpose",
    "MaxPool": "max_pooling2d",
    "pool": "max_pooling2d",
    "maxpool": "max_pooling2d",
    "AveragePool": "average_pooling2d",
    "GlobalAveragePool": "global_average_pooling2d",
    "GlobalMaxPool": "global_max_pooling2d",
    "AdaptiveAvgPool2d": "global_average_pooling2d",
    "AdaptiveMaxPool2d": "global_max_pooling2d",
    "BatchNorm": "batch_normalization",
    "batch_norm": "batch_normalization",
    "batchnorm": "batch_normalization",
    "LayerNorm": "layer_normalization",
    "layer_norm": "layer_normalization",
    "Upsample": "up_sampling2d",
    "Resize": "up_sampling2d",
    "Pad": "zero_padding2d",
    "ZeroPad2d": "zero_padding2d",
    "Concat": "concatenate",
    "concat": "concatenate",
    "cat": "concatenate",
    "Sum": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Transpose": "permute",
    "view": "reshape",
    "Swish": "silu",
    "swish": "silu",
    "Identity": "linear",
    "identity": "linear",
} | {
    f"{stem}{rank}d": f"{ours}{rank}d"
    for rank in (1, 2, 3)
    for stem, ours in (("MaxPool", "max_pooling"), ("AvgPool", "average_pooling"), ("Conv", "conv"))
}
_TYPES |= {f"BatchNorm{rank}d": "batch_normalization" for rank in (1, 2, 3)}

_FIELDS = {
    "out_channels": ("filters",),
    "out_features": ("units",),
    "channels": ("filters",),
    "nodes": ("units",),
    "neurons": ("units",),
    "size": ("units", "kernel_size", "pool_size"),
    "kernel": ("kernel_size",),
    "kernel_shape": ("kernel_size", "pool_size"),
    "kernel_size": ("pool_size",),
    "stride": ("strides",),
    "pad": ("padding",),
    "pads": ("padding",),
    "dilation": ("dilation_rate",),
    "dilations": ("dilation_rate",),
    "group": ("groups",),
    "bias": ("use_bias",),
    "p": ("rate",),
    "eps": ("epsilon",),
    "dim": ("axis",),
    "alpha": ("negative_slope",),
    "num_embeddings": ("input_dim",),
    "embedding_dim": ("output_dim",),
    "scale_factor": ("size",),
    "mode": ("interpolation",),
    "shape": ("target_shape",),
    "act": ("activation",),
    "input": ("inputs",),
    "affine": ("scale",),
}
_NEEDLESS = {"in_channels", "in_features", "num_features", "input_shape", "input_dim", "batch_input_shape"}

_TRAINING = {"momentum", "seed", "trainable", "noise_shape", "mask_zero", "renorm", "track_running_stats"}


def our_type(word: str) -> str | None:
    """The kind that another framework calls `word`: `Linear` -> `dense`, `Conv2D` -> `conv2d`; None if unknown."""
    if word in _TYPES:
        return _TYPES[word]
    plain = _bare(word)
    return next((kind for kind in KINDS if _bare(kind) == plain), None)


def type_hint(word: str) -> str:
    """What to write instead of an unknown layer type."""
    return suggestion(word, [*KINDS, "block"]) or "`dftrace layers` lists the types"


def field_hint(word: str, kind: str, fields: Iterable[str]) -> tuple[str | None, str]:
    """The field that another framework calls `word`, and what to write instead.

    The field is "" if the word needs no counterpart here, and None if no framework has it.
    """
    known = list(fields)
    for ours in _FIELDS.get(word, ()):
        if ours in known:
            return ours, f"write `{ours}`"
    if word in _NEEDLESS:
        return "", "leave it out: it follows from the input's shape"
    if word in _TRAINING or word.endswith(("_regularizer", "_constraint")):
        return "", "leave it out: only training uses it"
    if word.endswith("_initializer"):
        return "", "leave it out, and write `weights: {init: he_normal, seed: 7}` at the top level"
    if kind == "linear" and word in ("units", "out_features"):
        return "", "`linear` is the activation; a fully connected layer is `type: dense`"
    close = suggestion(word, known)
    return None, close or (f"{kind} takes {', '.join(known)}" if known else f"{kind} takes no fields")


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
