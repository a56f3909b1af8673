"""One thread for the library (BLAS) that does NumPy's matrix products, while a network is computed.

Its own threads spin while they wait for each other, so that on a busy machine a product takes fifty times as long; and
what pays to be spread, our threads spread. The environment (OPENBLAS_NUM_THREADS) is read when NumPy is imported, which
may be long ago; so the library is told by its own functions, and set back afterwards. One that has none of these is
left as it is.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OPENBLAS = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads", "openblas_{}_num_threads64_",
             "openblas_{}_num_threads")  # fmt: skip
"""What the function that tells (`get`) and the one that is told (`set`) are called in wheels and in distributions."""
_MKL = "MKL_Set_Num_Threads_Local"
"""Sets the number for the calling thread alone, and returns the one before."""


class Setting(Protocol):
    """The number of threads of a library."""

    def enter(self) -> int:
        """Make it 1; what it was before is to be handed to `leave`."""

    def leave(self, before: int) -> None:
        """Set it back."""


class Shared:
    """One number for all threads of the program: it is set back when the last that wants 1 is done."""

    def __init__(self, get: Callable[[], int], put: Callable[[int], object]) -> None:
        self._get, self._put = get, put
        self._lock = Lock()
        self._users = 0
        self._before = 1

    def enter(self) -> int:
        with self._lock:
            if not self._users:
                self._before = self._get()
                self._put(1)
            self._users += 1
            return self._before

    def leave(self, before: int) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._put(before)


class Own:
    """A number for every thread."""

    def __init__(self, swap: Callable[[int], int]) -> None:
        self._swap = swap

    def enter(self) -> int:
        return self._swap(1)

    def leave(self, before: int) -> None:
        self._swap(before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrix products that the calling thread asks for are done on it alone until the block ends."""
    setting = _setting()
    if setting is None:
        yield
        return
    before = setting.enter()
    try:
        yield
    finally:
        setting.leave(before)


@cache
def _setting() -> Setting | None:
    """What NumPy's library listens to, if it is one that we know."""
    import ctypes

    for path in _libraries():
        try:
            found = setting_of(ctypes.CDLL(str(path)))
        except OSError:
            continue
        if found is not None:
            return found
    return None


def setting_of(library: Any) -> Setting | None:
    """The setting of a library that has the functions of OpenBLAS or MKL."""
    for name in _OPENBLAS:
        get, put = (getattr(library, name.format(verb), None) for verb in ("get", "set"))
        if get is not None and put is not None:
            return Shared(get, put)
    swap = getattr(library, _MKL, None)
    return None if swap is None else Own(swap)


def _libraries() -> Iterator[Path]:
    """NumPy's own extension, through which its libraries are found; and where that is not so, as on Windows, they."""
    home = Path(np.__file__).parent
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        if name in sys.modules:
            yield Path(str(sys.modules[name].__file__))
    yield from sorted((home.parent / "numpy.libs").glob("*openblas*"))
