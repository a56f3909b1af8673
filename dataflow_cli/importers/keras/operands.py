"""Operations that take tensors and constants, number by number: the constants as arrays that go along with samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.keras.inbound import tensors_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DEEPEST = 8
MOST = 100_000
"""Numbers of a constant, which the network file has written out."""


def written_out(arguments: Sequence[Any]) -> list[tuple[list[int], Any] | None]:
    """By argument: None for a tensor; a constant's shape, with as many axes as a sample of the tensors has, and values.

    Raises FieldError for a constant that differs from sample to sample, or is none of numbers.
    """
    ranks = {len(shape) for argument in arguments for shape in _shapes(argument)}
    if len(ranks) != 1 or min(ranks) < 2:
        raise FieldError("it takes a constant beside tensors whose ranks the file does not say, or that are unequal")
    rank = ranks.pop() - 1
    return [None if any(tensors_in(one)) else _of_samples(plain(one), rank) for one in arguments]


def _shapes(argument: Any) -> Iterator[list[Any]]:
    if isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__":
        config = argument.get("config")
        shape = config.get("shape") if isinstance(config, dict) else None
        yield shape if isinstance(shape, list) else []


def plain(value: Any) -> Any:
    """The number or nested lists that a constant is written as; what is written otherwise as it is."""
    if isinstance(value, dict) and value.get("class_name") in ("__tensor__", "__numpy__"):
        config = value.get("config")
        return config.get("value") if isinstance(config, dict) else None
    return value


def _of_samples(value: Any, rank: int) -> tuple[list[int], Any]:
    """A constant with `rank` axes: those that it lacks before its own are 1 long, and so is that of the samples."""
    shape = _shape(value)
    if len(shape) == rank + 1 and shape[0] == 1:
        shape, value = shape[1:], value[0]
    if len(shape) > rank:
        raise FieldError("it takes a constant that differs from sample to sample, or has more axes than its tensors")
    for _ in range(rank - len(shape)):
        shape, value = [1, *shape], [value]
    if math.prod(shape) > MOST:
        raise FieldError(f"it takes a constant of {math.prod(shape):,} numbers, at most {MOST:,} are written out")
    return shape, value


def _shape(value: Any, depth: int = 0) -> list[int]:
    """Of nested lists of numbers. Raises FieldError for anything else."""
    if isinstance(value, list) and depth < _DEEPEST:
        inner = [_shape(each, depth + 1) for each in value]
        if inner and all(each == inner[0] for each in inner):
            return [len(value), *inner[0]]
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return []
    raise FieldError("it takes something that is no tensor and no numbers, which dftrace has no layer for")
