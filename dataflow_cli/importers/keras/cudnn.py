"""CuDNNLSTM and CuDNNGRU, which Keras 2 had for GPUs: an LSTM and a GRU whose weights are stored in another order.

Every gate's part of the kernel is read row by row into columns, that of the recurrent kernel is transposed, and there
are two biases, of the inputs and of the states, which an LSTM adds up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.entries import layers_of, name_of
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflow_cli.shapes import Array, Shape

GATES = {"CuDNNLSTM": 4, "CuDNNGRU": 3}
_WRAPPED = ("layer", "forward_layer")
_PARAMETERS = ("recurrent_kernel", "kernel", "bias")


def gates_of(config: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, int]]:
    """The layers of a model that are stored so, by their paths of names, with how many gates they have."""
    for layer in layers_of(config):
        own = layer.get("config")
        inner = [own[name] for name in _WRAPPED if isinstance(own.get(name), dict)] if isinstance(own, dict) else []
        for each in (layer, *inner):
            if (name := str(each.get("class_name"))) in GATES:
                yield f"{path}{name_of(layer)}", GATES[name]
        yield from gates_of(layer, f"{path}{name_of(layer)}/")


def as_plain(parameter: str, array: Array, gates: int) -> Array:
    """A parameter as an LSTM or a GRU has it."""
    word = next((word for word in _PARAMETERS if parameter.endswith(word)), "")
    if word == "bias":
        both = array.reshape(2, -1)
        found: Array = both.sum(axis=0) if gates == GATES["CuDNNLSTM"] else both
        return found
    if not word or array.ndim != 2 or array.shape[1] % gates:
        return array
    parts = np.split(array, gates, axis=1)
    if word == "kernel":
        return np.concatenate([part.ravel().reshape(part.shape, order="F") for part in parts], axis=1)
    return np.concatenate([part.T for part in parts], axis=1)


def plain_shape(parameter: str, shape: Shape, gates: int) -> Shape:
    """The shape that it has there."""
    if not parameter.endswith("bias") or len(shape) != 1:
        return shape
    half = shape[0] // 2
    return (half,) if gates == GATES["CuDNNLSTM"] else (2, half)
