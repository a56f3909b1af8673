"""The weights of Keras' layers in the order in which Keras numbers them: what training changes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.entries import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_WEIGHTS = "kernel bias:use_bias"
_SCALED = "gamma:scale beta:center"
_RECURRENT = "kernel recurrent_kernel bias:use_bias"
_TABLE = {
    **dict.fromkeys(("dense", "einsum_dense", "conv1d", "conv2d", "conv3d"), _WEIGHTS),
    **dict.fromkeys(("conv1d_transpose", "conv2d_transpose", "conv3d_transpose"), _WEIGHTS),
    **dict.fromkeys(("depthwise_conv1d", "depthwise_conv2d"), _WEIGHTS),
    **dict.fromkeys(("separable_conv1d", "separable_conv2d"), "depthwise_kernel pointwise_kernel bias:use_bias"),
    **dict.fromkeys(("layer_normalization", "group_normalization"), _SCALED),
    **dict.fromkeys(("simple_rnn", "lstm", "gru", "cell"), _RECURRENT),
    **dict.fromkeys(("simple_rnn_cell", "lstm_cell", "gru_cell"), _RECURRENT),
    "batch_normalization": f"{_SCALED} moving_mean moving_variance",
    "rms_normalization": "scale",
    "layer_scale": "gamma",
    **dict.fromkeys(("embedding", "reversible_embedding"), "embeddings"),
    "p_re_lu": "alpha",
    "normalization": "mean variance count",
    "spectral_normalization": "normalized vector_u",  # the wrapped layer's kernel once more
    "attention": "scale:use_scale concat_score_weight:score_mode=concat",
    "additive_attention": "scale:use_scale",
    "dense_layer": _WEIGHTS,
}
"""By the class as Keras counts it: each weight, and behind a colon the field that leaves it out, or the value of one
that brings it.
"""


def weight_words(stem: str, layer: Mapping[str, Any], count: int) -> list[str]:
    """What the `count` weights of a layer are called, by its class and config; their numbers where that is not sure."""
    fields = settings_of(layer)
    pairs = [word.partition(":") for word in _TABLE.get(_class(stem), "").split()]
    certain = [name for name, _, field in pairs if _is_there(fields, field)]
    if len(certain) == count:
        return certain
    always = [name for name, _, field in pairs if not field]
    if len(always) == count and not fields:
        return always
    return [str(number) for number in range(count)]


def _is_there(fields: Mapping[str, Any], said: str) -> bool:
    """Whether a weight is there, by what the table says of it."""
    field, equals, value = said.partition("=")
    return fields.get(field) == value if equals else fields.get(field, True) is not False


def _class(stem: str) -> str:
    """Parts of attention are dense layers, whatever they are called."""
    return "dense_layer" if stem.endswith("_dense") and stem not in _TABLE else stem
