"""Constants in another arrangement or type: nothing is read before somebody asks for the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.files.stored import ITEM_SIZES
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.importers.onnx.tensors import TYPES
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.constants import Constant
    from dataflow_cli.shapes import Array


def _cast(call: Call, given: Sequence[Constant]) -> Constant:
    dtype = TYPES.get(call.attribute("to", 1), "")
    if dtype == given[0].dtype:
        return given[0]
    if dtype not in ITEM_SIZES:
        raise FieldError(f"it makes constants of {dtype or 'a type that is not known'}, which is not read")
    if dtype == "bfloat16":
        return given[0].changed(rounded, dtype=dtype)
    return given[0].changed(lambda array: _as_type(array, dtype), dtype=dtype)


def _as_type(array: Array, dtype: str) -> Array:
    """Numbers in another type. Which whole number an infinity becomes, ONNX leaves to the processor."""
    with np.errstate(invalid="ignore", over="ignore"):
        return array.astype(dtype)


def rounded(array: Array) -> Array:
    """Numbers as bfloat16 holds them, which NumPy does not have: in float32."""
    from dataflow_cli.kernels.activations import as_stored

    return as_stored(array.astype(np.float32), "bfloat16")


def _reshaped(call: Call, given: Sequence[Constant]) -> Constant:
    data, target = given[0], given[1].integers() if len(given) > 1 else list(call.attribute("shape", []))
    sizes = [data.shape[place] if size == 0 and place < len(data.shape) else size for place, size in enumerate(target)]
    rest = math.prod(size for size in sizes if size != -1)
    if -1 in sizes and rest:
        sizes[sizes.index(-1)] = data.count // rest
    if math.prod(sizes) != data.count:
        raise FieldError(f"it makes {sizes} of {data.count:,} numbers")
    return data.reshaped(sizes)


def _transposed(call: Call, given: Sequence[Constant]) -> Constant:
    rank = len(given[0].shape)
    axes = call.attribute("perm", list(range(rank))[::-1])
    if sorted(axes) != list(range(rank)):
        raise FieldError(f"its perm {list(axes)} is no order of {rank} axes")
    return given[0].transposed(axes)


def _flattened(call: Call, given: Sequence[Constant]) -> Constant:
    shape = given[0].shape
    axis = call.attribute("axis", 1)
    axis = axis if axis == len(shape) else counted(axis, len(shape))
    return given[0].reshaped((math.prod(shape[:axis]), math.prod(shape[axis:])))


def _unsqueezed(call: Call, given: Sequence[Constant]) -> Constant:
    from dataflow_cli.importers.onnx.reckoning import RECKONED

    found = RECKONED[call.operation](call, given)
    assert found is not None  # noqa: S101  these two always give something
    return found


ARRANGED: dict[str, Callable[[Call, Sequence[Constant]], Constant]] = {
    "Identity": lambda _, given: given[0],
    "Dropout": lambda _, given: given[0],
    "Cast": _cast,
    "Reshape": _reshaped,
    "Transpose": _transposed,
    "Flatten": _flattened,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _unsqueezed,
}
"""By operation."""
