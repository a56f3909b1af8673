"""Which method computes a convolution: one rule, from the shape alone."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.kernels.depthwise import depthwise_method
from dataflow_cli.kernels.method import Method
from dataflow_cli.kernels.panels import said
from dataflow_cli.kernels.running.tiles import largest_tile
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.windows import Slide

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

FEWEST_PIECES = 2
"""With fewer tiles the filters are divided too, so that several threads find work."""
DIVISOR = 2
"""Tiles may be so many times smaller for that."""
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
    slide: Slide
    groups: int = 1

    @property
    def places(self) -> int:
        """Output positions of all samples."""
        return self.samples * math.prod(self.positions)

    @property
    def columns(self) -> int:
        """Numbers under the window, in all channels."""
        return math.prod(self.slide.sizes) * self.channels

    def tile(self, places: int) -> tuple[int, ...]:
        """(samples, *positions) of the largest tile of about so many positions."""
        return largest_tile((self.samples, *self.positions), tile_places(self.places, places))

    def under(self, tile: Sequence[int]) -> int:
        """Elements of what lies under the windows at a tile."""
        return math.prod(self.slide.under(tile)) * self.channels


def conv_method(shape: ConvShape, *, kept: bool = False, fast_math: bool = False) -> Method:
    """The method for a shape. `kept`: packed weights are used again; `fast_math`: larger rounding errors are fine."""
    if shape.groups > 1:
        return _grouped(shape, kept=kept)
    slide = shape.slide
    if math.prod(slide.sizes) == 1 and not slide.padded:
        rows = math.prod(shape.tile(POSITIONS)) * shape.channels  # gathered where a stride leaves positions out
        method = Method("pointwise", "1 x 1: a matrix product as it stands", scratch=rows)
        return said(method, shape.places, shape.channels, shape.filters, kept=kept)
    if slide.sizes[-1] * shape.channels < SHORT_ROW:
        words = f"{_counted(shape.channels, 'input channel')}: the matrix is filled tap by tap"
        return Method("planes", words, scratch=_planes(shape))
    if tuple(slide.sizes) == (3, 3) and {*slide.strides, *slide.dilations} == {1}:
        method = _three_by_three(shape, kept=kept, fast_math=fast_math)
    else:
        method = _im2col(shape, "windows are copied side by side, tile by tile")
    if method.name != "im2col":
        return method
    return said(method, shape.places, shape.columns, shape.filters, kept=kept)


def _grouped(shape: ConvShape, *, kept: bool) -> Method:
    if shape.channels == 1:
        lengths = (shape.samples, *shape.positions, shape.groups, shape.filters)
        return depthwise_method(lengths, shape.slide, "every group is one channel", kept=kept)
    words = f"{shape.groups} groups of {_counted(shape.channels, 'channel')}"
    count = merged_groups(shape.groups, shape.channels)
    if count == 1:
        one = _im2col(shape, f"{words}: one after the other")
        return replace(one, name="groups", beside=shape.columns * shape.filters * shape.groups)
    merged = replace(shape, channels=shape.channels * count, filters=shape.filters * count)
    several = _im2col(merged, f"{words}: {count} at a time, as blocks on the diagonal of a kernel")
    kernel = merged.columns * shape.filters * shape.groups
    return replace(several, name="blocks", packed=kernel, beside=kernel)


def _three_by_three(shape: ConvShape, *, kept: bool, fast_math: bool) -> Method:
    least = min(shape.channels, shape.filters)
    if least < WINOGRAD_CHANNELS:
        return _im2col(shape, f"3 x 3 with fewer than {WINOGRAD_CHANNELS} channels or filters")
    needed = KEPT_POSITIONS if kept else WINOGRAD_POSITIONS
    if shape.places < needed:
        return _im2col(shape, f"{shape.places} positions are too few to transform the kernel for")
    side = 4 if fast_math and min(shape.positions) >= 8 else 2
    points = (side + 2) ** 2
    blocks, under = _winograd_blocks(shape, side, kept=kept)
    return Method(
        f"winograd{side}",
        f"3 x 3, stride 1: F({side} x {side}, 3 x 3) needs {9 * side**2 / points:.3g} times fewer products",
        packed=points * shape.channels * shape.filters,
        scratch=blocks * (points * (2 * shape.channels + shape.filters) + side**2 * shape.filters) + under,
        pools=side == 2,
    )


def _winograd_blocks(shape: ConvShape, side: int, *, kept: bool) -> tuple[int, int]:
    """The blocks of the largest piece, and the elements of what lies under them."""
    lengths = (shape.samples, *(-(-count // side) for count in shape.positions))
    most = winograd_blocks(side, shape.channels, shape.filters, kept=kept)
    tile = largest_tile(lengths, tile_places(math.prod(lengths), most))
    return math.prod(tile), shape.under((tile[0], *(count * side for count in tile[1:])))


def winograd_blocks(side: int, channels: int, filters: int, *, kept: bool) -> int:
    """Blocks a piece: fewer in a single run of a wide layer, where memory counts for more than speed."""
    most = max(WINOGRAD_BLOCKS, WINOGRAD_CACHED // (channels + filters // 2) * 4 // side**2)
    return most if kept else min(most, max(WINOGRAD_ELEMENTS // ((side + 2) ** 2 * (channels + filters)), 1))


def _im2col(shape: ConvShape, why: str) -> Method:
    tile = shape.tile(im2col_places(shape.columns))
    under = shape.under(tile) if shape.slide.padded else 0
    return Method("im2col", why, scratch=math.prod(tile) * shape.columns + under)


def _planes(shape: ConvShape) -> int:
    """The matrix of a tile; what lies under it as planes, and before that with its padding."""
    tile = shape.tile(planes_places(shape.columns))
    return math.prod(tile) * shape.columns + shape.under(tile) * ((shape.channels > 1) + shape.slide.padded)


def tile_places(total: int, places: int) -> int:
    """The places of a tile: so many, or down to a fraction of them where that makes work for several threads."""
    return min(places, max(total // FEWEST_PIECES, places // DIVISOR))


def planes_places(columns: int) -> int:
    """Output positions a tile that is filled tap by tap, for a matrix of so many columns."""
    return max(PLANES_ELEMENTS // columns, 1)


def im2col_places(columns: int) -> int:
    """Output positions a tile, for a matrix of so many columns."""
    return max(min(POSITIONS, MATRIX_ELEMENTS // columns), 1)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def merged_groups(groups: int, channels: int) -> int:
    """How many groups are computed at a time: as many as fit into so many channels, and divide the groups."""
    most = max(BLOCK_CHANNELS // channels, 1)
    return max(count for count in range(1, min(most, groups) + 1) if groups % count == 0)
