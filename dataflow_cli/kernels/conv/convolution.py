"""One convolution, ready to be computed: what every method is given."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import FEWEST_PIECES, tile_places
from dataflow_cli.kernels.panels import WIDTH, Whole, multiplier
from dataflow_cli.kernels.running.tiles import Tile, tiles
from dataflow_cli.kernels.windows import seen_under, sliding
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.kernels.panels import Panels
    from dataflow_cli.kernels.running.epilogue import Epilogue
    from dataflow_cli.kernels.running.packed import PackedWeights
    from dataflow_cli.kernels.windows import Seen, Slide
    from dataflow_cli.shapes import Array


NARROWEST = 128
"""Filters of a piece: a product with fewer is slower."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the result that is computed by itself: a box of (samples, *positions), and some of the filters."""

    tile: Tile
    filters: slice

    @property
    def place(self) -> tuple[slice, ...]:
        """Where it is in the result."""
        return (*self.tile, self.filters)


@dataclass(frozen=True, eq=False)
class Convolution:
    """Arrays of one dtype: `x` (N, *spatial, channels), `kernel` (*sizes, channels / groups, filters).

    `out` (N, *positions, filters) is to be filled, tile by tile, and finished. It has fewer positions than `lengths` if
    a pooling takes the largest of several.
    """

    x: Array
    kernel: Array
    out: Array
    slide: Slide
    epilogue: Epilogue
    packed: PackedWeights
    groups: int = 1

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """(N, *positions): how often the windows are weighed."""
        return (len(self.x), *self.slide.counts(self.x.shape[1:-1]))

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole."""
        return math.prod(self.lengths) * math.prod(self.kernel.shape)

    @cached_property
    def matrix(self) -> Array:
        """The kernel as (taps * channels, filters)."""
        return self.kernel.reshape(-1, self.kernel.shape[-1])

    def multiplier(self, filters: slice) -> Whole | Panels:
        """What multiplies rows (n, taps * channels) by some filters."""
        return multiplier(self.kernel, filters, math.prod(self.lengths), self.packed)

    def multiplier_as_it_is(self, filters: slice) -> Whole:
        """The same for what is seldom used: nothing is kept for it."""
        return Whole(self.matrix[:, filters])

    def pieces(self, places: int) -> list[Piece]:
        """The result in boxes of about so many positions, or half as many, and by filters where there are few boxes."""
        return self.divided(tiles(self.lengths, tile_places(math.prod(self.lengths), places)))

    def divided(self, boxes: list[Tile]) -> list[Piece]:
        """Boxes by all filters, or by some at a time where there are few boxes."""
        filters = self.kernel.shape[-1]
        parts = max(min(-(-FEWEST_PIECES // len(boxes)), filters // NARROWEST), 1)
        width = min(-(-filters // (parts * WIDTH)) * WIDTH, filters)
        columns = [slice(start, min(start + width, filters)) for start in range(0, filters, width)]
        return [Piece(box, some) for box in boxes for some in columns]

    def under(self, tile: Tile) -> Seen:
        """What lies under the windows at a tile, with zeros where it reaches over the border."""
        return seen_under(self.x, tile, self.slide)

    @cached_property
    def windows(self) -> Array | None:
        """Every window at every position as one view, (N, *positions, *sizes, channels), if nothing is padded."""
        if any(map(any, self.slide.pads)):
            return None
        return sliding(self.x, self.slide.sizes, self.slide.strides, self.slide.dilations)

    def windows_at(self, tile: Tile) -> Seen:
        """The windows at a tile, as a view (n, *positions, *sizes, channels)."""
        if self.windows is not None:
            view = self.windows[tile]
            return lambda: view
        seen, slide = self.under(tile), self.slide
        return lambda: sliding(seen(), slide.sizes, slide.strides, slide.dilations)

    def by_group(self) -> Iterator[Convolution]:
        """The convolution of each group by itself."""
        channels, filters = self.kernel.shape[-2], self.kernel.shape[-1] // self.groups
        for group in range(self.groups):
            some = slice(group * filters, (group + 1) * filters)
            yield replace(
                self,
                x=self.x[..., group * channels : (group + 1) * channels],
                kernel=self.kernel[..., some],
                out=self.out[..., some],
                epilogue=self.epilogue.of_channels(some),
                groups=1,
            )
