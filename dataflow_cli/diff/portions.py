"""Large arrays a portion at a time, so that what is made on the way stays in the cache, or in the same memory.

A dense layer's kernel may take gigabytes as float64, and new memory costs more than the arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Arrays, Parameters

AT_ONCE = 2**20
"""Numbers of a kernel that are looked at together."""
PART = 2**14
"""Elements of tensors that are."""


def parts(layer: Layer, kernel: Array) -> Iterator[slice]:
    """All rows of a dense layer's matrix in order, so many at a time; of other kernels, all that there is."""
    each = max(1, AT_ONCE // kernel.shape[-1]) if layer.has_units else len(kernel)
    for start in range(0, len(kernel), each):
        yield slice(start, start + each)


def summed(layer: Layer, inputs: Arrays, parameters: Parameters, cast: Callable[[Array], Array]) -> Array:
    """The layer before its activation, (N, *shape), of inputs and parameters that are `cast` to what is summed."""
    taken = [cast(x) for x in inputs]
    if not layer.has_units or parameters["kernel"].size <= AT_ONCE:
        return layer.forward(taken, {name: cast(array) for name, array in parameters.items()})
    others = {name: cast(array) for name, array in parameters.items() if name != "kernel"}
    found: Any = 0
    for part in parts(layer, parameters["kernel"]):
        found += layer.forward([taken[0][..., part]], {**others, "kernel": cast(parameters["kernel"][part])})
        others = {}
    return np.asarray(found)


def wide(array: Array) -> Array:
    """Numbers as float64; indices stay what they are."""
    return array.astype(np.float64, copy=False) if array.dtype.kind == "f" else array


def of_parts(function: Callable[..., Sequence[Array]], arrays: Sequence[Array], types: Sequence[type]) -> list[Array]:
    """What a function of the elements of arrays of one shape makes of them: so many arrays of these types."""
    shape, size = arrays[0].shape, arrays[0].size
    found: list[Array] = [np.empty(size, dtype) for dtype in types]
    flat = [np.ascontiguousarray(each).reshape(-1) for each in arrays]
    for start in range(0, size, PART):
        part = slice(start, start + PART)
        for whole, some in zip(found, function(*(each[part] for each in flat)), strict=True):
            whole[part] = some
    return [whole.reshape(shape) for whole in found]


def squares(array: Array, axis: int) -> Array:
    """The mean of the squares of every channel on an axis, of a tensor of float64."""
    table = np.moveaxis(array, axis, -1).reshape(-1, array.shape[axis])
    found, each = np.zeros(table.shape[1]), max(1, PART // table.shape[1])
    for start in range(0, len(table), each):
        found += np.square(table[start : start + each]).sum(axis=0)
    return found / len(table)


def flushed(array: Array, least: float) -> Array:
    """An array in C order, in the same memory, of which what is nearer to 0 than the least is 0."""
    flat = array.reshape(-1)
    for start in range(0, flat.size, PART):
        some = flat[start : start + PART]
        some[np.abs(some) < least] = 0
    return array
