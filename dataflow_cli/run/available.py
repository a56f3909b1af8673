"""The memory that a program can have now, in bytes: of the machine, and of the container that it may run in."""

from __future__ import annotations

import os
from pathlib import Path

ADDRESSABLE = 2**47
"""Bytes that a process can have on the usual processors: what needs more is not tried, whatever is allowed."""
_MACHINE = Path("/proc/meminfo")
_CONTAINER = Path("/sys/fs/cgroup")
"""The control group (version 2) of a container, as it sees it itself."""


def available_bytes() -> int:
    """What is free, or can be made free; where a system does not say, all that is built in."""
    return min(_of_machine(), _of_container())


def _of_machine() -> int:
    try:
        return _numbers(_MACHINE)["MemAvailable:"] * 1024
    except (OSError, KeyError, ValueError):
        if hasattr(os, "sysconf"):
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return _of_windows()


def _of_container() -> int:
    """The limit less what is used, but for files that are only kept in case they are read again."""
    try:
        most = int((_CONTAINER / "memory.max").read_text(encoding="ascii"))
        used = int((_CONTAINER / "memory.current").read_text(encoding="ascii"))
        return max(most - used + _numbers(_CONTAINER / "memory.stat").get("inactive_file", 0), 0)
    except (OSError, ValueError):  # no container, no limit (`max`), or another kind of group
        return ADDRESSABLE


def _numbers(path: Path) -> dict[str, int]:
    """What a file of the system says, a name and a number a line."""
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) > 1}


def _of_windows() -> int:
    """What GlobalMemoryStatusEx calls available physical memory."""
    import ctypes

    library = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    status = (ctypes.c_uint64 * 8)(64)  # its own length, in the first half; then total, available, and five more
    if library is None or not library.GlobalMemoryStatusEx(status):
        return ADDRESSABLE
    return int(status[2])
