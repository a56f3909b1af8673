"""How a file begins, by which what it holds is known before anybody says what it should hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.regular import regular_size

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 256
"""Bytes that tell all that is asked."""


def beginning(path: str | Path) -> bytes:
    """The first bytes of a regular file; none of what is no such file or cannot be read, which its reader will say."""
    try:
        if not regular_size(path):
            return b""
        with open(path, "rb") as stream:  # noqa: PTH123  importing pathlib takes longer than reading
            return stream.read(SIZE)
    except (OSError, FileProblem):
        return b""


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is a zip archive, as .npz files are."""
    return head.startswith(b"PK\x03\x04")
