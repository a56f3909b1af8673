"""Which method computes a convolution: one rule, from the shape alone."""

from __future__ import annotations

import math
from dataclasses import replace

from dataflow_cli.kernels.depthwise import depthwise_method
from dataflow_cli.kernels.method import Method
from dataflow_cli.kernels.panels import said
from dataflow_cli.records import dataclass

SHORT_ROW = 16
"""A row of a window with fewer numbers (taps along the last axis, times channels) is too short to be copied."""
WINOGRAD_CHANNELS = 32
"""From so many channels and filters on, the products that Winograd saves outweigh its additions."""
WINOGRAD_POSITIONS = 1000
"""Output positions from which transforming the kernel for a single use pays, in time and in memory."""
KEPT_POSITIONS = 150
"""The same if the transformed kernel is kept for the next minibatch."""
BLOCK_CHANNELS = 32
"""Groups with fewer channels are computed several at a time, as blocks on the diagonal of one kernel."""

POSITIONS = 896
"""Output positions a tile; half as many where that makes too few tiles."""
MATRIX_ELEMENTS = 2**19
"""Elements of the matrix of a tile's windows at most."""
PLANES_ELEMENTS = 2**18
"""The same where it is filled tap by tap."""
WINOGRAD_BLOCKS = 112
"""Blocks of 2 x 2 or 4 x 4 outputs a piece."""
WINOGRAD_CACHED = 43_008
"""Those of 2 x 2, times channels and half of the filters, up to which narrow layers take more: they stay in the cache.
"""
WINOGRAD_ELEMENTS = 750_000
"""Elements of transformed inputs and products of a piece at most, in a single run: wide layers would take much."""


@dataclass(frozen=True)
class ConvShape:
    """What the rule looks at. Channels and filters are those of one group."""

    samples: int
    positions: tuple[int, ...]
    channels: int
    filters: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int = 1
    padded: bool = False

    @property
    def places(self) -> int:
        """Output positions of all samples."""
        return self.samples * math.prod(self.positions)


def conv_method(shape: ConvShape, *, kept: bool = False, fast_math: bool = False) -> Method:
    """The method for a shape. `kept`: prepared kernels are used again; `fast_math`: larger rounding errors are fine."""
    if shape.groups > 1:
        return _grouped(shape, kept=kept)
    if math.prod(shape.sizes) == 1 and not shape.padded:
        method = Method("pointwise", "1 x 1: a matrix product as it stands", scratch=_stepped(shape))
        return said(method, shape.places, shape.channels, shape.filters, kept=kept)
    if shape.sizes[-1] * shape.channels < SHORT_ROW:
        words = f"{_counted(shape.channels, 'input channel')}: the matrix is filled tap by tap"
        return Method("planes", words, scratch=2 * PLANES_ELEMENTS)
    if shape.sizes == (3, 3) and set(shape.strides) == set(shape.dilations) == {1}:
        method = _three_by_three(shape, kept=kept, fast_math=fast_math)
    else:
        method = _im2col(shape, "windows are copied side by side, tile by tile")
    if method.name != "im2col":
        return method
    return said(method, shape.places, math.prod(shape.sizes) * shape.channels, shape.filters, kept=kept)


def _grouped(shape: ConvShape, *, kept: bool) -> Method:
    if shape.channels == 1:
        outputs = shape.places * shape.groups * shape.filters
        return depthwise_method(outputs, shape.strides, "every group is one channel", kept=kept)
    words = f"{shape.groups} groups of {_counted(shape.channels, 'channel')}"
    count = merged_groups(shape.groups, shape.channels)
    if count == 1:
        one = _im2col(shape, f"{words}: one after the other")
        return replace(one, name="groups")
    merged = replace(shape, channels=shape.channels * count, filters=shape.filters * count)
    several = _im2col(merged, f"{words}: {count} at a time, as blocks on the diagonal of a kernel")
    kernel = math.prod(shape.sizes) * merged.channels * shape.filters * shape.groups
    return replace(several, name="blocks", prepared=kernel)


def _three_by_three(shape: ConvShape, *, kept: bool, fast_math: bool) -> Method:
    least = min(shape.channels, shape.filters)
    if least < WINOGRAD_CHANNELS:
        return _im2col(shape, f"3 x 3 with fewer than {WINOGRAD_CHANNELS} channels or filters")
    needed = KEPT_POSITIONS if kept else WINOGRAD_POSITIONS
    if shape.places < needed:
        return _im2col(shape, f"{shape.places} positions are too few to transform the kernel for")
    side = 4 if fast_math and min(shape.positions) >= 8 else 2
    points = (side + 2) ** 2
    most = winograd_blocks(side, shape.channels, shape.filters, kept=kept)
    blocks = min(-(-shape.places // side**2), most * 3 // 2)
    return Method(
        f"winograd{side}",
        f"3 x 3, stride 1: F({side} x {side}, 3 x 3) needs {9 * side**2 / points:.3g} times fewer products",
        prepared=points * shape.channels * shape.filters,
        scratch=points * blocks * (2 * shape.channels + 2 * shape.filters),
        pools=side == 2,
    )


def winograd_blocks(side: int, channels: int, filters: int, *, kept: bool) -> int:
    """Blocks a piece: fewer in a single run of a wide layer, where memory counts for more than speed."""
    most = max(WINOGRAD_BLOCKS, WINOGRAD_CACHED // (channels + filters // 2) * 4 // side**2)
    return most if kept else min(most, max(WINOGRAD_ELEMENTS // ((side + 2) ** 2 * (channels + filters)), 1))


def _im2col(shape: ConvShape, why: str) -> Method:
    columns = math.prod(shape.sizes) * shape.channels
    tile = min(shape.places, im2col_places(columns) * 3 // 2)
    return Method("im2col", why, scratch=tile * (columns + math.prod(shape.strides) * shape.channels))


def _stepped(shape: ConvShape) -> int:
    """What is copied where a stride leaves positions out."""
    return min(shape.places, POSITIONS * 3 // 2) * shape.channels if math.prod(shape.strides) > 1 else 0


def im2col_places(columns: int) -> int:
    """Output positions a tile, for a matrix of so many columns."""
    return max(min(POSITIONS, MATRIX_ELEMENTS // columns), 1)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def merged_groups(groups: int, channels: int) -> int:
    """How many groups are computed at a time: as many as fit into so many channels, and divide the groups."""
    most = max(BLOCK_CHANNELS // channels, 1)
    return max(count for count in range(1, min(most, groups) + 1) if groups % count == 0)
