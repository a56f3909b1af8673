"""The safetensors format: a JSON header that says where each tensor stands, and raw little-endian bytes.

    length of the header (8 bytes, little-endian), header: {"name": {"dtype": "F32", "shape": [3, 4],
    "data_offsets": [0, 48]}, ..., "__metadata__": {...}}, data

Tensors must lie one behind the other and fill the file to its end, as the format's specification has it
(https://github.com/huggingface/safetensors): whatever claims otherwise is refused before memory is taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.npy import MAP_FROM, read_bytes, read_exactly
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.regular import regular_size
from dataflow_cli.files.stored import TensorHeader, check_memory, check_shape, numbers
from dataflow_cli.files.untrusted_json import read_json
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO, Self

    from dataflow_cli.shapes import Array

HEADER_LIMIT = 2**24
"""The most bytes of header that are read: more than a hundred thousand tensors."""
_TYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "F8_E4M3": "float8_e4m3",
    "F8_E5M2": "float8_e5m2",
    "I16": "int16",
    "U16": "uint16",
    "F16": "float16",
    "BF16": "bfloat16",
    "I32": "int32",
    "U32": "uint32",
    "F32": "float32",
    "I64": "int64",
    "U64": "uint64",
    "F64": "float64",
}
_METADATA = "__metadata__"
_PART = 2**18
_CUT = "the file is damaged or cut off; write or copy it again"
_REWRITE = "write the file again with safetensors' save_file"


@dataclass(frozen=True)
class _Tensor:
    """One tensor: what it is like, and its first byte in the file."""

    header: TensorHeader
    start: int


class Safetensors:
    """The tensors of an open file by name. Headers cost no NumPy; large tensors are memory-mapped."""

    def __init__(
        self, path: Path, stream: BinaryIO, tensors: Mapping[str, _Tensor], faults: Mapping[str, FileProblem]
    ) -> None:
        self._path = path
        self._stream = stream
        self._tensors = tensors
        self._faults = faults
        self.origin = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The tensors' names, in the order of the header."""
        return (*self._tensors, *self._faults)

    def header(self, name: str) -> TensorHeader:
        """What a tensor is like. Raises FileProblem for a type that is not read."""
        return self._tensor(name).header

    def read(self, name: str) -> Array:
        """A tensor; read-only if it is large. Raises FileProblem."""
        tensor = self._tensor(name)
        header = tensor.header
        check_memory(header)
        if header.nbytes >= MAP_FROM:
            data: Array = np.asarray(np.memmap(self._path, np.uint8, "r", tensor.start, (header.nbytes,)))
        else:
            self._stream.seek(tensor.start)
            data = read_bytes(self._stream, header.nbytes)
        return numbers(data, header).reshape(header.shape)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A tensor's data as it is stored, in parts of whole numbers. Raises FileProblem."""
        tensor = self._tensor(name)
        self._stream.seek(tensor.start)
        for start in range(0, tensor.header.nbytes, _PART):
            yield read_exactly(self._stream, min(_PART, tensor.header.nbytes - start), "its data")

    def _tensor(self, name: str) -> _Tensor:
        if name in self._faults:
            raise self._faults[name]
        return self._tensors[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def is_safetensors(start: bytes, size: int) -> bool:
    """Whether a file begins as one of this format does: a length that fits into `size` bytes, then JSON."""
    return start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= size - 8


def open_safetensors(path: str | Path) -> Safetensors:
    """Opens a file. Raises FileProblem if it is damaged or lies about itself, OSError if it cannot be opened."""
    size = regular_size(path)
    stream = Path(path).open("rb")  # noqa: SIM115  closed by what is returned
    try:
        fields, first = _header(stream, size)
        metadata = fields.pop(_METADATA, {})
        tensors, faults = _tensors(fields, first, size)
    except BaseException:
        stream.close()
        raise
    opened = Safetensors(Path(path), stream, tensors, faults)
    if isinstance(metadata, dict) and metadata.get("format") == "pt":
        opened.origin = "torch"
    return opened


def _header(stream: BinaryIO, size: int) -> tuple[dict[str, Any], int]:
    """The header, and where the data begins."""
    length = int.from_bytes(read_exactly(stream, 8, "the header"), "little")
    if length > size - 8:
        raise FileProblem(f"its header claims {length:,} bytes, but {size - 8:,} follow", hint=_CUT)
    if length > HEADER_LIMIT:
        raise FileProblem(f"a header of {length:,} bytes, at most {HEADER_LIMIT:,} are read", hint="split the file")
    return read_json(read_exactly(stream, length, "the header"), "its header"), 8 + length


def _tensors(fields: Mapping[str, Any], first: int, size: int) -> tuple[dict[str, _Tensor], dict[str, FileProblem]]:
    """Every tensor, and what is wrong with those of types that are not read."""
    tensors: dict[str, _Tensor] = {}
    faults: dict[str, FileProblem] = {}
    spans: list[tuple[int, int]] = []
    for name, entry in fields.items():
        if not name or not name.isprintable():
            raise FileProblem(f"holds a tensor with the name '{printable(name)}'", hint="give it a printable name")
        try:
            dtype, shape, span = _entry(entry)
            spans.append(span)
            tensors[name] = _Tensor(_checked(dtype, shape, span), first + span[0])
        except _UnreadTypeError as problem:
            faults[name] = FileProblem(f"tensor '{name}': {problem.message}", hint=problem.hint)
        except FileProblem as problem:
            raise FileProblem(f"tensor '{name}': {problem.message}", hint=problem.hint or _REWRITE) from problem
    _check_spans(spans, size - first)
    return tensors, faults


class _UnreadTypeError(FileProblem):
    """A type of numbers that is not read."""


def _entry(entry: object) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FileProblem("an entry without exactly dtype, shape and data_offsets")
    dtype, span = entry["dtype"], entry["data_offsets"]
    if not isinstance(dtype, str):
        raise FileProblem("a dtype that is no text")
    if not isinstance(span, list) or len(span) != 2 or not all(type(one) is int for one in span):
        raise FileProblem("data_offsets that are not two integers")
    if not 0 <= span[0] <= span[1]:
        raise FileProblem(f"data_offsets [{span[0]}, {span[1]}], which end before they begin")
    return dtype, check_shape(entry["shape"]), (span[0], span[1])


def _checked(dtype: str, shape: tuple[int, ...], span: tuple[int, int]) -> TensorHeader:
    if dtype not in _TYPES:
        raise _UnreadTypeError(
            f"holds elements of type '{printable(dtype)[:40]}', which are not read", hint="convert it to F32 or BF16"
        )
    header = TensorHeader(shape, _TYPES[dtype])
    if header.nbytes != span[1] - span[0]:
        needed = f"{header.count:,} elements of {header.itemsize} bytes are {header.nbytes:,} bytes"
        raise FileProblem(f"{needed}, its offsets span {span[1] - span[0]:,}")
    return header


def _check_spans(spans: list[tuple[int, int]], available: int) -> None:
    """Raises FileProblem unless the tensors lie one behind the other, from the first byte of data to the last."""
    end = 0
    for start, stop in sorted(spans):
        if start != end:
            how = "overlap" if start < end else "leave a hole"
            raise FileProblem(f"its tensors {how} at byte {start:,}", hint=_REWRITE)
        end = stop
    if end != available:
        raise FileProblem(f"its tensors take {end:,} bytes, but {available:,} bytes of data follow", hint=_CUT)
