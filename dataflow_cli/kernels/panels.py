"""Matrix products with a kernel in panels of a few columns, which OpenBLAS multiplies as they lie.

OpenBLAS copies both factors of a large product into an order of its own first. For small products it has, where there
is AVX-512, methods that do without. A large product, cut into panels, is many small ones; most is won where few rows
meet a large kernel, as copying it takes about as long as multiplying then.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.job import in_turn
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.packed import PackedWeights
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


WIDTH = 32
"""Columns of a panel."""
SMALL = 1_000_000
"""Multiply-accumulates up to which OpenBLAS takes a product for small."""
FEWEST_ROWS = 4
"""With fewer rows the product takes less time than reading the kernel."""
SMALL_ROWS = 48
"""Rows that a small product can have at least: with fewer it is slower."""
LARGEST_KERNEL = 2**22
"""Elements of a kernel that is kept in panels: a larger one is read from memory anyway, and takes much of it."""
_WHY = "multiplied by panels of the kernel"
MOST_ROWS = 100
"""Rows up to which panels are worth their memory where inputs have to be cut."""
_SHORTEST = 64
"""Inputs of a part at least then."""
_FEATURES = {"AVX512_SKX", "X86_V4"}
"""NumPy's names, older and newer, of the instructions that OpenBLAS' small methods are written in."""
_CORES = {"skylakex", "cooperlake", "sapphirerapids"}
"""OpenBLAS' names of the processors that have them."""


@cache
def multiplied_in_place() -> bool:
    """Whether NumPy multiplies small matrices as they lie."""
    built = np.show_config(mode="dicts")
    features = built.get("SIMD Extensions", {})
    has = _FEATURES & {*features.get("baseline", ()), *features.get("found", ())}
    library = built.get("Build Dependencies", {}).get("blas", {}).get("name", "")
    core = os.environ.get("OPENBLAS_CORETYPE", "").lower()
    return bool(has) and "openblas" in library and (not core or core in _CORES)


def divides(columns: int) -> bool:
    """Whether a kernel of so many columns comes in panels."""
    return columns % WIDTH == 0 and multiplied_in_place()


def pay(rows: int, inputs: int, columns: int) -> bool:
    """Whether so many rows are multiplied faster by panels of a kernel (inputs, columns), if these are kept."""
    if rows < FEWEST_ROWS or inputs * columns > LARGEST_KERNEL or not divides(columns):
        return False
    parts = cuts(inputs)
    return parts == 1 or (rows <= MOST_ROWS and inputs // parts >= _SHORTEST)


def cuts(inputs: int) -> int:
    """Into how many equal parts inputs are cut, whose products are added, so that small ones have rows enough."""
    least = -(-inputs * WIDTH * SMALL_ROWS // SMALL)
    return next(number for number in range(least, inputs + 1) if inputs % number == 0)


def said(method: Method, rows: int, inputs: int, columns: int, *, kept: bool) -> Method:
    """A method that multiplies so many rows by a kernel (inputs, columns), with what panels of it take."""
    if not (kept and pay(rows, inputs, columns)):
        return method
    parts = cuts(inputs)
    sums = parts * min(rows, MOST_ROWS) * columns if parts > 1 else 0
    why = f"{method.why}; {_WHY}" if method.why else _WHY
    return replace(method, why=why, packed=method.packed + inputs * columns, scratch=method.scratch + sums)


def multiplier(kernel: Array, columns: slice, rows: int, packed: PackedWeights) -> Whole | Panels:
    """What multiplies at most `rows` rows by some columns of a kernel (*inputs, units): those of whole panels, if these
    `pay` and are kept.
    """
    *lengths, units = kernel.shape
    inputs = math.prod(lengths)
    if not (packed.keep and pay(rows, inputs, units)):
        return Whole(kernel.reshape(inputs, units)[:, columns])
    parts = cuts(inputs)

    def fill(made: Array) -> None:
        made[...] = in_panels(kernel.reshape(parts, -1, units))

    panels = packed.get("panels", kernel, (parts, units // WIDTH, inputs // parts, WIDTH), fill)
    return Panels(panels[:, columns.start // WIDTH : columns.stop // WIDTH])


class Whole:
    """Multiplies by a kernel (inputs, columns) as it is."""

    def __init__(self, kernel: Array) -> None:
        self._kernel = kernel

    def task(self, rows: Array, out: Array) -> Task:
        """Fills `out` (n, columns) with the product of `rows` (n, inputs)."""
        return partial(np.matmul, rows, self._kernel, out)


class Panels:
    """Multiplies by panels (parts, panels, inputs / parts, WIDTH)."""

    def __init__(self, panels: Array) -> None:
        self._panels = panels

    def task(self, rows: Array, out: Array) -> Task:
        """Fills `out` (n, columns) with the product of `rows` (n, inputs)."""
        panels = self._panels
        if len(panels) == 1:
            return in_turn([partial(np.matmul, some, panels[0], into) for some, into in products(rows, panels, out)])
        parts = rows.reshape(len(rows), len(panels), -1).swapaxes(0, 1)
        return in_turn([partial(_added, parts[:, some], panels, out[some]) for some in _stretches(parts, panels)])


def _added(parts: Array, panels: Array, out: Array) -> None:
    """The products of all parts (parts, n, inputs), and their sum."""
    sums = scratch("sums", (len(panels), *out.shape), out.dtype)
    np.matmul(parts[:, None], panels, in_panels(sums))
    np.add.reduce(sums, axis=0, out=out)


def in_panels(kernel: Array) -> Array:
    """A view (..., panels, rows, WIDTH) of a kernel (..., rows, columns), or of what is to become one."""
    *first, rows, columns = kernel.shape
    return np.swapaxes(kernel.reshape(*first, rows, columns // WIDTH, WIDTH), -3, -2)


def products(rows: Array, panels: Array, out: Array) -> Iterator[tuple[Array, Array]]:
    """`rows` (..., n, inputs) times a kernel in `panels` (..., panels, inputs, WIDTH) as small products.

    Each is of some rows and all panels, with their place in `out` (..., n, columns).
    """
    into = in_panels(out)
    for some in _stretches(rows, panels):
        yield rows[..., None, some, :], into[..., some, :]


def _stretches(rows: Array, panels: Array) -> list[slice]:
    """Rows (..., n, inputs) cut evenly, so that the products of each stretch by a panel are small."""
    count, inputs = rows.shape[-2:]
    parts = -(-count * inputs * panels.shape[-1] // SMALL)
    return [slice(count * part // parts, count * (part + 1) // parts) for part in range(parts)]
