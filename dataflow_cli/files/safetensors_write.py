"""Writing safetensors: the same arrays give the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Array

_TYPES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "int64": "I64",
    "uint64": "U64",
    "float64": "F64",
}
_ALIGNED = 8
"""The data begin at a multiple of it, so that they can be mapped into memory."""


def safetensors_bytes(arrays: Mapping[str, Array]) -> bytes:
    """A whole file with these arrays, in their order."""
    header, parts, at = {}, [], 0
    for name, array in arrays.items():
        little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        header[name] = {
            "dtype": _TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [at, at + little.nbytes],
        }
        parts.append(little.tobytes())
        at += little.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNED)
    return b"".join((len(text).to_bytes(8, "little"), text, *parts))
