"""Refuses a run that the machine's memory cannot hold, before it begins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import LimitError
from dataflow_cli.network.memory import bytes_text, methods_of, peak_bytes, stored_bytes, working_bytes
from dataflow_cli.trace.computing import Computing
from dataflow_cli.trace.resident import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.network.model import Network

PLAIN = Computing()


def available_bytes() -> int:
    """The memory that a program can have now, in bytes: what Linux calls available, else all that is built in."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def needed_bytes(
    network: Network, samples: int, dtype: str, keep: Collection[str] = (), computing: Computing = PLAIN
) -> int:
    """An estimate of what `samples` at once take: parameters, tensors, and what the layers work in.

    Of minibatches that follow each other, that is beside what is kept of all of them.
    """
    key = (samples, dtype, frozenset(keep), computing)
    if key not in network.estimates:
        network.estimates[key] = _needed_bytes(network, samples, dtype, keep, computing)
    return network.estimates[key]


def _needed_bytes(network: Network, samples: int, dtype: str, keep: Collection[str], computing: Computing) -> int:
    kept, fast_math = computing.repeated, computing.fast_math
    methods = methods_of(network, samples, kept=kept, fast_math=fast_math)
    tensors = peak_bytes(network, samples, dtype, keep, reused=kept, methods=methods)
    stored = stored_bytes(network, max(computing.total, samples), dtype, keep) if kept else 0
    working = working_bytes(network, samples, dtype, threads=computing.threads, kept=kept, methods=methods)
    return tensors + stored + working


def process_bytes(needed: int, held: int = 0) -> int:
    """An estimate of the most memory that this process will have, if it needs so much, and has `held` of that."""
    return resident_bytes() - held + needed


def check_memory(
    network: Network,
    samples: int,
    dtype: str,
    keep: Collection[str] = (),
    *,
    held: int = 0,
    computing: Computing = PLAIN,
) -> None:
    """Raise LimitError if `samples` at once need more memory than they may have.

    That is what `computing` allows the whole process, else what there is beside the bytes that are `held` already.
    """
    needed = needed_bytes(network, samples, dtype, keep, computing)
    given = computing.max_memory
    total = process_bytes(needed, held)
    if total <= given if given is not None else needed <= available_bytes() + held:
        return
    counted = f"{samples} {'sample' if samples == 1 else 'samples'}"
    most, allowed = (available_bytes() + held, "available") if given is None else (int(given), "allowed")
    raise LimitError(
        f"{network.name} needs about {bytes_text(needed)} for {counted}, and {bytes_text(total)} with the program; "
        f"{bytes_text(most)} are {allowed}",
        hint="use a smaller input, or fewer samples at once (--batch); `dftrace params` shows which layer is large, "
        "`--max-memory none` runs it all the same",
    )
