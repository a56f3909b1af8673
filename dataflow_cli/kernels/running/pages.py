"""Memory in large pages, where the system has them, for what is used over and over.

Of memory in usual pages the processor's cache holds less than its size: they lie wherever the system had one left, and
some take each other's place. A convolution's pieces, which are about as large as the cache, take a tenth to a fifth
less time in large pages. A large page is there as a whole once any of it was touched, which a single run does not want.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

PAGE = 2**21
"""Bytes of a large page."""
_BLOCK = 8 * PAGE
"""Bytes that are asked for at once; of these, what nobody has touched is no memory yet."""
_LINE = 64
"""Bytes of a cache line, at which every piece begins."""


class Pages:
    """Memory for one thread, piece by piece. A block's memory is let go once all its pieces are."""

    def __init__(self) -> None:
        self._block = np.empty(0, np.uint8)
        self._taken = 0

    def piece(self, size: int) -> Array:
        """So many bytes of any content, from the start of a cache line on, behind those that were taken before.

        Raises MemoryError.
        """
        needed = -(-size // _LINE) * _LINE
        if needed > _BLOCK // 2:
            return _block(needed)[:size]
        if self._taken + needed > self._block.size:
            self._block, self._taken = _block(_BLOCK), 0
        start = self._taken
        self._taken += needed
        return self._block[start : start + size]


def _block(size: int) -> Array:
    """New memory, from the start of a large page on."""
    import mmap

    private: Any = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
    try:
        whole = mmap.mmap(-1, size + PAGE, **private)
    except OSError as error:
        raise MemoryError(*error.args) from error
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # of a kernel that was built without: then these are usual pages
            whole.madvise(mmap.MADV_HUGEPAGE)
    raw = np.frombuffer(whole, np.uint8)
    start = -raw.ctypes.data % PAGE
    found: Array = raw[start : start + size]
    return found
