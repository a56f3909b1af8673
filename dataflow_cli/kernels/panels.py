"""Matrix products with a kernel in panels of a few columns, which OpenBLAS multiplies as they lie.

OpenBLAS copies both factors of a large product into an order of its own first. For small products it has, where there
is AVX-512, methods that do without. Few rows that meet a large kernel are a large product, of which the copying is a
good part; cut into panels, it is many small ones.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[Any]

WIDTH = 32
"""Columns of a panel."""
SMALL = 1_000_000
"""Multiply-accumulates up to which OpenBLAS takes a product for small."""
_FEATURES = {"AVX512_SKX", "X86_V4"}
"""NumPy's names, older and newer, of the instructions that OpenBLAS' small methods are written in."""
_CORES = {"skylakex", "cooperlake", "sapphirerapids"}
"""OpenBLAS' names of processors that have them."""


@cache
def multiplied_in_place() -> bool:
    """Whether NumPy multiplies small matrices as they lie."""
    built: dict[str, Any] = np.show_config(mode="dicts")
    features = built.get("SIMD Extensions", {})
    has = _FEATURES & {*features.get("baseline", ()), *features.get("found", ())}
    library = built.get("Build Dependencies", {}).get("blas", {}).get("name", "")
    core = os.environ.get("OPENBLAS_CORETYPE", "").lower()
    return bool(has) and "openblas" in library and (not core or core in _CORES)


def divides(columns: int) -> bool:
    """Whether a kernel of so many columns comes in panels."""
    return columns % WIDTH == 0 and multiplied_in_place()


def in_panels(kernel: Array) -> Array:
    """A view (..., panels, rows, WIDTH) of a kernel (..., rows, columns), or of what is to become one."""
    *first, rows, columns = kernel.shape
    return np.swapaxes(kernel.reshape(*first, rows, columns // WIDTH, WIDTH), -3, -2)


def products(rows: Array, inputs: int, out: Array) -> Iterator[tuple[Array, Array]]:
    """What is to be multiplied by panels (..., panels, inputs, WIDTH) for `rows` (..., n, inputs) times the kernel.

    Some rows at a time, with the place in `out` (..., n, columns) for their products with all panels.
    """
    count = rows.shape[-2]
    most = max(SMALL // (inputs * WIDTH), 1)
    parts = -(-count // most)
    into = in_panels(out)
    for part in range(parts):
        some = slice(count * part // parts, count * (part + 1) // parts)
        yield rows[..., None, some, :], into[..., some, :]
