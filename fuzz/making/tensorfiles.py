"""Files of tensors written byte by byte, as safetensors and PyTorch write them, without either."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STORAGES = {"<f4": "Float", "<f8": "Double", "<f2": "Half", "|u1": "Byte", "|i1": "Char", "<i4": "Int", "<i8": "Long"}
KINDS = {"<f4": "F32", "<f8": "F64", "<f2": "F16", "|u1": "U8", "|i1": "I8", "<i4": "I32", "<i8": "I64", "|b1": "BOOL"}
LEGACY = (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", b"\x80\x02M\xe9\x03.")


def safetensors(arrays: Mapping[str, Any], **more: Any) -> bytes:
    """A file of arrays; `more` are entries of the header as they are to be, `data` bytes that follow."""
    data: bytes = more.pop("data", b"")
    header: dict[str, Any] = {}
    for name, array in arrays.items():
        header[name] = entry(KINDS[array.dtype.str], array.shape, len(data), len(data) + array.nbytes)
        data += array.tobytes()
    return framed(json.dumps(header | more).encode(), data)


def framed(header: bytes, data: bytes = b"") -> bytes:
    """A header of safetensors with its length before it."""
    return struct.pack("<Q", len(header)) + header + data


def entry(kind: str, shape: Sequence[int], start: Any, end: int) -> dict[str, Any]:
    """What a header says of one tensor."""
    return {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}


def text(words: str) -> bytes:
    """A pickle's words for text."""
    encoded = words.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def number(value: int) -> bytes:
    """A pickle's words for an integer."""
    return b"\x8a\x08" + struct.pack("<q", value)


def numbers(values: Iterable[int]) -> bytes:
    """A pickle's words for a tuple of integers."""
    return b"(" + b"".join(map(number, values)) + b"t"


def name(module: str, called: str) -> bytes:
    """A pickle's words for what a module calls so."""
    return f"c{module}\n{called}\n".encode()


def storage(key: str, dtype: str, count: int) -> bytes:
    """A pickle's words for a storage."""
    kind = name("torch", STORAGES[dtype] + "Storage")
    return b"(" + text("storage") + kind + text(key) + text("cpu") + number(count) + b"tQ"


def tensor(
    key: str, array: Any, *, offset: int = 0, shape: Sequence[int] | None = None, strides: Sequence[int] | None = None
) -> bytes:
    """The pickle's words for an array of its own storage, unless it is to say something else."""
    own = [step // array.itemsize for step in array.strides]
    axes = numbers(array.shape if shape is None else shape)
    view = number(offset) + axes + numbers(own if strides is None else strides)
    stored = storage(key, array.dtype.str, array.size)
    return name("torch._utils", "_rebuild_tensor_v2") + b"(" + stored + view + b"\x89" + table({}) + b"tR"


def table(values: Mapping[str, bytes]) -> bytes:
    """An OrderedDict of words for values."""
    items = b"".join(text(key) + value for key, value in values.items())
    return name("collections", "OrderedDict") + b")R(" + items + b"u"


def pickled(words: bytes) -> bytes:
    """Words as a whole pickle."""
    return b"\x80\x02" + words + b"."


def torch_zip(words: bytes, storages: Mapping[str, Any], root: str = "net", **members: str) -> bytes:
    """What torch.save writes since 1.6: the pickle's words, and arrays by key."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"{root}/data.pkl", pickled(words))
        for key, array in storages.items():
            archive.writestr(f"{root}/data/{key}", array.tobytes())
        for member, content in members.items():
            archive.writestr(f"{root}/{member}", content)
    return stream.getvalue()


def torch_stream(words: bytes, storages: Mapping[str, Any]) -> bytes:
    """What torch.save wrote before."""
    keys = b"]" + b"(" + b"".join(map(text, storages)) + b"e"
    start = b"".join((*LEGACY, pickled(b"}" + text("little_endian") + b"\x88s"), pickled(words), pickled(keys)))
    return start + b"".join(struct.pack("<q", array.size) + array.tobytes() for array in storages.values())


def state_dict(arrays: Mapping[str, Any]) -> bytes:
    """A file of torch.save with these arrays, those of types that PyTorch has no storage for left out."""
    known = {key: array for key, array in arrays.items() if array.dtype.str in STORAGES}
    return torch_zip(table({key: tensor(key, array) for key, array in known.items()}), known)
