r"""A PyTorch file of before 1.6: pickles one behind the other, then the storages.

magic number, version of the protocol, byte order and sizes, what was saved, the storages' keys (a pickle each);
then for every key the number of elements (8 bytes) and the elements
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dataflow_cli.files.npy import read_bytes, read_exactly
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.regular import regular_size
from dataflow_cli.files.stored import ITEM_SIZES
from dataflow_cli.files.torch_pickle import PICKLE_LIMIT, read_pickle
from dataflow_cli.files.torch_tensors import TorchTensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import BinaryIO

    from dataflow_cli.files.torch_names import StorageRef
    from dataflow_cli.shapes import Array

START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""What torch.save wrote first: its magic number, pickled."""
_DAMAGED = "the file is damaged or cut off; write or copy it again"


class _StreamStorages:
    """The storages of an open stream, by their first byte and their length."""

    def __init__(self, stream: BinaryIO, spans: Mapping[str, tuple[int, int]], *, big_endian: bool) -> None:
        self._stream = stream
        self._spans = spans
        self.big_endian = big_endian

    def size(self, key: str) -> int:
        """Bytes of a storage. Raises FileProblem if there is none."""
        if key not in self._spans:
            raise FileProblem("its numbers are missing from the file")
        return self._spans[key][1]

    def read(self, key: str, start: int, count: int) -> Array:
        """`count` bytes from byte `start` on. Raises FileProblem."""
        self._stream.seek(self._spans[key][0] + start)
        return read_bytes(self._stream, count)

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()


def open_torch_stream(path: Path) -> TorchTensors:
    """Opens a file that torch.save wrote before 1.6. Raises FileProblem, OSError."""
    size = regular_size(path)
    stream = path.open("rb")
    try:
        head = io.BytesIO(stream.read(PICKLE_LIMIT))
        head.seek(len(START))
        _version, system, saved, keys = (read_pickle(head) for _ in range(4))
        little = not isinstance(system.found, dict) or system.found.get("little_endian", True) is not False
        spans = _spans(stream, head.tell(), size, keys.found, saved.storages)
        return TorchTensors(saved.found, _StreamStorages(stream, spans, big_endian=not little))
    except BaseException:
        stream.close()
        raise


def _spans(
    stream: BinaryIO, position: int, size: int, keys: object, storages: Mapping[str, StorageRef]
) -> dict[str, tuple[int, int]]:
    """The first byte of every storage and its length. Raises FileProblem if the file ends before."""
    if not isinstance(keys, list):
        raise FileProblem("no list of storages where one stands", hint=_DAMAGED)
    spans: dict[str, tuple[int, int]] = {}
    for key in map(str, keys):
        stream.seek(position)
        count = int.from_bytes(read_exactly(stream, 8, "its data"), "little")
        if key not in storages or count != storages[key].count:
            raise FileProblem(f"storage {printable(key)[:40]} is another than its tensors say", hint=_DAMAGED)
        spans[key] = position + 8, count * ITEM_SIZES.get(storages[key].dtype, 1)
        position += 8 + spans[key][1]
        if position > size:
            raise FileProblem(f"ends after {size:,} of {position:,} bytes", hint=_DAMAGED)
    return spans
