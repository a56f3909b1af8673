"""Numbers as text in the page: little-endian bytes, shuffled, deflated, as base64.

Shuffling puts first bytes beside first bytes: exponents of neighbours are alike, and what is alike packs well.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

_LEVEL = 6
_RAW = -15
"""Without zlib's header, as browsers unpack `deflate-raw`."""


def shuffled(array: Array) -> bytes:
    """The first bytes of all numbers, then the second ones, and so on."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return little.view(np.uint8).reshape(-1, array.dtype.itemsize).T.tobytes()


def packed(array: Array) -> str:
    """An array of at least one axis as the page holds it."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return b64encode(deflate.compress(shuffled(array)) + deflate.flush()).decode("ascii")
