"""Matrix products with a bias."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from dataflow_cli.kernels.method import PLAIN, beside
from dataflow_cli.kernels.panels import WIDTH, multiplier, pay, said
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Epilogue, Stage
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


ROWS = 160
"""Rows of a piece; more where they are short."""
NUMBERS = 2**16
"""Numbers of a piece's rows, inputs or outputs, up to which there may be more."""
UNITS = 768
"""Units of a piece."""
FEW = 4
"""Rows below which reading the kernel from memory takes longer than the arithmetic."""
STRETCH = 2**21
"""Numbers of the kernel then in a piece: so much of its memory is read from start to end."""
FEWEST = 64
"""Inputs of a piece then at least: its sums, which are added at the end, take so many times less than the kernel."""
HALVED = 2**24
"""Multiply-accumulates from which a single piece is halved, for two threads: by its inputs, if they are more than the
columns and these do not lie in panels, else by its columns."""


def dense(x: Array, kernel: Array, bias: Array | None = None, *, engine: Engine | None = None) -> Array:
    """`x` (..., inputs) times `kernel` (inputs, units) plus `bias` (units,): (..., units)."""
    dtype = np.result_type(x, kernel)
    rows, matrix = (array.astype(dtype, copy=False) for array in (x.reshape(-1, x.shape[-1]), kernel))
    stages = () if bias is None else (Stage(shift=bias.astype(dtype, copy=False)),)
    return dense_job(rows, matrix, stages, engine=engine).done().reshape(*x.shape[:-1], kernel.shape[-1])


def dense_job(
    rows: Array,
    kernel: Array,
    stages: Stages = (),
    out: Array | None = None,
    *,
    engine: Engine | None = None,
    first: Task | None = None,
    alone: bool = True,
) -> Job:
    """`rows` (n, inputs) times `kernel` (inputs, units), of one type: (n, units).

    `first` is what fills the rows, and takes its time with the product. One that is not `alone` is not halved: others
    are done beside it.
    """
    out = result(out, (len(rows), kernel.shape[1]), rows.dtype)
    epilogue = Epilogue(stages, out)
    job = _job(rows, kernel, epilogue, engine, alone=alone)
    return job if first is None else replace(job, first=epilogue.timed(first))


def _job(rows: Array, kernel: Array, epilogue: Epilogue, engine: Engine | None, *, alone: bool) -> Job:
    inputs, units = kernel.shape
    out = epilogue.out
    if len(rows) < FEW:
        return _by_inputs(rows, kernel, _stretch(units), epilogue, engine)
    packed = (engine or PLAIN_ENGINE).packed
    by_panels = packed.keep and pay(len(rows), inputs, units)
    halved = alone and out.size * inputs >= HALVED
    each = max(ROWS, NUMBERS // max(inputs, units))
    pieces = list(product(_cut(len(rows), each), _cut(units, UNITS, WIDTH)))
    if len(pieces) == 1 and halved and units < inputs and not by_panels:
        return _by_inputs(rows, kernel, -(-inputs // 2), epilogue, engine)
    if len(pieces) == 1 and halved:
        pieces = [(slice(0, len(rows)), columns) for columns in _cut(units, -(-units // 2), WIDTH)]
    tasks = []
    for some, columns in pieces:
        step = multiplier(kernel, columns, len(rows), packed).task(rows[some], out[some, columns])
        tasks.append(epilogue.after(step, (some, columns)))
    return Job(engine, out, tasks, out.size * inputs)


def dense_method(rows: int, inputs: int, units: int, *, kept: bool = False) -> Method:
    """How so many rows are multiplied."""
    if rows < FEW:
        parts = _parts(inputs, _stretch(units))
        return beside(parts * rows * units if parts > 1 else 0)
    method = said(PLAIN, rows, inputs, units, kept=kept)
    return method if method == PLAIN else replace(method, name="panels")


def _stretch(units: int) -> int:
    """How many inputs are read at a time where there are few rows."""
    return max(STRETCH // units, FEWEST)


def _by_inputs(rows: Array, kernel: Array, each: int, epilogue: Epilogue, engine: Engine | None) -> Job:
    """The products with about `each` inputs at a time, and then their sum."""
    inputs, units = kernel.shape
    out, some = epilogue.out, _cut(inputs, each)
    if len(some) == 1:
        return Job(engine, out, [epilogue.after(partial(np.matmul, rows, kernel, out), ())], kernel.size)
    sums = np.empty((len(some), *out.shape), out.dtype)
    tasks = [
        epilogue.timed(partial(np.matmul, rows[:, part], kernel[part], sums[number]))
        for number, part in enumerate(some)
    ]
    last = epilogue.after(partial(np.add.reduce, sums, 0, None, out), ())
    return Job(engine, out, tasks, max(out.size, 2 * units) * inputs, last)


def _parts(length: int, part: int, unit: int = 1) -> int:
    """Into how many slices a length is cut."""
    return max(min(round(length / part), -(-length // unit)), 1)


def _cut(length: int, part: int, unit: int = 1) -> list[slice]:
    """Nearly equal slices of about `part`, which begin at multiples of `unit`; none is empty."""
    units = -(-length // unit)
    count = _parts(length, part, unit)
    starts = [units * i // count * unit for i in range(count)]
    return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], length], strict=True)]
