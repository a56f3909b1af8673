"""Fingerprints of arrays: SHA-256 over type, shape and numbers, the same on every machine and in every file format."""

from __future__ import annotations

import sys
from hashlib import sha256
from typing import TYPE_CHECKING

from dataflow_cli.files.npy import bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflow_cli.shapes import Array, Shape

DIGITS = 64
"""Of a fingerprint, hexadecimal."""


class Fingerprint:
    r"""Of one array, part by part along its first axis.

    What is hashed is a line, `float32 1,28,28,1\n`, and then the numbers, little-endian, the last axis fastest.
    """

    def __init__(self, dtype: str, shape: Shape) -> None:
        self._hash = sha256(f"{dtype} {','.join(map(str, shape))}\n".encode())

    def add(self, part: Array) -> None:
        """The next numbers."""
        if sys.byteorder == "big":
            part = part.byteswap()
        self._hash.update(bytes_of(part))

    def text(self) -> str:
        """The fingerprint of what was added."""
        return self._hash.hexdigest()


def fingerprint(array: Array) -> str:
    """The fingerprint of an array."""
    found = Fingerprint(array.dtype.name, array.shape)
    found.add(array)
    return found.text()


def joined(fingerprints: Mapping[str, str]) -> str:
    r"""One for several arrays by name: the SHA-256 of the lines `name fingerprint\n`, sorted by name."""
    return of_text("".join(f"{name} {fingerprints[name]}\n" for name in sorted(fingerprints)))


def of_arrays(arrays: Iterable[tuple[str, Array]]) -> str:
    """The fingerprint of several arrays with their names."""
    return joined({name: fingerprint(array) for name, array in arrays})


def of_text(text: str) -> str:
    """The SHA-256 of a text, as UTF-8."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
