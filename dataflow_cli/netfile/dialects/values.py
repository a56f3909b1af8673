"""Values of other frameworks: ours, or called missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import FUNCTIONS
from dataflow_cli.netfile.dialects.missing import missing
from dataflow_cli.netfile.dialects.types import our_type, translation

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS: Mapping[str, Mapping[str, str]] = {
    "data_format": {
        **dict.fromkeys(("NCHW", "NCW", "NCDHW", "NCL", "CHW"), "channels_first"),
        **dict.fromkeys(("NHWC", "NWC", "NDHWC", "NLC", "HWC"), "channels_last"),
    },
    "layout": {"pytorch": "torch", "tensorflow": "keras", "tf": "keras", "tf.keras": "keras"},
    "init": {
        "xavier_uniform": "glorot_uniform",
        "xavier_uniform_": "glorot_uniform",
        "GlorotUniform": "glorot_uniform",
    },
    "dtype": {"float": "float32", "half": "float16", "double": "float64", "long": "int64"},
    "approximate": {"none": "false", "tanh": "true"},
    "interpolation": {"linear": "bilinear", "cubic": "bicubic"},
    "padding": {"SAME_UPPER": "same"},
    **{
        key: {"0": "false", "1": "true"}
        for key in ("keepdims", "ceil_mode", "count_include_pad", "largest", "exclusive", "reverse")
    },
}
"""By key, ours by theirs."""

_MISSING = {
    "init": (
        "ones constant glorot_normal he_uniform lecun_normal lecun_uniform orthogonal random_normal random_uniform "
        "truncated_normal variance_scaling kaiming_normal kaiming_uniform xavier_normal normal uniform"
    ),
    "interpolation": "area lanczos gaussian mitchellcubic nearest-exact",
    "resize": "bicubic area lanczos lanczos3 lanczos5 box hamming cubic",
    "padding": "reflect replicate circular edge symmetric wrap SAME_LOWER",
    "dtype": "uint32 uint64 bool complex64",
}
"""By key, what others take and dftrace lacks."""


def value_hint(key: str, value: Any) -> str:
    """What to write instead of a value that a key does not take; nothing if no framework has it either."""
    if not isinstance(value, str) or not key:
        return ""
    if key == "activation":
        return "" if value in FUNCTIONS else _activation_hint(value)
    ours = _OURS.get(key, {}).get(value)
    if ours is not None:
        return f"write `{key}: {ours}`"
    return f"dftrace has no {value} yet" if value in _MISSING.get(key, "").split() else ""


def _activation_hint(value: str) -> str:
    lacking = missing(value)
    if lacking is not None:
        return f"dftrace has no {lacking} yet"
    kind = our_type(value)
    if kind is None or "activations" not in KINDS[kind].__module__:
        return ""
    hint = translation(value, {})
    if hint == f"write `{kind}`" and kind in FUNCTIONS:
        return f"write `activation: {kind}`"
    return f"{hint}, as a layer of its own"
