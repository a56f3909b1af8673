"""How NumPy is set while a network is computed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.blas import one_thread
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

BUFFER = 512
"""Elements of NumPy's buffer.

Lines that are shorter than its buffer NumPy copies into it, to have longer ones. With its usual 8,192 elements that
takes as long again as the arithmetic; with so few, only lines are copied that gain from it.
"""


@contextmanager
def computing() -> Iterator[None]:
    """The calling thread computes until the block ends.

    Overflow and NaN are values here, to be shown and not warned of. Matrix products stay on the thread.
    """
    with one_thread(), np.errstate(all="ignore"):
        before = np.setbufsize(BUFFER)
        try:
            yield
        finally:
            np.setbufsize(before)
