"""Two folders change places in one step, where the system has such a step: Linux and macOS."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HERE = -100
"""AT_FDCWD: a path that is not absolute begins in the current folder."""
_SWAP = 2
"""RENAME_EXCHANGE of renameat2, and RENAME_SWAP of renamex_np."""


def exchange(one: Path, other: Path) -> bool:
    """Whether the two have changed places; nothing has happened if not."""
    if sys.platform not in ("linux", "darwin"):
        return False
    import ctypes

    library = ctypes.CDLL(None)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        return bool(library.renameat2(_HERE, first, _HERE, second, ctypes.c_uint(_SWAP)) == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(first, second, ctypes.c_uint(_SWAP)) == 0)
    return False
