"""Depthwise convolution: every channel has kernels of its own.

Of a picture row all channels of all positions are one long line; with the kernel repeated along it, an output line is
the sum of kernel times line over the taps. Where the stride is larger than 1, positions are dealt out by phase first,
so that lines stay lines.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.finish import finisher
from dataflow_cli.kernels.method import Method
from dataflow_cli.kernels.scratch import scratch
from dataflow_cli.kernels.tiles import Tile, tiles
from dataflow_cli.kernels.windows import Slide, under_phases
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.elementwise import Function
    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]

ELEMENTS = 2**18
"""Outputs of a tile."""
COST = 20
"""How many times the work of a multiply-accumulate in a matrix product one takes here."""


def depthwise(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    pads: Pads,
    dilations: Sequence[int],
    bias: Array | None = None,
    activation: Function | None = None,
) -> Array:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels, multiplier): (N, *positions, channels * multiplier).

    Output channel c * multiplier + m is channel c by its kernel m. `activation` is applied in place, tile by tile.
    """
    *sizes, channels, multiplier = kernel.shape
    dtype = np.result_type(x, kernel)
    x = x.astype(dtype, copy=False) if multiplier == 1 else np.repeat(x, multiplier, axis=-1).astype(dtype, copy=False)
    slide = Slide(sizes, strides, dilations, pads)
    out = np.empty((x.shape[0], *slide.counts(x.shape[1:-1]), channels * multiplier), dtype)
    boxes = tiles(out.shape[:-1], max(ELEMENTS // out.shape[-1], 1))
    width = max(box[-1].stop - box[-1].start for box in boxes)
    lines = _lines(kernel.astype(dtype, copy=False), width)
    finish = finisher(bias, activation, out.shape[-2])

    def fill(box: Tile) -> None:
        seen = under_phases(x, box, slide, strides[-1])
        _accumulate(seen, lines, slide, out[box])
        finish(out[box])

    current().spread(fill, boxes, out.size * math.prod(sizes) * COST)
    return out


def depthwise_method(
    outputs: int, strides: Sequence[int], why: str = "every channel by itself, line by line"
) -> Method:
    """How so many outputs are computed."""
    return Method("depthwise", why, scratch=min(outputs, 2 * ELEMENTS) * (1 + 2 * math.prod(strides)))


def _lines(kernel: Array, width: int) -> Array:
    """The kernel (*sizes, channels, multiplier) repeated along lines: (*sizes, width * channels * multiplier)."""
    *sizes, channels, multiplier = kernel.shape
    shape = (*sizes, width, channels * multiplier)

    def fill(made: Array) -> None:
        made[...] = kernel.reshape(*sizes, 1, -1)

    return current().prepared.get("lines", kernel, shape, fill).reshape(*sizes, -1)


def _accumulate(seen: Array, lines: Array, slide: Slide, out: Array) -> None:
    """Fill a tile (n, *positions, channels) with the sums over the taps, the taps of one phase at a time."""
    length = out.shape[-2] * out.shape[-1]
    flat = out.reshape(*out.shape[:-2], length)
    letters = "".join(chr(ord("a") + axis) for axis in range(lines.ndim - 1))
    rows = "".join(chr(ord("A") + axis) for axis in range(out.ndim - 2))
    for number, phase in enumerate(_phases(lines.shape[-2], slide.strides[-1], slide.dilations[-1])):
        kernel = lines[..., phase.first :: phase.step, :length]
        view = _view(seen[phase.number], (*kernel.shape[:-1], *flat.shape), slide, phase)
        target = flat if number == 0 else scratch("outputs", flat.shape, out.dtype)
        np.einsum(f"{letters}{rows}x,{letters}x->{rows}x", view, kernel, out=target)
        if number:
            np.add(flat, target, out=flat)


@dataclass(frozen=True)
class _Phase:
    """The taps of the last axis that meet one phase of a line: the first of them, and the distance to the next."""

    number: int
    first: int
    step: int


def _phases(size: int, stride: int, dilation: int) -> list[_Phase]:
    """Every phase that has taps."""
    first: dict[int, int] = {}
    for tap in range(size):
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
    start = seen[..., phase.first * dilation // stride :, :]
    return np.lib.stride_tricks.as_strided(start, shape, jumps, writeable=False)
