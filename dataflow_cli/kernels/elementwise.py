"""Functions of single elements, block by block: over a whole array, or over a tile that is still in the cache."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running.epilogue import Epilogue
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.kernels.running.scratch import block_of
from dataflow_cli.kernels.running.tiles import tiles
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage, Stages
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.shapes import Array


ELEMENTS = 2**17
"""Elements of a piece of work."""
PART = 2**15
"""Elements that a function is given at once where it makes arrays of its own."""
COST = 10
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""


def applied(function: Function, x: Array, engine: Engine | None = None) -> Array:
    """A new array with the function of every element, in whatever order its memory has."""
    if x.flags.c_contiguous:
        return element_job(function, (x,), engine=engine).done()
    out = np.empty_like(x)
    by_parts(function, x, out)
    return out


def by_parts(function: Function, x: Array, out: Array) -> None:
    """The function of every element, a cache full at a time: what it works in is no larger then."""
    if x.size <= PART:
        function(x, out)
        return
    for box in tiles(x.shape, PART):
        function(x[box], out[box])


def element_job(
    function: Callable[..., Any],
    inputs: Sequence[Array],
    stages: Stages = (),
    out: Array | None = None,
    *,
    engine: Engine | None = None,
) -> Job:
    """A function of the elements of one or more arrays (..., channels) of one shape, which are C-contiguous.

    It is called with a tile of each and, last, of the result.
    """
    first = inputs[0]
    out = result(out, first.shape, first.dtype)
    epilogue = Epilogue(stages, out)
    boxes = tiles(out.shape[:-1], max(ELEMENTS // max(out.shape[-1], 1), 1)) if out.ndim > 1 else [()]
    tasks = []
    for box in boxes:
        flat = [array[box].reshape(-1) for array in (*inputs, out)]
        tasks.append(epilogue.after(partial(function, *flat), box))
    return Job(engine, out, tasks, out.size * COST)


def keeps_order(stage: Stage) -> bool:
    """Whether a stage can be done to the largest of several numbers instead of to each: the same one stays the largest.

    Nobody must look at the others.
    """
    if stage.scale is not None or stage.other is not None or (stage.observer is not None and stage.observer.looks):
        return False
    return stage.function is None or getattr(stage.function, "func", stage.function) in (relu_into, clip_into)


def relu_into(x: Array, out: Array) -> None:
    """max(x, 0), as the larger of two arrays: NumPy is slow with a number alone."""
    zeros = block_of(0, x.dtype)
    if x.ndim == 1 and x.size > zeros.size:
        for start in range(0, x.size, zeros.size):
            relu_into(x[start : start + zeros.size], out[start : start + zeros.size])
    else:
        np.maximum(x, zeros[: x.shape[-1]] if x.ndim and x.shape[-1] <= zeros.size else 0, out=out)


def clip_into(highest: float, x: Array, out: Array) -> None:
    """min(max(x, 0), highest)."""
    np.clip(x, 0, highest, out=out)
