"""Whole numbers, which a type must hold as they are: an index that is rounded names something else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array


def check_whole(values: Array, kind: str, name: str, source: Callable[[int], str], hint: str = "") -> None:
    """Raise InputError E302 for the first of the values (n, ...) of an input that its type cannot hold as it is.

    `source` says where a sample is from. A type of floating point holds fractions, and whole numbers up to a limit.
    """
    fits = _held(values, kind)
    if fits.all():
        return
    sample, *place = (int(axis) for axis in np.argwhere(~fits)[0])
    found = values[(sample, *place)].item()
    where = f" at {written(place)}" if place else ""
    message = f"{source(sample)}: input '{name}' takes {kind}, found {_shown(found)}{where}"
    raise InputError(message, hint=hint or _advice(found, kind), code="E302")


def check_rounded(values: Array, dtype: str, name: str, source: Callable[[int], str]) -> None:
    """Raise InputError E302 for the first long whole number that the type which is computed in would round."""
    if dtype == "float32":
        check_whole(values, dtype, name, source, "whole numbers beyond 16777216 take more digits: `--dtype float64`")


def _held(values: Array, kind: str) -> Array:
    """Which values the type holds."""
    lowest, highest = _limits(kind)
    if values.dtype.kind != "f":
        within: Array = (values >= lowest) & (values <= highest)
        return within
    exact = values.astype(np.result_type(values, np.float64), copy=False)
    if np.dtype(kind).kind == "f":
        near: Array = ~(np.abs(exact) > highest)
        return near
    # 2**31 - 1 is no float32, and 2**63 - 1 no float64; what is one too many is a number in both
    whole: Array = (exact == np.floor(exact)) & (exact >= lowest) & (exact < float(highest + 1))
    return whole


def _limits(kind: str) -> tuple[int, int]:
    """The smallest and the largest whole number between which a type holds all of them."""
    if np.dtype(kind).kind == "f":
        most = 2 ** (int(np.finfo(kind).nmant) + 1)
        return -most, most
    limits = np.iinfo(kind)
    return int(limits.min), int(limits.max)


def _shown(value: float) -> str:
    """A number as people write it: a whole one with all its digits."""
    return str(int(value)) if abs(value) < 2**64 and value == int(value) else str(value)


def _advice(value: float, kind: str) -> str:
    """What to do about a number that the type does not hold."""
    if not math.isfinite(value) or value != int(value):
        return "give whole numbers, such as the indices of words"
    lowest, highest = _limits(kind)
    wider = next((name for name in ("int32", "int64") if _limits(name)[0] <= value <= _limits(name)[1]), "float64")
    change = f"write `dtype: {wider}` under the input in the network file"
    return f"{kind} holds whole numbers from {lowest} to {highest}: {change}"
