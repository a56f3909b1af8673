"""Reckoning with a few numbers, such as sizes and axes: without NumPy, and what is not known stays so.

Each takes the constants that the operation takes; None where it is more than this.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.onnx.constants import Constant, of_numbers
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.importers.onnx.tensors import TYPES
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.importers.onnx.call import Call

    Reckoning = Callable[[Call, Sequence[Constant]], Constant | None]


def _same(_: Call, given: Sequence[Constant]) -> Constant:
    return given[0]


def _cast(call: Call, given: Sequence[Constant]) -> Constant | None:
    dtype = TYPES.get(call.attribute("to", 1), "")
    change: Callable[[Any], Any] | None = int if "int" in dtype else float if "float" in dtype else None
    if dtype == "bool":
        change = bool
    if change is None or dtype in ("float16", "bfloat16"):
        return None
    numbers = given[0].numbers
    if change is int and any(isinstance(each, float) and not math.isfinite(each) for each in numbers):
        return None
    changed = (each if isinstance(each, Unknown) else change(each) for each in numbers)
    return of_numbers(changed, given[0].shape, dtype)


def _unsqueezed(call: Call, given: Sequence[Constant]) -> Constant:
    axes = given[1].integers() if len(given) > 1 else call.attribute("axes", [])
    rank = len(given[0].shape) + len(axes)
    places = {counted(axis, rank) for axis in axes}
    sizes = iter(given[0].shape)
    return given[0].reshaped([1 if place in places else next(sizes) for place in range(rank)])


def _squeezed(call: Call, given: Sequence[Constant]) -> Constant:
    shape = given[0].shape
    axes = given[1].integers() if len(given) > 1 else call.attribute("axes")
    ones = [place for place, size in enumerate(shape) if size == 1]
    places = ones if axes is None else [counted(axis, len(shape)) for axis in axes]
    return given[0].reshaped([size for place, size in enumerate(shape) if place not in places])


def _gathered(call: Call, given: Sequence[Constant]) -> Constant | None:
    data, indices = given
    if len(data.shape) != 1 or call.attribute("axis", 0) not in (0, -1):
        return None
    numbers = data.numbers
    places = [counted(place, len(numbers)) for place in indices.integers()]
    return of_numbers((numbers[place] for place in places), indices.shape, data.dtype)


def _sliced(call: Call, given: Sequence[Constant]) -> Constant | None:
    if len(given[0].shape) != 1 or len(call.node.inputs) != len(given):
        return None
    bounds = [constant.integers() for constant in given[1:]]
    if not bounds:
        bounds = [call.attribute("starts", []), call.attribute("ends", []), call.attribute("axes", [0])]
    if [len(each) for each in bounds] != [1] * len(bounds) or (len(bounds) > 2 and bounds[2][0] not in (0, -1)):
        return None
    start, end = bounds[0][0], bounds[1][0]
    step = bounds[3][0] if len(bounds) > 3 else 1
    if step <= 0 or isinstance(start, Unknown) or isinstance(end, Unknown):
        return None
    return of_numbers(given[0].numbers[start:end:step], dtype=given[0].dtype)


def _joined(_: Call, given: Sequence[Constant]) -> Constant | None:
    if any(len(constant.shape) != 1 for constant in given):
        return None
    return of_numbers((each for constant in given for each in constant.numbers), dtype=given[0].dtype)


def _product(call: Call, given: Sequence[Constant]) -> Constant | None:
    if len(given) > 1 or len(given[0].shape) != 1:
        return None
    numbers = given[0].numbers
    shape = (1,) if call.attribute("keepdims", 1) else ()
    return of_numbers([math.prod(numbers)], shape, given[0].dtype)


def _stepped(_: Call, given: Sequence[Constant]) -> Constant | None:
    """Range."""
    numbers = [constant.scalar() for constant in given]
    if any(isinstance(each, Unknown | float) for each in numbers) or not numbers[2]:
        return None
    found = range(*map(int, numbers))
    return of_numbers(found, dtype=given[0].dtype) if len(found) <= 4096 else None


def _chosen(_: Call, given: Sequence[Constant]) -> Constant | None:
    """Where."""
    columns = _alongside(given)
    if columns is None:
        return None
    rows, shape = columns
    return of_numbers((one if condition else other for condition, one, other in rows), shape, given[1].dtype)


def _alongside(given: Sequence[Constant]) -> tuple[list[tuple[Any, ...]], tuple[int, ...]] | None:
    """The numbers of all, side by side, where all have one shape or one number."""
    shapes = {constant.shape for constant in given if constant.count != 1}
    if len(shapes) > 1:
        return None
    widest = max((constant.shape for constant in given), key=len)
    shape = shapes.pop() if shapes else widest
    shape = (1,) * (len(widest) - len(shape)) + shape
    count = math.prod(shape)
    columns = [constant.numbers * count if len(constant.numbers) == 1 else constant.numbers for constant in given]
    return list(zip(*columns, strict=True)), shape


def _of_two(function: Callable[[Any, Any], Any], dtype: str = "") -> Reckoning:
    """An operation number by number."""

    def reckoned(_: Call, given: Sequence[Constant]) -> Constant | None:
        rows = _alongside(given) if len(given) == 2 else None
        if rows is None or any(
            constant.dtype in ("float16", "bfloat16", "float32", "uint8", "int8") for constant in given
        ):
            return _unknown_stays(function, given, rows)
        return of_numbers((function(one, other) for one, other in rows[0]), rows[1], dtype or given[0].dtype)

    return reckoned


def _unknown_stays(function: Callable[[Any, Any], Any], given: Sequence[Constant], rows: Any) -> Constant | None:
    """Sizes as numbers with a point, as exporters reckon those of Resize; others are left to NumPy, which rounds."""
    if rows is None or not any(isinstance(each, Unknown) for row in rows[0] for each in row):
        return None
    found = []
    for row in rows[0]:
        result = function(*map(float, row))
        found.append(Unknown(int(result)) if any(isinstance(each, Unknown) for each in row) else result)
    return of_numbers(found, rows[1], given[0].dtype)


def _divided(one: Any, other: Any) -> Any:
    """Integers are divided towards zero."""
    if isinstance(one, float) or isinstance(other, float):
        return one / other if other else math.nan
    if not other:
        return 0
    exact = one // other
    return exact if one * other >= 0 or exact * other == one else exact + 1


def _negated(_: Call, given: Sequence[Constant]) -> Constant:
    return of_numbers((-number for number in given[0].numbers), given[0].shape, given[0].dtype)


def _not(_: Call, given: Sequence[Constant]) -> Constant:
    return of_numbers((not number for number in given[0].numbers), given[0].shape, "bool")


def _transposed(call: Call, given: Sequence[Constant]) -> Constant:
    axes = call.attribute("perm", list(range(len(given[0].shape)))[::-1])
    return given[0].transposed([counted(axis, len(given[0].shape)) for axis in axes])


RECKONED: dict[str, Reckoning] = {
    "Identity": _same,
    "Cast": _cast,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Gather": _gathered,
    "Slice": _sliced,
    "Concat": _joined,
    "ReduceProd": _product,
    "Range": _stepped,
    "Where": _chosen,
    "Add": _of_two(operator.add),
    "Sub": _of_two(operator.sub),
    "Mul": _of_two(operator.mul),
    "Div": _of_two(_divided),
    "Max": _of_two(max),
    "Min": _of_two(min),
    "Equal": _of_two(operator.eq, "bool"),
    "Greater": _of_two(operator.gt, "bool"),
    "GreaterOrEqual": _of_two(operator.ge, "bool"),
    "Less": _of_two(operator.lt, "bool"),
    "LessOrEqual": _of_two(operator.le, "bool"),
    "And": _of_two(lambda one, other: bool(one and other), "bool"),
    "Or": _of_two(lambda one, other: bool(one or other), "bool"),
    "Not": _not,
    "Neg": _negated,
}
"""By operation."""
