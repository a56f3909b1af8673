"""What is wrong with a weights file for a network: names, shapes and types by its headers, and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem, WeightsError
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written
from dataflow_cli.weights.finite import unsound
from dataflow_cli.weights.hints import MAP, counted_as_keras, missing_hint, named, shape_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.wanted import Wanted


_HINTED = 100
"""Missing parameters whose names are looked for among those of the file."""


def header_problems(file: WeightsFile, wanted: Sequence[Wanted]) -> Iterator[Problem]:
    """What the file's headers say against the parameters: missing, of another shape, not numbers."""
    taken = {tensor.stored for one in wanted for tensor in one.tensors}
    counted = list(counted_as_keras(wanted, file.shapes))
    told = {name for count in counted for name in count.here}
    for count in counted:
        message = f"{file.path}: Keras counts {named(count.there)}; this network counts {named(count.here)}"
        yield Problem("E206", message, count.hint, count.first.place)
    missing = 0
    for one in (tensor for parameter in wanted for tensor in parameter.tensors):
        if one.node.name in told:
            continue
        if one.stored in file.faults:
            fault = file.faults[one.stored]
            yield Problem("E204", f"{file.path}: {fault.message}", fault.hint, one.place)
        elif one.stored not in file.headers:
            where = "" if one.stored == one.full else f" (for {one.full})"
            message = f"{file.path}: no parameter '{one.stored}'{where}"
            missing += 1
            hint = missing_hint(one, file.shapes, taken) if missing <= _HINTED else MAP
            yield Problem("E201", message, hint, one.place)
        else:
            yield from _shape_problems(file, one)


def value_problem(file: WeightsFile, one: Wanted, array: Array) -> Problem | None:
    """A warning if not all numbers of a parameter are finite."""
    found = unsound(array)
    hint = "it makes NaN or infinity of all that depends on it: look at how it was trained, and saved"
    return (
        Problem("W101", f"{file.path}: {one.full} has {found}", hint, one.place, severity="warning") if found else None
    )


def read(file: WeightsFile, one: Wanted, dtype: str, *, passing: bool = False) -> Array:
    """One parameter in our layout and the type `dtype`, or its own; where it lies in the file, if it is `passing`.

    Raises WeightsError if its values are damaged, or no whole numbers of the type that it is of.
    """
    stored = file.mapped if passing else file.read
    array = one.ours(*(stored(tensor.stored) for tensor in one.tensors))
    whole = one.parameter.dtype
    if whole:
        from dataflow_cli.weights.whole import unheld

        found = unheld(array, whole)
        if found:
            hint = f"it takes whole numbers of {whole}: save what the quantized layer has, not what it stands for"
            raise WeightsError(f"{file.path}: {one.full} has {found}", hint=hint, code="E204", place=one.place)
        return array.astype(whole, copy=False)
    with np.errstate(over="ignore"):  # 1e300 is infinite in float32, and a warning says so
        return array.astype(dtype, copy=False)


def stored_value_problems(file: WeightsFile, one: Wanted, dtype: str) -> Iterator[Problem]:
    """What is wrong with a parameter's values. NumPy looks at them only if bytes say that something may be."""
    try:
        types = {file.headers[tensor.stored].dtype for tensor in one.tensors}
        unsure = bool(one.parameter.dtype) and types != {one.parameter.dtype}
        unsure = any(file.may_be_unsound(tensor.stored, dtype) for tensor in one.tensors) or unsure
        problem = value_problem(file, one, read(file, one, dtype)) if unsure else None
    except WeightsError as error:
        problem = Problem(error.code, error.message, error.hint, one.place)
    if problem:
        yield problem


def _shape_problems(file: WeightsFile, one: Wanted) -> Iterator[Problem]:
    found = file.headers[one.stored].shape
    if found == one.shape or (found == () and one.shape == (1,)):
        return
    if found[-len(one.shape) :] == one.shape and set(found[: -len(one.shape)]) == {1}:
        return  # (1, 197, 768): of a parameter that all samples share
    there = "PyTorch stores" if one.translation is not None else "the layer needs"
    message = f"{file.path}: {one.full} has shape {written(found)}, {there} {written(one.shape)}"
    yield Problem("E202", message, shape_hint(one, found), one.place)
