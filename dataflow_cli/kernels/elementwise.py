"""Functions of single elements, block by block: over a whole array, or over a tile that is still in the cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.finish import Finisher
from dataflow_cli.kernels.job import Job, result
from dataflow_cli.kernels.scratch import block_of
from dataflow_cli.kernels.tiles import tiles
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.finish import Stages

    Array = NDArray[Any]

Function = Callable[["Array", "Array"], None]
"""Writes its values for the elements of the first array into the second, which may be the first itself."""

ELEMENTS = 2**17
"""Elements of a piece of work."""
COST = 10
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""


def applied(function: Function, x: Array) -> Array:
    """A new array with the function of every element."""
    if not x.flags.c_contiguous:
        out = np.empty_like(x)
        function(x, out)
        return out
    return element_job(function, (x,)).done()


def element_job(
    function: Callable[..., Any], inputs: Sequence[Array], stages: Stages = (), out: Array | None = None
) -> Job:
    """A function of the elements of one or more arrays (..., channels) of one shape, which are C-contiguous.

    It is called with a tile of each and, last, of the result.
    """
    first = inputs[0]
    out = result(out, first.shape, first.dtype)
    finisher = Finisher(stages, out)
    boxes = tiles(out.shape[:-1], max(ELEMENTS // max(out.shape[-1], 1), 1)) if out.ndim > 1 else [()]
    tasks = []
    for box in boxes:
        flat = [array[box].reshape(-1) for array in (*inputs, out)]
        tasks.append(finisher.after(partial(function, *flat), box))
    return Job(out, tasks, out.size * COST)


def relu_into(x: Array, out: Array) -> None:
    """max(x, 0)."""
    _against(np.maximum, 0, x, out)


def clip_into(highest: float, x: Array, out: Array) -> None:
    """min(max(x, 0), highest)."""
    _against(np.maximum, 0, x, out)
    _against(np.minimum, highest, out, out)


def _against(combine: Callable[..., Any], value: float, x: Array, out: Array) -> None:
    """Every element combined with one number, as an array: NumPy is slow with a number alone."""
    block = block_of(value, x.dtype)
    if x.ndim == 1 and x.size > block.size:
        for start in range(0, x.size, block.size):
            _against(combine, value, x[start : start + block.size], out[start : start + block.size])
    else:
        combine(x, block[: x.shape[-1]] if x.ndim and x.shape[-1] <= block.size else value, out=out)
