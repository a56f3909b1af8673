"""The idx format of MNIST, plain or gzipped: two zero bytes, type, number of axes, their lengths, data (big-endian)."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflow_cli.files.foreign import GZIP_MAGIC
from dataflow_cli.files.npy import DATA_LIMIT, read_bytes, read_exactly
from dataflow_cli.files.npz import DEFLATE_RATIO
from dataflow_cli.files.part import check_room, skip
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.first_bytes import IDX_TYPES, is_idx
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.files.part import Part
    from dataflow_cli.files.source import Source
    from dataflow_cli.shapes import Array


_CUT = "the file is cut off; download or copy it again"
Accepts = Callable[[tuple[int, ...]], "Part | None"]
"""Called with the shape before any data is read: which part of it is wanted. Raises FileProblem if it does not fit."""


@dataclass(frozen=True)
class IdxHeader:
    """What an idx file says about its data."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def nbytes(self) -> int:
        """Number of bytes of data."""
        return math.prod(self.shape) * int(self.dtype[-1])


def read_idx(source: Source, accepts: Accepts = lambda _: None, room: float = DATA_LIMIT) -> Array:
    """The array of an idx file, in this machine's byte order. Raises FileProblem and OSError."""
    packed = source.head(2) == GZIP_MAGIC
    with source.open() as raw:
        if not packed:
            return _array(raw, accepts, source.size, room, exact=True)
        with _unpacked(raw) as stream:
            return _array(stream, accepts, source.size * DEFLATE_RATIO, room, exact=False)


def _array(stream: BinaryIO, accepts: Accepts, most: int, room: float, *, exact: bool) -> Array:
    """Reads header and data of a stream that holds `most` bytes, or if not `exact` at most as many."""
    header, begin = _header(stream)
    part = accepts(header.shape)
    found = most - begin
    if header.nbytes > found or (exact and header.nbytes < found):
        bound = f"{found:,} bytes of data follow" if exact else "the packed file is too short for that"
        raise FileProblem(f"the header says {header.nbytes:,} bytes of data, but {bound}", hint=_CUT)
    start, size = (0, header.nbytes) if part is None else part.bytes_of(header.nbytes)
    check_room(size, room, lambda: f"an array of shape {header.shape}")
    skip(stream, start)
    data = read_bytes(stream, size)
    if part is None and stream.read(1):
        raise FileProblem(f"holds more than the {header.nbytes:,} bytes of data that its header says", hint=_CUT)
    values = data.view(np.dtype(header.dtype))
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    return values.reshape(header.shape if part is None else (part.count, math.prod(header.shape) // part.of))


def _header(stream: BinaryIO) -> tuple[IdxHeader, int]:
    magic = read_exactly(stream, 4, "the header")
    if not is_idx(magic):
        raise FileProblem(
            f"begins with {magic.hex(' ')}, expected the header of an idx file, such as 00 00 08 03",
            hint="unpack it with gunzip if it holds something else",
        )
    axes = read_exactly(stream, 4 * magic[3], "the header")
    shape = tuple(int.from_bytes(axes[start : start + 4], "big") for start in range(0, len(axes), 4))
    return IdxHeader(shape, IDX_TYPES[magic[2]]), 4 + len(axes)


@contextmanager
def _unpacked(raw: BinaryIO) -> Iterator[BinaryIO]:
    import gzip

    try:
        with gzip.GzipFile(fileobj=raw) as stream:
            yield cast("BinaryIO", stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileProblem(f"damaged gzip ({str(error).lower().rstrip('.')})", hint=_CUT) from error
