"""A layer of Keras' -> our kind and its fields, which have Keras' names. Classes are names here, and none is made."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.keras.cells import alone
from dataflow_cli.importers.keras.functions import fits, function
from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CLASSES = {
    "thresholdedrelu": "threshold",
    "convolution1d": "conv1d",
    "convolution2d": "conv2d",
    "convolution3d": "conv3d",
    "deconvolution2d": "conv2d_transpose",
    "separableconvolution1d": "separable_conv1d",
    "separableconvolution2d": "separable_conv2d",
    "batchnormalizationv1": "batch_normalization",
    "batchnormalizationv2": "batch_normalization",
    "syncbatchnormalization": "batch_normalization",
    "cudnnlstm": "lstm",
    "cudnngru": "gru",
    "reversibleembedding": "embedding",
    "randomheight": "identity",
    "randomwidth": "identity",
    "globalavgpool2d": "global_average_pooling2d",
    "globalavgpooling2d": "global_average_pooling2d",
}
"""Ours by theirs, where it is not the same word."""
_RENAMED = {
    "threshold": {"theta": "threshold"},
    "leaky_relu": {"alpha": "negative_slope"},
    "dropout": {"p": "rate"},
    "dot": {"axes": "axis"},
    "multi_head_attention": {"output_shape": "output_dim"},
    "einsum_dense": {"output_shape": "output_dims"},
    "gaussian_noise": {"sigma": "stddev"},
}
"""By our kind: fields by the names that other versions have."""
_TRAINING = frozenset(
    (
        *("name", "trainable", "dtype", "batch_input_shape", "batch_shape", "input_shape", "input_length", "seed"),
        *("momentum", "renorm", "renorm_clipping", "renorm_momentum", "synchronized", "fused", "virtual_batch_size"),
        *("rng_type", "query_shape", "key_shape", "value_shape"),
        *("noise_shape", "implementation", "sparse", "ragged", "autocast", "dynamic", "dropout", "recurrent_dropout"),
        *("unit_forget_bias", "stateful", "unroll", "lora_rank"),
        *("lora_alpha", "quantization_config", "build_config", "input_dtype"),
        *(
            "supports_masking",
            "use_cudnn",
            "projection_dim",
            "flash_attention",
            "experimental_autocast",
            "return_state",
        ),
    )
)
"""What a layer in use does not ask for, or follows from its input's shape."""
_REVERSE = ("tie_weights", "reverse_dtype", "logit_soft_cap")
_ADAPTED = {
    "discretization": ("num_bins", "epsilon"),
    "identity": ("factor", "interpolation"),
    "embedding": _REVERSE,
    "integer_lookup": ("vocabulary_size", "has_input_vocabulary"),
}
"""By our kind: what other fields of it were found by."""
_IDLE: dict[str, dict[str, Any]] = {"depthwise_conv1d": {"groups": 1}, "separable_conv1d": {"groups": 1}}
_IDLE |= {kind.replace("1d", "2d"): fields for kind, fields in _IDLE.items()}
_IDLE |= {"integer_lookup": {"vocabulary_dtype": "int64", "oov_method": "floormod"}}
"""By our kind: what some versions write down though nothing else can stand there."""
_LEARNED = {"discretization": "bin_boundaries", "integer_lookup": "vocabulary"}
"""By our kind: the field that adapt() finds."""
_FOLLOWING = {"strides": "pool_size", "value_dim": "key_dim"}
"""Fields that Keras writes down though they are what another one is."""
_ADAPT = "call adapt() first, then model.save('model.keras'), which stores what it found"
_ENDINGS = ("_initializer", "_regularizer", "_constraint")


def kind_of(layer: Mapping[str, Any]) -> str | None:
    """Our kind for a layer of Keras' own; None if there is none, or it is somebody else's."""
    name = class_of(layer)
    if is_foreign(layer):
        return None
    flat = name.lower().replace("_", "")
    return _CLASSES.get(flat) or _kinds().get(flat)


def class_of(layer: Mapping[str, Any]) -> str:
    """The name of its class. A file may say anything there."""
    name = layer.get("class_name")
    return name if isinstance(name, str) else f"class of {type(name).__name__}"


def is_foreign(layer: Mapping[str, Any]) -> bool:
    """Whether the class is not Keras' own."""
    module, registered = layer.get("module"), layer.get("registered_name")
    own = module is None or (isinstance(module, str) and module.partition(".")[0] in ("keras", "tf_keras"))
    return not own or (isinstance(registered, str) and ">" in registered) or ">" in class_of(layer)


@cache
def _kinds() -> dict[str, str]:
    return {kind.replace("_", ""): kind for kind in KINDS}


def written_of(layer: Mapping[str, Any], *, old: bool) -> tuple[str, dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """Our kind for a layer that has one, its fields, and what must follow it. Raises FieldError."""
    kind = kind_of(layer) or ""
    if class_of(layer) != "Activation":
        return kind, *fields_of(layer, kind, old=old)
    config = layer.get("config")
    return *_function(config.get("activation") if isinstance(config, dict) else None, old=old), []


def fields_of(
    layer: Mapping[str, Any], kind: str, *, old: bool
) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """The fields of a layer as a network file has them, and layers that must follow it: (kind, fields).

    Raises FieldError for a field that the kind does not have, and that changes what it computes.
    """
    config = layer.get("config")
    if not isinstance(config, dict):
        raise FieldError("it has no config")
    options = KINDS[kind].options()
    fields: dict[str, Any] = {}
    behind: list[tuple[str, dict[str, Any]]] = []
    for theirs, value in config.items():
        name = str(theirs if theirs in options else _RENAMED.get(kind, {}).get(theirs, theirs))
        if name in ("activation", "recurrent_activation") and name in options:
            ours, details = _function(value, old=old)
            if fits(ours, details):
                fields |= {name: ours} if (ours, options[name].default) != ("linear", None) else {}
            elif KINDS[kind].is_recurrent:
                fields[name] = {"type": ours, **details}
            else:
                behind.append((ours, details))
        elif name in options and not (KINDS[kind].is_recurrent and name in _TRAINING):
            fields[name] = _value(value, old=old)
        elif _IDLE.get(kind, {}).get(name) == value:
            continue
        elif name not in _ADAPTED.get(kind, ()) and not _changes_nothing(name, value):
            raise FieldError(f"`{name}: {_short(value)}` is not there in dftrace")
    if old and "reset_after" in options and "reset_after" not in config:  # before Keras 2.2 there was no other way
        fields["reset_after"] = class_of(layer) == "CuDNNGRU"
    return _adapted(kind, fields, config, _shape_of(layer, "query_shape") or config.get("query_shape")), behind


def _shape_of(layer: Mapping[str, Any], name: str) -> list[Any] | None:
    """The shape of an input that a layer was built for, N first, where the file says it."""
    built = layer.get("build_config")
    shapes = built.get("shapes_dict") if isinstance(built, dict) else None
    shape = shapes.get(name) if isinstance(shapes, dict) else None
    return shape if isinstance(shape, list) else None


def _function(value: Any, *, old: bool) -> tuple[str, dict[str, Any]]:
    """An activation, which may be a layer: `Dense(4, activation=LeakyReLU(0.1))`."""
    if isinstance(value, dict) and "config" in value and isinstance(value["config"], dict):
        kind = kind_of(value)
        if kind is not None:
            return kind, fields_of(value, kind, old=old)[0]
    return function(value, old=old)


def _value(value: Any, *, old: bool) -> Any:
    """A value as the network file has it; a layer within a layer as a mapping with its type."""
    if isinstance(value, dict) and "class_name" in value:
        value = alone(value)
        inner = kind_of(value)
        if inner is None:
            raise FieldError(f"{class_of(value)} inside of it is not there in dftrace")
        fields, behind = fields_of(value, inner, old=old)
        if behind:
            raise FieldError(f"the activation of {class_of(value)} inside of it can only be a layer in dftrace")
        return {"type": inner, **fields}
    return value


def _changes_nothing(name: str, value: Any) -> bool:
    return name in _TRAINING or name.endswith(_ENDINGS) or value is None or value is False or value == []


def _adapted(
    kind: str, fields: dict[str, Any], config: Mapping[str, Any], query: Sequence[Any] | None
) -> dict[str, Any]:
    """What is written otherwise than in Keras; for attention, with the query's shape where that is known."""
    if query and fields.get("attention_axes") == list(range(1, len(query) - 1)):
        del fields["attention_axes"]
    if kind == "batch_normalization":
        fields["axis"] = _only(fields.get("axis"))
        if fields["axis"] == -1 and "data_format" not in config:
            del fields["axis"]
    if "backward_layer" in fields and _is_copy(fields["layer"], fields["backward_layer"]):
        del fields["backward_layer"]
    if kind in _LEARNED:
        _check_learned(_LEARNED[kind], fields)
    if kind == "threshold":
        fields.setdefault("threshold", 1.0)
        fields["default_value"] = 0
    if kind == "normalization":
        fields["axis"] = _only(fields.get("axis"))
    if kind == "leaky_relu":
        fields.setdefault("negative_slope", 0.3)
    return {name: value for name, value in fields.items() if not _follows(name, value, fields)}


def _follows(name: str, value: Any, fields: Mapping[str, Any]) -> bool:
    """Whether a field is written down though it is what follows from the others."""
    leader = _FOLLOWING.get(name, "")
    return (name == "data_format" and value is None) or (leader in fields and fields[leader] == value)


def _check_learned(field: str, fields: dict[str, Any]) -> None:
    """Raise FieldError where what adapt() finds is not there; and give an output the word that Keras 3 has for it."""
    if not fields.get(field):
        raise FieldError(f"it has no {field}: the file does not have what adapt() found", hint=_ADAPT)
    if fields.get("output_mode") == "binary":
        fields["output_mode"] = "multi_hot"


def _is_copy(forward: Any, backward: Any) -> bool:
    """Whether the layer from the end is the other one the other way round, as it is where nothing is said of it."""
    if not isinstance(forward, dict) or not isinstance(backward, dict):
        return backward is None
    return {**forward, "go_backwards": not forward.get("go_backwards", False)} == backward


def _only(axis: Any) -> Any:
    """Some versions write the one axis as a list."""
    return axis[0] if isinstance(axis, list) and len(axis) == 1 else axis


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
