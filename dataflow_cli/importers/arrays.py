"""The parameters that an importer found in a model, as any other file of arrays gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import FileProblem, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from dataflow_cli.files.stored import TensorHeader
    from dataflow_cli.importers.described import StoredArray
    from dataflow_cli.shapes import Array


class ImportedArrays:
    """Arrays by name, each read when it is asked for."""

    def __init__(self, arrays: Mapping[str, StoredArray]) -> None:
        self._arrays = arrays
        self.origin = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names."""
        return tuple(self._arrays)

    def header(self, name: str) -> TensorHeader:
        """What an array is like. Raises FileProblem if it is none of numbers."""
        return self._arrays[name].header()

    def read(self, name: str) -> Array:
        """An array. Raises FileProblem."""
        try:
            return self._arrays[name].array()
        except FieldError as error:
            raise FileProblem(f"'{printable(name)}': {error.message}", hint=error.hint) from error

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of an array's numbers, in any order. Raises FileProblem."""
        yield from self._arrays[name].chunks()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Nothing is open but what is mapped, which ends with the arrays."""
