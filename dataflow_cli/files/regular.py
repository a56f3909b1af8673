"""A look at a file before it is opened: only a regular file has a size, ends, and makes nobody wait.

A pipe without a writer is waited for forever, a device may never end, and to open one may do something. Who wants to
wait for a pipe writes `-`.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem

if TYPE_CHECKING:
    from pathlib import Path

_PIPED = "write the data to a file first; a network or an input can be piped into standard input and named -"
_OTHERS = {
    stat.S_IFIFO: ("a pipe", _PIPED),
    stat.S_IFCHR: ("a device", _PIPED),
    stat.S_IFBLK: ("a device", "copy what is wanted of it into a file"),
    stat.S_IFSOCK: ("a socket", "write what it sends to a file first"),
    stat.S_IFDIR: ("a folder", "name the files in it"),
}


def regular_size(path: str | Path) -> int:
    """The number of bytes of the regular file at `path`, links followed. Raises OSError, and FileProblem if it is none.

    Files of size 0 must not be read: those that the system makes up (/proc) say so and may never end.
    """
    if "\0" in str(path):
        raise FileProblem("a path cannot hold a NUL character")
    found = os.stat(path)  # noqa: PTH116  importing pathlib takes longer than reading
    if stat.S_ISREG(found.st_mode):
        return found.st_size
    what, hint = _OTHERS.get(stat.S_IFMT(found.st_mode), ("no regular file", "copy it into one"))
    raise FileProblem(f"is {what}, expected a file", hint=hint)
