"""A part of an array's data: so many of its equal parts, as many as there are samples, read without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from dataflow_cli.files.problem import TOO_LARGE, FileProblem
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 2**16


@dataclass(frozen=True)
class Part:
    """`count` of `of` equal parts of the data, from part `first` on."""

    first: int
    count: int
    of: int

    def bytes_of(self, total: int) -> tuple[int, int]:
        """Where it begins in `total` bytes of data, and how many bytes it has."""
        each = total // self.of
        return self.first * each, self.count * each


def skip(stream: BinaryIO, size: int) -> None:
    """Pass over so many bytes of a stream, or over all that there are."""
    while size > 0 and (chunk := stream.read(min(_CHUNK, size))):
        size -= len(chunk)


def check_room(size: int, room: float, what: Callable[[], str], hint: str = "") -> None:
    """Raise FileProblem, which is reported as LimitError, if `size` bytes are more than there is room for."""
    if size > room:
        hint = hint or "give fewer samples at once, or save them as a plain .npy, which is read in parts"
        raise FileProblem(f"{what()}, {size:,} bytes, at most {int(room):,} are read", hint=hint, code=TOO_LARGE)
