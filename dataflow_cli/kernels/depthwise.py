"""Depthwise convolution: every channel has kernels of its own.

Of a picture row all channels of all positions are one long line; with the kernel repeated along it, an output line is
the sum of kernel times line over the taps. Where the stride is larger than 1, positions are dealt out by phase first,
so that lines stay lines.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.method import Method
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Epilogue
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.kernels.running.tiles import largest_tile, tiles
from dataflow_cli.kernels.windows import Slide, seen_in_phases
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.packed import PackedWeights
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.windows import Pads, Seen
    from dataflow_cli.shapes import Array


ELEMENTS = {False: 2**16, True: 2**18}
"""Outputs of a tile; fewer in a single run, where memory counts for more than speed, than if kernels are kept."""
COST = 20
"""How many times the work of a multiply-accumulate in a matrix product one takes here."""


def depthwise(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    pads: Pads,
    dilations: Sequence[int],
    engine: Engine | None = None,
) -> Array:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels, multiplier): (N, *positions, channels * multiplier).

    Output channel c * multiplier + m is channel c by its kernel m.
    """
    dtype = np.result_type(x, kernel)
    slide = Slide(kernel.shape[:-2], tuple(strides), tuple(dilations), pads)
    x, kernel = (array.astype(dtype, copy=False) for array in (x, kernel))
    return depthwise_job(x, kernel, slide, engine=engine).done()


def depthwise_job(
    x: Array,
    kernel: Array,
    slide: Slide,
    stages: Stages = (),
    out: Array | None = None,
    *,
    engine: Engine | None = None,
) -> Job:
    """The same for arrays of one type."""
    *sizes, channels, multiplier = kernel.shape
    out = result(out, (x.shape[0], *slide.counts(x.shape[1:-1]), channels * multiplier), x.dtype)
    tasks = depthwise_tasks(x, kernel, slide, Epilogue(stages, out), (engine or PLAIN_ENGINE).packed)
    return Job(engine, out, tasks, out.size * math.prod(sizes) * COST)


def depthwise_tasks(x: Array, kernel: Array, slide: Slide, epilogue: Epilogue, packed: PackedWeights) -> list[Task]:
    """What fills the epilogue's `out` (N, *positions, channels * multiplier), tile by tile."""
    out = epilogue.out
    boxes = tiles(out.shape[:-1], _places(out.shape[-1], kept=packed.keep))
    width = max(box[-1].stop - box[-1].start for box in boxes)
    lines = _lines(kernel, width, packed)
    multiplier = kernel.shape[-1]
    lines_whole = (1,) * (len(slide.sizes) - 1)
    met = [phase.number for phase in _phases(slide)]
    tasks = []
    for box in boxes:
        seen = seen_in_phases(x, box, slide, (*lines_whole, slide.strides[-1]), met)
        under = seen if multiplier == 1 else partial(_repeated, seen, multiplier)
        tasks.append(epilogue.after(_step(under, lines, slide, out[box]), box))
    return tasks


def _repeated(seen: Seen, multiplier: int) -> Array:
    """Every channel as often as it has kernels."""
    return np.repeat(seen(), multiplier, axis=-1)


def depthwise_method(
    lengths: Sequence[int], slide: Slide, why: str = "every channel by itself, line by line", *, kept: bool = False
) -> Method:
    """How an output (samples, *positions, channels, multiplier) of these lengths is computed."""
    *outside, channels, multiplier = lengths
    width = channels * multiplier
    tile = largest_tile(outside, _places(width, kept=kept))
    *others, last = slide.under(tile)
    phases = len(_phases(slide))
    seen = phases * math.prod(others) * -(-last // slide.strides[-1]) * channels
    repeated = seen * multiplier if multiplier > 1 else 0
    sums = math.prod(tile) * width if phases > 1 else 0
    lines = math.prod(slide.sizes) * tile[-1] * width
    return Method("depthwise", why, packed=lines, scratch=seen + repeated + sums)


def _places(width: int, *, kept: bool) -> int:
    """Positions of a tile of so many channels."""
    return max(ELEMENTS[kept] // width, 1)


def _lines(kernel: Array, width: int, packed: PackedWeights) -> Array:
    """The kernel (*sizes, channels, multiplier) repeated along lines: (*sizes, width * channels * multiplier)."""
    *sizes, channels, multiplier = kernel.shape
    shape = (*sizes, width, channels * multiplier)

    def fill(made: Array) -> None:
        made[...] = kernel.reshape(*sizes, 1, -1)

    return packed.get("lines", kernel, shape, fill).reshape(*sizes, -1)


def _step(under: Seen, lines: Array, slide: Slide, out: Array) -> Task:
    """Fills a tile (n, *positions, channels) with the sums over the taps, the taps of one phase at a time."""
    length = out.shape[-2] * out.shape[-1]
    flat = out.reshape(*out.shape[:-2], length)
    letters = "".join(chr(ord("a") + axis) for axis in range(lines.ndim - 1))
    rows = "".join(chr(ord("A") + axis) for axis in range(out.ndim - 2))
    sums = f"{letters}{rows}x,{letters}x->{rows}x"
    phases = _phases(slide)
    first = (0,) * (len(slide.sizes) - 1)
    kernels = [lines[..., phase.first :: phase.step, :length] for phase in phases]

    def fill() -> None:
        seen = under()
        for number, (phase, kernel) in enumerate(zip(phases, kernels, strict=True)):
            view = _view(seen[(*first, number)], (*kernel.shape[:-1], *flat.shape), slide, phase)
            target = flat if number == 0 else scratch("outputs", flat.shape, flat.dtype)
            np.einsum(sums, view, kernel, out=target)
            if number:
                np.add(flat, target, flat)

    return fill


@dataclass(frozen=True)
class _Phase:
    """The taps of the last axis that meet one phase of a line: the first of them, and the distance to the next."""

    number: int
    first: int
    step: int


def _phases(slide: Slide) -> list[_Phase]:
    """Every phase of the last axis that has taps."""
    stride, dilation = slide.strides[-1], slide.dilations[-1]
    first: dict[int, int] = {}
    for tap in range(slide.sizes[-1]):
        first.setdefault(tap * dilation % stride, tap)
    return [_Phase(number, tap, stride // math.gcd(stride, dilation)) for number, tap in first.items()]


def _view(seen: Array, shape: tuple[int, ...], slide: Slide, phase: _Phase) -> Array:
    """(*taps, n, *rows, line) of one phase (n, *lengths, channels): the line that each tap meets in each row."""
    samples, *rows, column, item = seen.strides
    stride, dilation = slide.strides[-1], slide.dilations[-1]
    jumps = (
        *(row * distance for row, distance in zip(rows, slide.dilations, strict=False)),
        column * phase.step * dilation // stride,
        samples,
        *(row * step for row, step in zip(rows, slide.strides, strict=False)),
        item,
    )
    start = phase.first * dilation // stride * column
    return np.ndarray(shape, seen.dtype, seen, start, jumps)  # in bounds: scratch is as large as the tile's windows
