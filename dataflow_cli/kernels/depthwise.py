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
from dataflow_cli.kernels.windows import positions, under_phases
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.elementwise import Function
    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]

ELEMENTS = 2**16
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
    lengths = [n + before + after for n, (before, after) in zip(x.shape[1:-1], pads, strict=True)]
    out = np.empty((x.shape[0], *positions(lengths, sizes, strides, dilations), channels * multiplier), dtype)
    boxes = tiles(out.shape[:-1], max(ELEMENTS // out.shape[-1], 1))
    width = max(box[-1].stop - box[-1].start for box in boxes)
    lines = _lines(kernel.astype(dtype, copy=False), width)
    finish = finisher(bias, activation, out.shape[-2])

    def fill(box: Tile) -> None:
        seen = under_phases(x, box, sizes, strides, dilations, pads, strides[-1])
        _accumulate(seen, lines, strides, dilations, out[box])
        finish(out[box])

    current().spread(fill, boxes, out.size * math.prod(sizes) * COST)
    return out


def depthwise_method(outputs: int, strides: Sequence[int], why: str = "every channel by itself, line by line") -> Method:
    """How so many outputs are computed."""
    return Method("depthwise", why, scratch=min(outputs, 2 * ELEMENTS) * (1 + 2 * math.prod(strides)))


def _lines(kernel: Array, width: int) -> Array:
    """The kernel (*sizes, channels, multiplier) repeated along lines: (*sizes, width * channels * multiplier)."""
    *sizes, channels, multiplier = kernel.shape
    shape = (*sizes, width, channels * multiplier)

    def fill(made: Array) -> None:
        made[...] = kernel.reshape(*sizes, 1, -1)

    return current().prepared.get("lines", kernel, shape, fill).reshape(*sizes, -1)


def _accumulate(seen: Array, lines: Array, strides: Sequence[int], dilations: Sequence[int], out: Array) -> None:
    """Fill a tile (n, *positions, channels) with the sums over the taps, the taps of one phase at a time."""
    length = out.shape[-2] * out.shape[-1]
    flat = out.reshape(*out.shape[:-2], length)
    letters = "".join(chr(ord("a") + axis) for axis in range(lines.ndim))
    rows = "".join(chr(ord("A") + axis) for axis in range(out.ndim - 2))
    for number, (phase, first, step) in enumerate(_phases(lines.shape[-2], strides[-1], dilations[-1])):
        kernel = lines[..., first::step, :length]
        view = _view(seen[phase], kernel.shape[:-1], flat.shape, strides, dilations, first, step)
        target = flat if number == 0 else scratch("outputs", flat.shape, out.dtype)
        np.einsum(f"{letters[:-1]}{rows}x,{letters[:-1]}x->{rows}x", view, kernel, out=target)
        if number:
            np.add(flat, target, out=flat)


def _phases(size: int, stride: int, dilation: int) -> list[tuple[int, int, int]]:
    """For every phase that has taps of the last axis: (phase, its first tap, the distance to its next)."""
    phases: dict[int, int] = {}
    for tap in range(size):
        phases.setdefault(tap * dilation % stride, tap)
    return [(phase, first, stride // math.gcd(stride, dilation)) for phase, first in phases.items()]


def _view(
    seen: Array,
    taps: Sequence[int],
    shape: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    first: int,
    step: int,
) -> Array:
    """(*taps, n, *rows, line) of one phase (n, *lengths, channels): the line that each tap meets in each row."""
    samples, *rows, column, item = seen.strides
    return np.lib.stride_tricks.as_strided(
        seen[..., first * dilations[-1] // strides[-1] :, :],
        shape=(*taps, *shape),
        strides=(
            *(row * dilation for row, dilation in zip(rows, dilations, strict=False)),
            column * step * dilations[-1] // strides[-1],
            samples,
            *(row * stride for row, stride in zip(rows, strides, strict=False)),
            item,
        ),
        writeable=False,
    )
