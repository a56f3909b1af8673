"""Refuses a run that the machine's memory cannot hold, before it begins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import LimitError
from dataflow_cli.network.memory import bytes_text, peak_bytes

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.network.model import Network


def available_bytes() -> int:
    """The memory that a program can have now, in bytes: what Linux calls available, else all that is built in."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_memory(network: Network, samples: int, dtype: str, keep: Collection[str] = (), held: int = 0) -> None:
    """Raise LimitError if `samples` at once need more memory than there is beside the bytes that are `held` already."""
    needed, there = peak_bytes(network, samples, dtype, keep), available_bytes() + held
    if needed > there:
        raise LimitError(
            f"{network.name} needs about {bytes_text(needed)} for {samples} {'sample' if samples == 1 else 'samples'}; "
            f"{bytes_text(there)} are available",
            hint="use a smaller input, or fewer samples at once; `dftrace params` shows which layer is large",
        )
