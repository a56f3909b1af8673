"""Where bytes come from: a file that is read in parts, or bytes already in memory (standard input)."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import BinaryIO

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.regular import regular_size
from dataflow_cli.records import dataclass

PIPE_LIMIT = 2**30
"""The most bytes that are taken from a pipe, which has no size to ask for."""


@dataclass(frozen=True)
class Source:
    """Bytes with a name to show. `data` is a regular file, or the bytes themselves."""

    name: str
    data: bytes | Path

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data) if isinstance(self.data, bytes) else self.data.stat().st_size

    def open(self) -> BinaryIO:
        """A seekable stream at the first byte."""
        return io.BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb")

    def head(self, size: int = 512) -> bytes:
        """The first bytes, by which a format is known."""
        with self.open() as stream:
            return stream.read(size)

    def read(self, limit: int) -> bytes:
        """All bytes. Raises FileProblem if there are more than `limit`."""
        if self.size > limit:
            raise FileProblem(f"{self.size:,} bytes, at most {limit:,} are read", hint="split the file")
        with self.open() as stream:
            return stream.read(limit)


def from_path(path: str | Path) -> Source:
    """The regular file at `path`. Raises OSError, and FileProblem if it is none, or empty."""
    if regular_size(path) == 0:
        raise FileProblem("is empty", hint="write or copy it again")
    return Source(str(path), Path(path))


def from_stream(name: str, stream: BinaryIO, room: float = math.inf) -> Source:
    """Everything that a stream still holds. Raises FileProblem if that is more than PIPE_LIMIT, or than `room`."""
    limit = int(min(PIPE_LIMIT, room))
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise FileProblem(f"more than {limit:,} bytes from a pipe", hint="write them to a file first")
    return Source(name, data)
