"""What of an input's files is wanted: all samples or one, in how much memory, with which column kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.part import Part
from dataflow_cli.inputs.fit import fitted
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.inputs.columns import LabelColumn
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Array, Shape


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the files of an input."""

    only: int | None = None
    """The number of the one sample that is read, over all files; None reads all."""
    room: float = DATA_LIMIT
    """The most bytes that samples may take."""
    label_column: str | None = None
    """The number, from 0, or the heading of a column of labels in tables; it is no part of the samples."""
    classes: tuple[str, ...] = ()
    """The classes' names, that such labels may be."""

    def column(self) -> LabelColumn | None:
        """A column of labels to be filled from one file."""
        if self.label_column is None:
            return None
        from dataflow_cli.inputs.classes import ClassNames
        from dataflow_cli.inputs.columns import LabelColumn

        return LabelColumn(self.label_column, ClassNames(self.classes))


ALL = Wanted()


class Fitting:
    """Looks at an array's shape before its data is read: whether it fits, and which part of it is wanted."""

    def __init__(self, spec: InputSpec, only: int | None, *, flat: bool = False) -> None:
        self.spec = spec
        self.only = only
        """The number of the wanted sample in this file; it may have none such."""
        self.flat = flat
        self.target: Shape | None = None
        """The shape (N, *sample) of all that the file has."""
        self.part: Part | None = None

    def __call__(self, shape: Shape) -> Part | None:
        """The part that is wanted of an array of this shape. Raises FileProblem if it does not fit."""
        self.target = fitted(shape, self.spec, flat=self.flat)
        if self.only is not None:
            self.part = Part(self.only, 1, self.total) if 0 <= self.only < self.total else Part(0, 0, self.total)
        return self.part

    @property
    def total(self) -> int:
        """How many samples the file has."""
        return self.target[0] if self.target else 0

    @property
    def shape(self) -> Shape:
        """The shape (n, *sample) of what is wanted."""
        count = self.total if self.part is None else self.part.count
        return (count, *(self.target or ())[1:])

    def taken(self, array: Array) -> Array:
        """What is wanted of an array that was read whole."""
        if self.part is None:
            return array
        rows: Array = array.reshape(self.total, array.size // self.total)
        return rows[self.part.first : self.part.first + self.part.count].copy()
