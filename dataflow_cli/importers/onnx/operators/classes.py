"""Numbers of classes as rows with a one in one place: OneHot, and Hardmax, which finds the place itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import UNSIZED, Constant, of_numbers
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.importers.onnx.operators.elementwise import combined
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held

_MOST_CLASSES = 2**20


def one_hot(call: Call) -> Held:
    """OneHot: a new axis of classes; a number below 0 counts from the last, one of no class has no one."""
    held, depth = call.tensor(0), int(call.constant(1, "depth").scalar())
    if not 0 < depth <= _MOST_CLASSES:
        raise FieldError(f"it has {depth} classes")
    off, on = (float(call.short(number)) for number in call.constant(2, "values").numbers)
    axis = counted(int(call.attribute("axis", -1)), held.rank + 1)
    batch = None if held.batch is None else held.batch + (axis <= held.batch)
    place = axis + 1 - (batch is not None and batch < axis)
    wide = call.layer("expand_dims", {"axis": place}, [held], batch=batch, behind="_axis", gives="")
    behind = held.rank - axis
    first = combined(call, "equal", [wide, _along(range(depth), behind)], behind="_counted")
    last = combined(call, "equal", [wide, _along(range(-depth, 0), behind)], behind="_from_the_end")
    dtype = call.value(2).dtype
    if (off, on) == (0, 1):
        return combined(call, "maximum", [first, last], dtype=dtype)
    found = combined(call, "maximum", [first, last], behind="_ones")
    fields = {"scale": [on - off], "offset": [off]}
    return call.layer("rescaling", fields, [found], dtype=dtype)


def hardmax(call: Call) -> Held:
    """Hardmax: a one at the first of the largest along an axis, before version 13 along all axes from one on."""
    held = call.tensor(0)
    axis = call.axis(-1 if call.opset >= 13 else 1, held)
    if call.opset < 13 and axis != held.rank - 1:
        raise FieldError("it looks along several axes at once, as before version 13 of ONNX's operations")
    size = held.shape[axis]
    if not is_known((size,)):
        raise FieldError("how many classes it has depends on sizes that are not known", hint=UNSIZED)
    fields = {"axis": call.place(held, axis) + 1, "keepdims": True}
    best = call.layer("argmax", fields, [held], dtype="int64", behind="_best", gives="")
    return combined(call, "equal", [best, _along(range(size), held.rank - 1 - axis)], dtype=held.dtype)


def _along(numbers: range, behind: int) -> Constant:
    """Numbers along an axis that has so many behind it."""
    return of_numbers(map(float, numbers), (len(numbers), *[1] * behind), "float32")
