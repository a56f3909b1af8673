"""Fields of other frameworks: ours, or left out where they change nothing, or called missing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import suggestion
from dataflow_cli.layers.scalars import read_integer
from dataflow_cli.netfile.keys import INITIALIZERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflow_cli.netfile.nodes import Node

Suggest = Callable[[str, Collection[str]], str]
"""From a word and those that are known: which one may be meant."""

ALIASES = {
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
    "num_groups": ("groups",),
    "bias": ("use_bias", "center", "k"),
    "p": ("rate",),
    "ratio": ("rate",),
    "constant_value": ("constant_values",),
    "scales": ("size",),
    "eps": ("epsilon",),
    "dim": ("axis",),
    "alpha": ("negative_slope", "threshold"),
    "lambd": ("threshold",),
    "value": ("default_value", "constant_values", "shape"),
    "value_floats": ("shape",),
    "value_ints": ("shape",),
    "num_outputs": ("indices_or_sections",),
    "split": ("indices_or_sections",),
    "to": ("dtype",),
    "upscale_factor": ("block_size",),
    "downscale_factor": ("block_size",),
    "blocksize": ("block_size",),
    "min_value": ("min_val",),
    "max_value": ("max_val",),
    "min": ("min_value", "min_val"),
    "max": ("max_value", "max_val"),
    "axes": ("axis",),
    "keepdim": ("keepdims",),
    "num_embeddings": ("input_dim",),
    "embedding_dim": ("output_dim",),
    "scale_factor": ("size",),
    "mode": ("interpolation",),
    "shape": ("target_shape",),
    "perm": ("dims",),
    "act": ("activation",),
    "input": ("inputs",),
    "normalized_shape": ("axis",),
    "output_shape": ("output_dim", "output_dims"),
    "hidden_size": ("units",),
}
"""Ours by theirs; the first that the kind has."""

SETTLED = {"affine": ("center", "scale"), "elementwise_affine": ("center", "scale")}
"""Fields of theirs that say several of ours."""

NEEDLESS = {
    "in_channels",
    "in_features",
    "num_features",
    "input_size",
    "num_channels",
    "input_shape",
    "input_dim",
    "batch_input_shape",
}
"""What follows from the input's shape."""

TRAINING = {
    *("recurrent_dropout", "dropout", "implementation", "use_cudnn", "unit_forget_bias"),
    *("momentum", "seed", "trainable", "noise_shape", "padding_idx", "scale_grad_by_freq", "sparse", "norm_type"),
    *("inplace", "device", "virtual_batch_size", "synchronized", "fused", "lora_alpha", "training_mode"),
    *("renorm_clipping", "renorm_momentum", "process_group", "stash_type", "init", "_weight", "_freeze"),
}
"""What only training, or where it runs, needs, whatever the value."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "padding_mode": ("zeros",),
    "ceil_mode": ("false", "0"),
    "count_include_pad": ("false", "0"),
    "return_indices": ("false",),
    "divisor_override": (None, "none"),
    "align_corners": ("false", None, "none"),
    "antialias": ("false",),
    "recompute_scale_factor": ("false", None, "none"),
    "auto_pad": ("notset",),
    "storage_order": ("0",),
    "sorted": ("1", "true"),
    "select_last_index": ("0",),
    "saturate": ("1",),
    "dilation": ("1", ["1"], ["1", "1"], ["1", "1", "1"]),
    "dilations": ("1", ["1"], ["1", "1"], ["1", "1", "1"]),
    "dilation_rate": ("1", ["1"], ["1", "1"], ["1", "1", "1"]),
    "group": ("1",),
    "groups": ("1",),
    "output_padding": ("0", ["0"], ["0", "0"]),
    "depth_multiplier": ("1",),
    "mask_zero": ("false",),
    "max_norm": (None, "none"),
    "track_running_stats": ("true",),
    "affine": ("true",),
    "elementwise_affine": ("true",),
    "renorm": ("false",),
    "rms_scaling": ("false",),
    "batch_first": ("true", "false"),
    "num_layers": ("1",),
    "direction": ("forward",),
    **dict.fromkeys(("proj_size", "input_forget"), ("0",)),
    **dict.fromkeys(("bidirectional", "stateful", "unroll", "zero_output_for_mask", "normalize"), ("false",)),
    **dict.fromkeys(("activations", "activation_alpha", "activation_beta", "clip"), ()),
    "layout": ("0",),
    **dict.fromkeys(("add_bias_kv", "add_zero_attn", "use_gate"), ("false",)),
    **dict.fromkeys(("kdim", "vdim", "flash_attention", "attention_axes"), (None, "none")),
    "allowzero": ("0",),
    "axis": ("1",),
    "axes": (),
    "noop_with_empty_axes": ("0",),
    "gamma": (),
    "start_dim": ("1",),
    "end_dim": ("-1",),
    "transa": ("0",),
    "transb": ("0", "1"),
    "alpha": ("1", "1.0"),
    "bias": ("0", "0.0"),
    "beta": ("1", "1.0"),
    "threshold": ("20", "20.0"),
    "output_size": (),
    "output_shape": (),
    "num_parameters": ("1",),
    "return_sequences": ("false",),
    "return_state": ("false",),
    "causal": ("false",),
    "dtype": ("float32",),
    "lora_rank": (None, "none"),
    "quantization_config": (None, "none"),
    "gptq_unpacked_column_size": (None, "none"),
    **dict.fromkeys(("idf_weights", "salt"), (None, "none")),
    "invert": ("false",),
    "oov_method": ("floormod",),
    "vocabulary_dtype": ("int64", "int32"),
}
"""Fields of theirs that we lack, with the values that change nothing, in small letters."""


NEUTRAL_OF: dict[tuple[str, str], tuple[Any, ...]] = {
    ("group_normalization", "track_running_stats"): ("false",),
    ("discretization", "epsilon"): ("0.01",),  # which only finding the boundaries needs
    ("discretization", "num_bins"): (None, "none"),
}
"""By kind and field, the same where it is not as for other kinds."""


def plain(fields: Mapping[str, Node], name: str) -> Any:
    """The plain value of a field; None without it."""
    return fields[name].plain if name in fields else None


def is_zero(value: Any) -> bool:
    """Whether a padding pads nothing."""
    if isinstance(value, list):
        return all(map(is_zero, value))
    return value is None or is_one_of(value, ("0", "valid"))


def field_hint(
    word: str, kind: str, fields: Iterable[str], item: Mapping[str, Node], suggest: Suggest = suggestion
) -> tuple[str | None, str]:
    """The field that another framework calls `word`, and what to write instead; `item` has all that stands there.

    The field is "" if the word needs no counterpart here, and None if no framework has it, or dftrace lacks it.
    """
    known, value = list(fields), plain(item, word)
    for answer in (
        _by_value(word, known, value),
        _bordered(word, item),
        _per_head(word, known, item),
        _renamed(word, kind, known, value),
        _needless(word, kind, value),
    ):
        if answer is not None:
            return answer
    neutral = NEUTRAL_OF.get((kind, word), NEUTRAL.get(word.lower()))
    if neutral is not None:
        if is_one_of(value, neutral):
            return "", "leave it out: nothing else is computed here"
        return None, f"dftrace has no `{word}` of {kind} yet"
    close = suggest(word, known)
    return None, close or (f"{kind} takes {', '.join(known)}" if known else f"{kind} takes no fields")


def _by_value(word: str, known: list[str], value: Any) -> tuple[str | None, str] | None:
    """Fields whose counterpart hangs on their value."""
    if word in {"affine", "elementwise_affine"} and "center" in known and is_one_of(value, ("false",)):
        return "", "write `center: false` and `scale: false`"
    if word == "norm_type":
        return _powered(known, value)
    if (
        word == "axes"
        and "starts" in known
        and isinstance(value, list)
        and value == [*map(str, range(1, len(value) + 1))]
    ):
        return "", "leave it out: they are the first axes of a sample"
    if word == "linear_before_reset" and "reset_after" in known and is_one_of(value, ("0", "1")):
        return "reset_after", f"write `reset_after: {'true' if value == '1' else 'false'}`"
    if word == "auto_pad" and is_one_of(value, ("same_upper", "valid")):
        return "padding", f"write `padding: {value.lower().removesuffix('_upper')}`"
    return None


_BORDERS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What PyTorch's convolutions can have around their input beside zeros, by our name."""


def _bordered(word: str, item: Mapping[str, Node]) -> tuple[str | None, str] | None:
    """PyTorch's convolutions pad with more than zeros themselves."""
    mode, sides = _BORDERS.get(str(plain(item, word))), plain(item, "padding")
    if word != "padding_mode" or mode is None or sides == "same":
        return None
    if is_zero(sides):
        return "", "leave it out: nothing is padded"
    pad = f"`- {{type: pad, padding: {written(sides)}, mode: {mode}}}`"
    return "padding", f"write {pad} before it, and no padding here"


def _per_head(word: str, known: list[str], item: Mapping[str, Node]) -> tuple[str, str] | None:
    """PyTorch says the channels of all heads together."""
    together, heads = (read_integer(plain(item, name)) for name in ("embed_dim", "num_heads"))
    if word != "embed_dim" or "key_dim" not in known:
        return None
    if together is None or not heads or together % heads:
        return "key_dim", "write `key_dim`, the channels of one head"
    return "key_dim", f"write `key_dim: {together // heads}`"


def _powered(known: list[str], value: Any) -> tuple[str | None, str] | None:
    """PyTorch does not take absolute values: an odd power gives other numbers."""
    if "p" not in known:
        return None
    power = read_integer(value)
    if power is not None and power % 2:
        return None, "dftrace has no odd `norm_type` as PyTorch yet: it adds absolute values"
    return "p", f"write `p: {power}`" if power else "write `p`"


def _renamed(word: str, kind: str, known: list[str], value: Any) -> tuple[str, str] | None:
    ours = next((ours for ours in ALIASES.get(word, ()) if ours in known), None)
    if ours is None:
        return None
    rewrite = _REWRITTEN.get(word)
    return ours, rewrite(ours, value, kind) if rewrite else f"write `{ours}`"


def _sides(ours: str, value: Any, kind: str) -> str:
    """ONNX lists what comes before every axis, then what comes behind."""
    if not isinstance(value, list) or len(value) % 2 or len(value) < 4:
        return f"write `{ours}`"
    half = len(value) // 2
    pairs = [list(pair) for pair in zip(value[:half], value[half:], strict=True)]
    if kind == "pad":  # which alone counts the minibatch and the channels, and pads along space
        if pairs[:2] != [["0", "0"]] * 2:
            return f"dftrace has no `{ours}` along the minibatch and the channels yet"
        pairs = pairs[2:]
    return f"write `{ours}: {written(pairs)}`"


def _order(ours: str, value: Any, _kind: str) -> str:
    """ONNX counts the minibatch as axis 0."""
    if isinstance(value, list) and value[:1] == ["0"]:
        return f"write `{ours}: {written(value[1:])}`"
    return f"write `{ours}`, the order of the axes from 1: the minibatch stays in front"


def _shape(ours: str, value: Any, _kind: str) -> str:
    if isinstance(value, list) and len(value) > 1 and is_one_of(value[0], ("-1", "0")):
        return f"write `{ours}: {written(value[1:])}`"
    return f"write `{ours}`, the shape of one sample, without the minibatch"


def _grown(ours: str, value: Any, _kind: str) -> str:
    """ONNX counts the minibatch and the channels, which stay as they are."""
    if isinstance(value, list) and len(value) > 2 and all(is_one_of(one, ("1", "1.0")) for one in value[:2]):
        return f"write `{ours}: {written([one.removesuffix('.0') for one in value[2:]])}`"
    return f"write `{ours}`, how many times each spatial axis grows"


def _axes(ours: str, value: Any, _kind: str) -> str:
    one = value[0] if isinstance(value, list) and len(value) == 1 else None
    return f"write `{ours}: {one}`" if isinstance(one, str) else f"write `{ours}`"


def _axis(ours: str, _value: Any, _kind: str) -> str:
    return f"write `{ours}`; it counts the axes of this file, the minibatch as 0"


def _last_axes(ours: str, value: Any, _kind: str) -> str:
    count = len(value) if isinstance(value, list) else 1
    axes = written([str(axis) for axis in range(-count, 0)]) if count > 1 else "-1"
    return f"write `{ours}: {axes}`, the last axes, in this file's order"


def _parts(ours: str, value: Any, _kind: str) -> str:
    """ONNX lists how long the parts are, Keras where they begin."""
    lengths = [read_integer(length) for length in value] if isinstance(value, list) else [None]
    if None in lengths:
        return f"write `{ours}`, where each part but the first begins"
    starts = [str(start) for start in accumulate(length or 0 for length in lengths)]
    return f"write `{ours}: {written(starts[:-1])}`" if len(starts) > 1 else "leave it out: one part is all"


def _numbers(ours: str, value: Any, kind: str) -> str:
    """A constant's numbers are parameters here."""
    if kind != "constant":
        return f"write `{ours}`"
    sizes, inner = [], value
    while isinstance(inner, list) and inner:
        sizes.append(str(len(inner)))
        inner = inner[0]
    return f"write `{ours}: {written(sizes or ['1'])}`; its numbers are a parameter, `value`, in the weights"


_TYPES = ("float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "", "bool", "float16", "float64", "uint32")
"""The types of elements that ONNX numbers from 1."""


def _type(ours: str, value: Any, _kind: str) -> str:
    number = read_integer(value)
    name = _TYPES[number - 1] if number is not None and 0 < number <= len(_TYPES) else ""
    return f"write `{ours}: {name}`" if name else f"write `{ours}`"


_REWRITTEN = {
    "split": _parts,
    "to": _type,
    **dict.fromkeys(("value", "value_floats", "value_ints"), _numbers),
    "pads": _sides,
    "perm": _order,
    "shape": _shape,
    "dim": _axis,
    "normalized_shape": _last_axes,
    "scales": _grown,
    "axes": _axes,
}


def _needless(word: str, kind: str, value: Any) -> tuple[str, str] | None:
    if word in NEEDLESS:
        return "", "leave it out: it follows from the input's shape"
    if word in TRAINING or word.endswith(("_regularizer", "_constraint")):
        return "", "leave it out: only training uses it"
    if word.endswith("_initializer"):
        init = f"`weights: {{init: {value}, seed: 7}}`" if value in INITIALIZERS else "`weights:`"
        return "", f"leave it out, and write {init} at the top level"
    if kind == "linear" and word in {"units", "out_features"}:
        return "", "`linear` is the activation; a fully connected layer is `type: dense`"
    return None


def is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether a plain value is one of these, in small or capital letters."""
    return (value.lower() if isinstance(value, str) else value) in values


def written(value: Any) -> str:
    """Nested lists as a file writes them."""
    return f"[{', '.join(map(written, value))}]" if isinstance(value, list) else str(value)
