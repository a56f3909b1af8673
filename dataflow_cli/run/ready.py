"""Parameters as kernels take them: aligned, and with the filters of a window side by side.

A parameter may lie in the file that it comes from. There it begins anywhere, and NumPy would copy all of it for every
product; or its filters lie far apart, as PyTorch and ONNX store them. What is copied for a single use goes into memory
that the next layer uses again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from dataflow_cli.kernels.running.packed import PackedWeights
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

FILTERS = 64
"""So many filters are copied at once: what they are read from stays in the cache meanwhile."""


class ReadyParameters:
    """The parameters of nodes, in the type that is computed in. Those of whole numbers stay what they are."""

    def __init__(self, weights: Weights, dtype: np.dtype[Any], packed: PackedWeights) -> None:
        self._weights = weights
        self._dtype = dtype
        self._packed = packed
        self._copies = 0

    def stored(self, node: Node) -> Mapping[str, Array]:
        """As they were read."""
        return self._weights.of(node.name)

    def of(self, node: Node) -> dict[str, Array]:
        """Ready to be computed with, until `done` if nothing is kept for the next minibatch."""
        types = self._types(node)
        cast = {
            name: values.astype(types.get(name, self._dtype), copy=False) for name, values in self.stored(node).items()
        }
        return {name: self._ready(values) for name, values in cast.items()}

    def done(self) -> None:
        """What was copied is not needed any more."""
        self._copies = 0

    def _types(self, node: Node) -> dict[str, str]:
        if not any(values.dtype.kind in "iu" for values in self.stored(node).values()):
            return {}
        rules = node.layer.parameters(node.input_shapes)
        return {name: one.dtype for name, one in rules.items() if one.dtype}

    def _ready(self, values: Array) -> Array:
        apart = filters_apart(values)
        if values.flags.aligned and not apart:
            return values
        axes = list(range(values.ndim)) if apart else _in_memory(values)
        source = values.transpose(axes)
        copy = self._memory(values, source)
        return copy.transpose(sorted(range(len(axes)), key=axes.__getitem__))

    def _memory(self, values: Array, source: Array) -> Array:
        """A copy of `source`, a view of `values`."""
        if self._packed.keep:
            return self._packed.get("ready", values, source.shape, lambda made: copied(source, made))
        self._copies += 1
        made = scratch(f"parameter {self._copies}", source.shape, source.dtype)
        copied(source, made)
        return made


def filters_apart(values: Array) -> bool:
    """Whether an array (*window, channels, filters) has its filters as the axis that lies outermost in memory."""
    long = [stride for length, stride in zip(values.shape, values.strides, strict=True) if length > 1]
    return len(long) > 2 and long[-1] == max(long)


def copied(source: Array, out: Array) -> None:
    """Copy an array (..., filters), or a single number, into another one."""
    if not source.ndim:
        out[...] = source
        return
    for start in range(0, source.shape[-1], FILTERS):
        out[..., start : start + FILTERS] = source[..., start : start + FILTERS]


def _in_memory(values: Array) -> list[int]:
    """The axes in the order in which they lie in memory, the outermost first."""
    return sorted(range(values.ndim), key=lambda axis: -values.strides[axis])
