"""Tensors that are known before the network runs: parameters, sizes, and what follows from them.

A few numbers are held as Python's, by which sizes that are not known stay what they are (`?`). Larger arrays stay in
the file until somebody asks for their values: shapes are all that wiring needs.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.stored import ITEM_SIZES, TensorHeader
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dataflow_cli.importers.onnx.tensors import Tensor
    from dataflow_cli.shapes import Array, Shape

    Number = int | float | bool

FEW = 4096
"""Elements up to which numbers may be looked at one by one."""
_PART = 2**18
_MOST = 2**28
"""Elements of an array that is worked out here."""
UNSIZED = "give the sizes of the inputs with --shape, such as --shape 128, or export it with fixed ones"


class Batch(Unknown):
    """The number of samples, which is not known: what is reckoned from it is not known either."""

    __slots__ = ()


BATCH = Batch(20161)
"""Another number than what stands for sizes that are not known."""


@dataclass(frozen=True)
class Constant:
    """A tensor of known numbers."""

    shape: Shape
    dtype: str
    few: tuple[Number, ...] | None = None
    """Its numbers in a row."""
    make: Callable[[], Array] | None = None
    """Else what gives them."""
    tensor: Tensor | None = None
    """The tensor of the file that has the same numbers, in whatever order."""
    name: str = ""
    """What it is called in the file."""

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """Its numbers in a row, of few. Raises FieldError, FileProblem."""
        if self.few is not None:
            return self.few
        if self.count > FEW:
            raise FieldError(f"it has {self.count:,} numbers where a few are expected")
        if self.tensor is not None and self.tensor.dims == self.shape:
            return tuple(self.tensor.plain())
        return tuple(self.array().reshape(-1).tolist())

    def integers(self) -> list[int]:
        """Its numbers as sizes, axes or places; those that are not known stay so. Raises FieldError."""
        if any(isinstance(number, float) and not number.is_integer() for number in self.numbers):
            raise FieldError("whole numbers are expected")
        return [number if isinstance(number, Unknown) else int(number) for number in self.numbers]

    def scalar(self) -> Number:
        """The one number that it has. Raises FieldError if there are more."""
        if self.count != 1:
            raise FieldError(f"one number is expected, not {self.count:,}")
        return self.numbers[0]

    @property
    def uniform(self) -> Number | None:
        """The number that all of its elements are, as far as it is quickly seen; None else."""
        if self.few is None and not (self.count and self.count <= FEW and self.make is None):
            return None
        numbers = self.numbers
        return numbers[0] if numbers and all(number == numbers[0] for number in numbers) else None

    def array(self) -> Array:
        """The array. Raises FieldError if it depends on sizes that are not known, or is too large; FileProblem."""
        if not is_known(self.shape) or (self.few is not None and not is_known(self.few)):  # type: ignore[arg-type]
            raise FieldError("it depends on sizes that are not known", hint=UNSIZED)
        if self.make is not None:
            return self.make()
        if self.few is None:
            return self.tensor.read().reshape(self.shape)  # type: ignore[union-attr]
        dtype = "float32" if self.dtype == "bfloat16" else self.dtype
        if self.count > _MOST:
            raise FieldError(f"an array of {self.count:,} numbers")
        if len(self.few) == 1:
            return np.broadcast_to(np.array(self.few[0], dtype), self.shape)
        return np.array(self.few, dtype).reshape(self.shape)

    def transposed(self, axes: Sequence[int]) -> Constant:
        """With its axes in another order."""
        axes = tuple(axes)
        shape = tuple(self.shape[axis] for axis in axes)
        if axes == tuple(range(len(axes))):
            return self
        if self.few is not None and len(self.few) == 1:
            return Constant(shape, self.dtype, self.few, name=self.name)
        return Constant(shape, self.dtype, None, lambda: self.array().transpose(axes), self.tensor, self.name)

    def reshaped(self, shape: Sequence[int]) -> Constant:
        """With its numbers counted by other axes. Raises FieldError if there are not as many."""
        shape = tuple(shape)
        if shape == self.shape:
            return self
        if is_known(shape) and is_known(self.shape) and math.prod(shape) != self.count:
            raise FieldError(f"'{self.name}' has {self.count:,} numbers where {math.prod(shape):,} are expected")
        if self.few is not None:
            return Constant(shape, self.dtype, self.few, None, self.tensor, self.name)
        return Constant(shape, self.dtype, None, lambda: self.array().reshape(shape), self.tensor, self.name)

    def changed(self, change: Callable[[Array], Array], shape: Shape | None = None, dtype: str = "") -> Constant:
        """What a function makes of its array, which has the shape and type that are named, else the same."""
        shape = self.shape if shape is None else shape
        return Constant(shape, dtype or self.dtype, None, lambda: change(self.array()), None, self.name)

    def of_sample(self, axis: int) -> Constant | None:
        """What one sample has, where these lie along an axis and all have the same; None if they have not."""
        sample = (*self.shape[:axis], *self.shape[axis + 1 :])
        if self.shape[axis] == 1:
            return self.reshaped(sample)
        return None if self.uniform is None else filled(sample, self.uniform, self.dtype)

    def header(self) -> TensorHeader:
        """What it is like as a stored array. Raises FileProblem for a type that is none of numbers."""
        if self.dtype not in ITEM_SIZES:
            raise FileProblem(f"'{self.name}' is of {self.dtype}, which is not read")
        return TensorHeader(self.shape, self.dtype)

    def chunks(self) -> Iterator[bytes]:
        """The bytes of its numbers, in any order, in parts of whole numbers. Raises FileProblem."""
        if self.tensor is not None and self.tensor.is_raw:
            raw = self.tensor.bytes(self.tensor.header())
            yield from (bytes(raw[start : start + _PART]) for start in range(0, len(raw), _PART))
            return
        array = self.array()
        yield (
            array.astype(self.dtype)
            if self.dtype != "bfloat16"
            else np.ascontiguousarray(array).reshape(-1).view("uint16")[1::2]
        ).tobytes()


def of_tensor(tensor: Tensor) -> Constant:
    """A tensor of the file. Raises FileProblem for a shape that no machine can hold."""
    from dataflow_cli.files.stored import check_shape

    return Constant(check_shape(tensor.dims), tensor.dtype, tensor=tensor, name=tensor.name)


def of_array(array: Array) -> Constant:
    """An array that was worked out."""
    dtype = array.dtype.name
    if array.size <= FEW:
        return Constant(array.shape, dtype, tuple(array.reshape(-1).tolist()))
    return Constant(array.shape, dtype, make=lambda: array)


def of_numbers(numbers: Iterable[Number], shape: Sequence[int] | None = None, dtype: str = "int64") -> Constant:
    """A few numbers, by default along one axis."""
    numbers = tuple(numbers)
    return Constant((len(numbers),) if shape is None else tuple(shape), dtype, numbers)


def filled(shape: Sequence[int], number: Number, dtype: str) -> Constant:
    """One number everywhere; takes no memory, however large."""
    shape = tuple(shape)
    return Constant(
        shape, dtype, (number,) * math.prod(shape) if is_known(shape) and math.prod(shape) <= FEW else (number,)
    )
