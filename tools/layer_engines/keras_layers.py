"""One layer of ours as Keras', whose fields and parameters have the same names: inputs and output in our order."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dataflow_cli.layers.base import ActivationFunction

if TYPE_CHECKING:
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

CLASSES = {"relu": "ReLU", "lstm": "LSTM", "gru": "GRU", "rms_normalization": "RMSNormalization"}
"""Those that are not our words with capitals."""
OURS = {
    "activation",
    "flip_kernel",
    "masks",
    "data_format",
    "dropout",
    "recurrent_dropout",
    "implementation",
    "unroll",
    "stateful",
}
"""Fields that say nothing of the values, or that are done beside Keras' layer."""


def class_of(kind: str) -> Any:
    """Keras' class of a kind of ours. Raises AttributeError if it has none."""
    name = CLASSES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))
    for rank in "123":
        name = name.replace(f"{rank}d", f"{rank}D")
    return getattr(keras.layers, name)


def made(layer: Any, *, dtype: str) -> Any:
    """Keras' layer. Raises NotImplementedError for a field that it does not have and that is set."""
    cls = class_of(layer.type)
    taken = inspect.signature(cls.__init__).parameters
    defaults = {name: option.default for name, option in type(layer).options().items()}
    fields: dict[str, Any] = {}
    for name, default in defaults.items():
        value = getattr(layer, name)
        if name in taken and name not in OURS and value is not None:  # Keras' axis of channels has a number
            fields[name] = _there(value, dtype)
        elif name not in OURS and value not in (default, None, False) and {*np.ravel(value)} != {default}:
            raise NotImplementedError(f"{layer.type}: {name}")
    return cls(**fields, dtype=dtype)


def _there(value: Any, dtype: str) -> Any:
    """A field's value: an activation by its name, a layer within a layer as Keras'."""
    if not hasattr(value, "type"):
        return value
    if "units" in type(value).options():
        there = made(value, dtype=dtype)
        there.cell.activation = _activation(value.activation)
        return there
    return value.type


def computed(node: Node, inputs: list[Array], parameters: dict[str, Array], *, dtype: str) -> Array:
    """The output (N, *output_shape) in float32 or float64, as `dtype` says, as far as Keras computes in that."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        return _computed(node, inputs, parameters, dtype)
    finally:
        keras.config.set_floatx(before)


def _computed(node: Node, inputs: list[Array], parameters: dict[str, Array], dtype: str) -> Array:
    layer: Any = node.layer
    if isinstance(layer, ActivationFunction) and layer.type not in CLASSES:
        taken: Array = keras.ops.convert_to_numpy(_activation(layer)(keras.ops.convert_to_tensor(inputs[0], dtype)))
        return taken
    masks = len(node.inputs) - sum(not name.endswith(":mask") for name in node.inputs)
    pads = layer.pads(node.input_shapes[0][:-1]) if not isinstance(getattr(layer, "padding", ""), str) else None
    if pads is not None and any(map(any, pads)):
        inputs = [np.pad(inputs[0], ((0, 0), *pads, (0, 0)))]
    if pads is not None:
        layer = _without_padding(layer)
    there = made(layer, dtype=dtype)
    if hasattr(there, "recurrent_activation"):  # the activation is one of every step
        there.cell.activation = _activation(layer.activation)
    given = [keras.ops.convert_to_tensor(x, dtype if x.dtype.kind == "f" else "int32") for x in inputs]
    more: dict[str, Any] = {}
    if masks:
        *given, mask = given
        if hasattr(layer, "use_causal_mask"):  # what hides padding hides it from what is padding, too
            raise NotImplementedError(node.name)
        more = {"mask": mask}
    if hasattr(layer, "use_causal_mask"):  # of itself, and Keras wants both
        given, more = given * 2, more | {"use_causal_mask": layer.use_causal_mask}
    several: list[Any] = [given] if len(given) > 1 and not hasattr(layer, "use_causal_mask") else given
    there(*several, **more)
    there.set_weights([_applied(layer, name, array) for name, array in parameters.items()])
    made_there = there(*several, **more)
    if layer.result_activation is not None:
        made_there = _activation(layer.result_activation)(made_there)
    found: Array = keras.ops.convert_to_numpy(made_there)
    if found.shape[1:] != node.output_shape:
        raise NotImplementedError(node.name)
    return found


def _applied(layer: Any, name: str, array: Array) -> Array:
    """A parameter as Keras, which turns no kernel round, applies it."""
    flipped = name == "kernel" and getattr(layer, "flip_kernel", False)
    return np.flip(array, tuple(range(layer.rank))) if flipped else array


def _activation(function: Any) -> Any:
    """Keras' function, with the fields of ours. Raises NotImplementedError for others than it has."""
    if function.type == "gelu":
        return lambda x: keras.activations.gelu(x, approximate=function.approximate)
    if function != type(function)():
        raise NotImplementedError(function.type)
    return keras.activations.get(function.type)


def _without_padding(layer: Any) -> Any:
    from dataclasses import replace

    return replace(layer, padding="valid")
