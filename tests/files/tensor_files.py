"""Files of tensors written byte by byte, as safetensors and PyTorch write them, without either."""

from __future__ import annotations

import io
import json
import struct
import zipfile

STORAGES = {"<f4": "Float", "<f8": "Double", "<f2": "Half", "|u1": "Byte", "|i1": "Char", "<i4": "Int", "<i8": "Long"}
KINDS = {"<f4": "F32", "<f8": "F64", "<f2": "F16", "|u1": "U8", "|i1": "I8", "<i4": "I32", "<i8": "I64", "|b1": "BOOL"}
LEGACY = (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", b"\x80\x02M\xe9\x03.")


def safetensors(arrays, **more):
    """A file of arrays; `more` are entries of the header as they are to be, `data` bytes that follow."""
    data, header = more.pop("data", b""), {}
    for name, array in arrays.items():
        header[name] = entry(KINDS[array.dtype.str], array.shape, len(data), len(data) + array.nbytes)
        data += array.tobytes()
    return framed(json.dumps(header | more).encode(), data)


def framed(header, data=b""):
    return struct.pack("<Q", len(header)) + header + data


def entry(kind, shape, start, end):
    return {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}


def text(words):
    encoded = words.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def number(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def numbers(values):
    return b"(" + b"".join(map(number, values)) + b"t"


def name(module, called):
    return f"c{module}\n{called}\n".encode()


def storage(key, dtype, count):
    kind = name("torch", STORAGES[dtype] + "Storage")
    return b"(" + text("storage") + kind + text(key) + text("cpu") + number(count) + b"tQ"


def tensor(key, array, *, offset=0, shape=None, strides=None):
    """The pickle's words for an array of its own storage, unless it is to say something else."""
    own = [step // array.itemsize for step in array.strides]
    shape = numbers(array.shape if shape is None else shape)
    view = number(offset) + shape + numbers(own if strides is None else strides)
    stored = storage(key, array.dtype.str, array.size)
    return name("torch._utils", "_rebuild_tensor_v2") + b"(" + stored + view + b"\x89" + table({}) + b"tR"


def table(values):
    """An OrderedDict of words for values."""
    items = b"".join(text(key) + value for key, value in values.items())
    return name("collections", "OrderedDict") + b")R(" + items + b"u"


def pickled(words):
    return b"\x80\x02" + words + b"."


def torch_zip(words, storages, root="net", **members):
    """What torch.save writes since 1.6: the pickle's words, and arrays by key."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"{root}/data.pkl", pickled(words))
        for key, array in storages.items():
            archive.writestr(f"{root}/data/{key}", array.tobytes())
        for member, content in members.items():
            archive.writestr(f"{root}/{member}", content)
    return stream.getvalue()


def torch_stream(words, storages):
    """What torch.save wrote before."""
    keys = b"]" + b"(" + b"".join(map(text, storages)) + b"e"
    start = b"".join((*LEGACY, pickled(b"}" + text("little_endian") + b"\x88s"), pickled(words), pickled(keys)))
    return start + b"".join(struct.pack("<q", array.size) + array.tobytes() for array in storages.values())
