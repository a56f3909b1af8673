"""Which method computes a convolution: one rule, from the shape alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

SHORT_ROW = 16
"""A row of a window with fewer numbers (taps along the last axis, times channels) is too short to be copied by itself."""
WINOGRAD_CHANNELS = 64
"""From so many channels and filters on, the products that Winograd saves outweigh its additions."""
WINOGRAD_POSITIONS = 600
"""Output positions from which transforming the kernel for a single use pays."""
KEPT_POSITIONS = 150
"""The same if the transformed kernel is kept for the next minibatch."""
BLOCK_CHANNELS = 32
"""Groups with fewer channels are computed several at a time, as blocks on the diagonal of one kernel."""


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


@dataclass(frozen=True)
class Method:
    """The name of a method, and why it was chosen."""

    name: str
    why: str


def conv_method(shape: ConvShape, *, kept: bool = False, fast_math: bool = False) -> Method:
    """The method for a shape. `kept`: prepared kernels are used again; `fast_math`: larger rounding errors are fine."""
    if shape.groups > 1:
        return _grouped(shape)
    if math.prod(shape.sizes) == 1 and not shape.padded:
        return Method("pointwise", "1 x 1: a matrix product as it stands")
    if shape.sizes[-1] * shape.channels < SHORT_ROW:
        return Method("planes", f"{_counted(shape.channels, 'input channel')}: the matrix is filled tap by tap")
    if shape.sizes == (3, 3) and set(shape.strides) == set(shape.dilations) == {1}:
        return _three_by_three(shape, kept=kept, fast_math=fast_math)
    return Method("im2col", "windows copied side by side, tile by tile")


def _grouped(shape: ConvShape) -> Method:
    if shape.channels == 1:
        return Method("depthwise", "every group is one channel")
    if merged_groups(shape.groups, shape.channels) > 1:
        return Method("blocks", f"{shape.groups} groups of {shape.channels} channels: several at a time")
    return Method("groups", f"{shape.groups} groups of {shape.channels} channels: one after the other")


def _three_by_three(shape: ConvShape, *, kept: bool, fast_math: bool) -> Method:
    least = min(shape.channels, shape.filters)
    if least < WINOGRAD_CHANNELS:
        return Method("im2col", f"3 x 3 with fewer than {WINOGRAD_CHANNELS} channels or filters")
    needed = KEPT_POSITIONS if kept else WINOGRAD_POSITIONS
    if shape.places < needed:
        return Method("im2col", f"{shape.places} positions are too few to transform the kernel for")
    tile = 4 if fast_math and min(shape.positions) >= 8 else 2
    return Method(f"winograd{tile}", f"3 x 3, stride 1: F({tile} x {tile}, 3 x 3) needs fewer products")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def merged_groups(groups: int, channels: int) -> int:
    """How many groups are computed at a time: as many as fit into so many channels, and divide the groups."""
    most = max(BLOCK_CHANNELS // channels, 1)
    return max(count for count in range(1, min(most, groups) + 1) if groups % count == 0)
