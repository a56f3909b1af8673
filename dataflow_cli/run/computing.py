"""How a run computes: threads, precision, and the memory that it may take."""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dataflow_cli.kernels.running.engine import Engine

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class Computing:
    """How a run computes. Its results do not depend on the number of threads."""

    threads: int = 1
    fast_math: bool = False
    """Whether methods with larger rounding errors may be used."""
    max_memory: float | None = None
    """The most bytes that a run may need; infinity for any number, None for what the machine has."""
    total: int = 0
    """The samples of all minibatches together, where they are known: what is kept of them is kept till the end."""
    repeated: bool = False
    """Whether there is more than one minibatch, so that transformed kernels are worth keeping."""

    def engine(self) -> AbstractContextManager[Engine]:
        """Computes like this until the block ends."""
        return running(threads=self.threads, fast_math=self.fast_math, keep=self.repeated)


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_size(text: str) -> float:
    """Bytes of `4GiB`, `500M`, `2e9` or `none`; infinity for none. Raises FieldError."""
    if text.strip().lower() == "none":
        return math.inf
    match = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([kmgt]?)(?:i?b)?\s*", text.lower())
    try:
        size = float(match[1]) * _UNITS[match[2]] if match else 0.0
    except ValueError:
        size = 0.0
    if size <= 0:
        raise FieldError(f"expected a size, found '{text}'", hint="write 4GiB, 500MiB, or none for no limit")
    return size
