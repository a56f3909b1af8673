"""Maximum and mean of sliding windows, for any number of spatial axes.

A window is a box, so its maximum is the maximum along one axis of the maxima along the other: one axis at a time, the
work grows with the sum of the sizes and not with their product. The same holds for sums.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.method import beside
from dataflow_cli.kernels.running.epilogue import Epilogue
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.kernels.running.tiles import largest_tile, tiles
from dataflow_cli.kernels.windows import seen_under, taps
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.windows import Seen, Slide
    from dataflow_cli.shapes import Array

    Combine = Callable[..., Array]

ELEMENTS = 2**19
"""Elements of the input under a tile."""
COST = 10
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""


def max_pool_job(
    x: Array, slide: Slide, stages: Stages = (), out: Array | None = None, *, engine: Engine | None = None
) -> Job:
    """The maximum of every window of `x` (N, *spatial, channels): (N, *positions, channels)."""
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    return _reducing(x, slide, (np.maximum, lowest), stages, out, engine=engine)


def average_pool(x: Array, slide: Slide, engine: Engine | None = None) -> Array:
    """The mean of every window of `x` (N, *spatial, channels) without what was padded: (N, *positions, channels)."""
    sums = _reducing(x, slide, (np.add, 0), engine=engine).done()
    places: Array | int = math.prod(slide.sizes)
    if slide.padded:
        places = _reducing(np.ones((1, *x.shape[1:-1], 1), sums.dtype), slide, (np.add, 0), engine=engine).done()
    return np.divide(sums, places, out=sums if sums.dtype.kind == "f" else None)


def lp_pool(x: Array, slide: Slide, p: int, engine: Engine | None = None) -> Array:
    """(Σ |in|^p)^(1/p) of every window of `x` (N, *spatial, channels): (N, *positions, channels)."""
    powers = np.abs(x)
    sums = _reducing(powers if p == 1 else powers**p, slide, (np.add, 0), engine=engine).done()
    return sums if p == 1 else np.power(sums, sums.dtype.type(1 / p))


def adaptive(x: Array, lengths: Sequence[int], *, mean: bool) -> Array:
    """Every spatial axis of `x` (N, *spatial, channels) in so many parts, each the mean or the largest of its own."""
    reduce = np.mean if mean else np.max
    for axis, count in enumerate(lengths, start=1):
        source = np.moveaxis(x, axis, 0)
        parts = [reduce(source[part.start : part.stop], axis=0) for part in parts_of(len(source), count)]
        x = np.moveaxis(np.stack(parts), 0, axis)
    return x


def parts_of(length: int, count: int) -> Iterator[range]:
    """An axis in parts that hold as many elements as can be; neighbours share one where the count does not divide."""
    return (range(part * length // count, -(-(part + 1) * length // count)) for part in range(count))


def pooling_method(
    outputs: Sequence[int], channels: int, slide: Slide, *, counted: Sequence[int] | None = None
) -> Method:
    """How an output (samples, *positions) of so many channels is pooled; `counted` are the input's lengths for a mean.

    A tile works in what lies under it, if it is padded, and in what it is after each axis but the last.
    """
    tile = largest_tile(outputs, _places(slide, channels))
    lengths = slide.under(tile)
    scratch = math.prod(lengths) * channels if slide.padded else 0
    for axis in _sliding_axes(slide)[:-1]:
        lengths[axis + 1] = tile[axis + 1]
        scratch += math.prod(lengths) * channels
    places = math.prod(counted) + math.prod(outputs[1:]) if counted and slide.padded else 0
    return replace(beside(places), scratch=scratch)


def global_max(x: Array) -> Array:
    """The maximum of every channel of `x` (N, *spatial, channels): (N, channels)."""
    result: Array = np.maximum.reduce(x, axis=tuple(range(1, x.ndim - 1)))
    return result


def global_average(x: Array) -> Array:
    """The mean of every channel of `x` (N, *spatial, channels): (N, channels).

    One axis at a time: sums of sums, whose rounding error grows with the axes' lengths and not with their product.
    """
    sums = x
    for _ in range(x.ndim - 2):
        sums = np.add.reduce(sums, axis=1)
    return np.divide(sums, np.prod(x.shape[1:-1]).item())


def _reducing(
    x: Array,
    slide: Slide,
    by: tuple[Combine, float],
    stages: Stages = (),
    out: Array | None = None,
    *,
    engine: Engine | None,
) -> Job:
    """Every window combined into one element, tile by tile, axis after axis: `by` what, and with what as padding."""
    combine, value = by
    out = result(out, (x.shape[0], *slide.counts(x.shape[1:-1]), x.shape[-1]), x.dtype)
    epilogue = Epilogue(stages, out)
    axes = _sliding_axes(slide)

    def fill(seen: Seen, target: Array) -> None:
        array = seen()
        for axis in axes[:-1]:
            parts = _taps_along(array, axis, slide)
            array = scratch(f"axis {axis}", parts[0].shape, x.dtype)
            _combine(parts, combine, array)
        _combine(_taps_along(array, axes[-1], slide) if axes else [array], combine, target)

    boxes = tiles(out.shape[:-1], _places(slide, x.shape[-1]))
    tasks = [epilogue.after(partial(fill, seen_under(x, box, slide, value), out[box]), box) for box in boxes]
    return Job(engine, out, tasks, x.size * COST)


def _sliding_axes(slide: Slide) -> list[int]:
    """The axes along which there is anything to do."""
    return [
        axis for axis, (size, stride) in enumerate(zip(slide.sizes, slide.strides, strict=True)) if size + stride > 2
    ]


def _places(slide: Slide, channels: int) -> int:
    """Output positions of a tile."""
    return max(ELEMENTS // (math.prod(slide.strides) * channels), 1)


def _taps_along(x: Array, axis: int, slide: Slide) -> list[Array]:
    """What lies under each tap of a window along one spatial axis."""
    ones = [1] * len(slide.sizes)
    alone = ([*ones[:axis], each[axis], *ones[axis + 1 :]] for each in (slide.sizes, slide.strides, slide.dilations))
    return [view for _, view in taps(x, *alone)]


def _combine(parts: Sequence[Array], combine: Combine, out: Array) -> None:
    """All parts combined into `out`."""
    first, *others = parts
    if not others:
        out[...] = first
    for number, part in enumerate(others):
        combine(out if number else first, part, out=out)
