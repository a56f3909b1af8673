"""What is in a file of weights, tensor by tensor, as a record: from headers alone, values if they are asked for."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName, WeightsError
from dataflow_cli.files.npz import listed
from dataflow_cli.files.problem import reported
from dataflow_cli.globs import matching
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.statistics import Moments
    from dataflow_cli.shapes import Shape
    from dataflow_cli.weights.file import WeightsFile


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file."""

    name: str
    shape: Shape | None
    """None where the file's entry is none of numbers, or of a type that is not read."""
    dtype: str | None
    """The type's name, `float32`, `bfloat16`."""
    nbytes: int | None
    """Bytes of data in the file, before packing."""
    fault: str = ""
    """Why it is not read."""
    values: Moments | None = None
    """What its numbers are like; None if they were not read."""

    @property
    def count(self) -> int | None:
        """Number of elements."""
        return None if self.shape is None else math.prod(self.shape)


@dataclass(frozen=True)
class Listing:
    """The tensors of a file, in its order."""

    path: str
    origin: str
    """`torch` if the file says that PyTorch wrote it."""
    tensors: tuple[Tensor, ...]


def listing(file: WeightsFile, patterns: Sequence[str] = (), *, values: bool = False) -> Listing:
    """What a file holds: all of it, or the tensors that a GLOB means; with `values` what their numbers are like.

    A part of a tensor at a time is in memory. Raises UnknownName for a pattern that means nothing, WeightsError for
    damaged values.
    """
    tensors = (_tensor(file, name, values=values) for name in wanted_names(file, patterns))
    return Listing(str(file.path), file.arrays.origin, tuple(tensors))


def wanted_names(file: WeightsFile, patterns: Sequence[str]) -> tuple[str, ...]:
    """The names that the patterns mean; all without any. Raises UnknownName."""
    names = file.arrays.names

    def unknown(pattern: str) -> None:
        raise UnknownName(f"{file.path}: no tensor is called '{pattern}'", hint=listed(names))

    return matching(patterns, names, unknown) if patterns else names


def _tensor(file: WeightsFile, name: str, *, values: bool) -> Tensor:
    if name in file.faults:
        return Tensor(name, None, None, None, file.faults[name].message)
    header = file.headers[name]
    found = _moments(file, name) if values else None
    return Tensor(name, header.shape, header.dtype, header.nbytes, values=found)


def _moments(file: WeightsFile, name: str) -> Moments:
    """What the numbers of a tensor are like, part by part: it may be larger than the memory."""
    from dataflow_cli.files.stored import numbers
    from dataflow_cli.kernels.statistics import Moments, moments

    header = file.headers[name]
    with reported(WeightsError, file.path):
        parts = (numbers(np.frombuffer(chunk, np.uint8), header) for chunk in file.arrays.chunks(name))
        return reduce(Moments.merged, map(moments, parts), Moments())
