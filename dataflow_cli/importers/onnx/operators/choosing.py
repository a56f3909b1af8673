"""Where: one of two tensors, by a third, or a number at the places of a mask. Trilu: a tensor, or 0, by the side of a
diagonal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import UNSIZED, Constant, filled
from dataflow_cli.importers.onnx.operators.elementwise import combined
from dataflow_cli.lazy import np
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held
    from dataflow_cli.shapes import Array


def where(call: Call) -> Held:
    """The second where the first is true, else the third."""
    return combined(call, "where", call.values(), dtype=call.value(1).dtype)


def assigned(call: Call) -> Held:
    """A number where a mask of the same axes is true, else a tensor."""
    held, mask = call.value(0), call.value(1)
    if len(held.shape) != len(mask.shape):
        raise FieldError("its mask has fewer axes than what it is put into")
    return combined(call, "where", [mask, call.constant(2), held], dtype=held.dtype)


def triangle(call: Call) -> Held:
    """Trilu: what stands on one side of a diagonal of the last two axes; NaN on the other side becomes 0 too."""
    held = call.tensor(0)
    if held.rank < 2 or (held.batch is not None and held.batch >= held.rank - 2):
        call.wants(held, 0 if held.rank > 2 else None)
    rows, columns = held.shape[-2:]
    if not is_known((rows, columns)):
        raise FieldError("how large its triangle is depends on sizes that are not known", hint=UNSIZED)
    by = int(call.constant(1, "k").scalar()) if call.has(1) else 0
    upper = bool(call.attribute("upper", 1))

    def inside() -> Array:
        ones = np.ones((rows, columns), np.float32)
        return np.triu(ones, by) if upper else np.tril(ones, by)

    kept = Constant((rows, columns), "float32", make=inside)
    return combined(call, "where", [kept, held, filled((1, 1), 0, "float32")], dtype=held.dtype)
