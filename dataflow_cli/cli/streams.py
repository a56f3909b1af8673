"""The three standard streams, which a caller may have closed, filled up or stopped reading."""

from __future__ import annotations

import os
import sys
from typing import TextIO

STDIN, STDOUT, STDERR = 0, 1, 2


def ready_streams() -> None:
    """Give every closed standard stream (`>&-`) something to be.

    Otherwise the next file that is opened takes its number and is written to by mistake. Writing to a closed stdout and
    reading a closed stdin stay errors; what is written to a closed stderr is lost.
    """
    if sys.stdin is None:
        sys.stdin = _reopened(STDIN, os.O_WRONLY, "r")
    if sys.stdout is None:
        sys.stdout = _reopened(STDOUT, os.O_RDONLY, "w")
    if sys.stderr is None:
        sys.stderr = _reopened(STDERR, os.O_WRONLY, "w")


def _reopened(number: int, access: int, mode: str) -> TextIO:
    nothing = os.open(os.devnull, access)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
    return open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)  # type: ignore[return-value]


def abandon(number: int) -> None:
    """Point a stream at nothing, so that Python's last flush cannot fail again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
