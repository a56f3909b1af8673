"""A picture cut into small blocks of outputs, as Winograd's methods compute it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.convolution import Convolution, Piece
from dataflow_cli.kernels.conv.im2col import im2col_step
from dataflow_cli.kernels.conv.plan import tile_places, winograd_blocks
from dataflow_cli.kernels.running.tiles import Tile, tiles
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.epilogue import Epilogue
    from dataflow_cli.shapes import Array

    Index = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of blocks: whole blocks, also where the result ends inside of one."""

    tile: Tile
    """(samples, rows, columns) of outputs in whole blocks."""
    shape: tuple[int, ...]
    """(samples, rows, columns) of blocks."""
    piece: Piece
    """What of it belongs to the result."""

    @property
    def count(self) -> int:
        """The number of blocks."""
        samples, rows, columns = self.shape
        return int(samples * rows * columns)

    @property
    def width(self) -> int:
        """The number of filters."""
        filters = self.piece.filters
        return int(filters.stop - filters.start)


def blocks(work: Convolution, side: int) -> list[Block]:
    """The result in pieces of some blocks of side x side outputs."""
    samples, height, width = work.lengths
    most = winograd_blocks(side, *work.kernel.shape[-2:], kept=work.packed.keep)
    lengths = (samples, -(-height // side), -(-width // side))
    boxes = tiles(lengths, tile_places(math.prod(lengths), most))
    return [
        Block(_scaled(piece.tile, side), tuple(s.stop - s.start for s in piece.tile), _cropped(piece, work, side))
        for piece in work.divided(boxes)
    ]


class Placing:
    """Where the outputs (side, side, blocks, filters) of a block go."""

    def __init__(self, work: Convolution, block: Block, side: int) -> None:
        out = work.out[block.piece.place]
        self.apart = (side, side, *block.shape, out.shape[-1])
        samples, height, width, filters = out.shape
        self.pairs: list[tuple[Array, Index]]
        if height % side == width % side == 0:
            whole = out.reshape(samples, height // side, side, width // side, side, filters)
            self.pairs = [(whole.transpose(2, 4, 0, 1, 3, 5), (...,))]
        else:
            self.pairs = [
                (target, (row, column, slice(None), slice(target.shape[1]), slice(target.shape[2])))
                for row in range(side)
                for column in range(side)
                for target in [out[:, row::side, column::side]]
            ]

    def __call__(self, outputs: Array) -> None:
        """Write them."""
        apart = outputs.reshape(self.apart)
        for target, index in self.pairs:
            target[...] = apart[index]


class Pooling:
    """Where the largest of every 2 x 2 outputs of a block go; what is odd at an end is left out."""

    def __init__(self, work: Convolution, block: Block, before: Epilogue, number: int) -> None:
        samples, *others = block.piece.tile
        self.before = before
        self.number = number
        inside = (slice(place.start // 2, place.stop // 2) for place in others)
        self.work = work
        self.piece = block.piece
        self.place = (samples, *inside, block.piece.filters)
        self.out = work.out[self.place]
        self.apart = (4, *block.shape, block.width)
        self.index = (slice(None), slice(None), *map(slice, self.out.shape[1:3]))

    def __call__(self, outputs: Array) -> None:
        """Do to them what is to be done before, and write the largest."""
        self._finish(outputs)
        np.maximum.reduce(outputs.reshape(self.apart)[self.index], axis=0, out=self.out)

    def instead(self) -> None:
        """The same by im2col."""
        lengths = (place.stop - place.start for place in self.piece.place)
        outputs = np.empty(tuple(lengths), self.out.dtype)
        im2col_step(self.work, self.piece.tile, self.work.multiplier_as_it_is(self.piece.filters), outputs)()
        self._finish(outputs)
        samples, high, wide, filters = self.out.shape
        even = outputs[:, : 2 * high, : 2 * wide].reshape(samples, high, 2, wide, 2, filters)
        np.max(even, axis=(2, 4), out=self.out)

    def _finish(self, outputs: Array) -> None:
        if self.before.stages:
            self.before.finish(outputs, self.piece.filters, self.number)


def _scaled(tile: Tile, side: int) -> Tile:
    samples, *others = tile
    return (samples, *(slice(place.start * side, place.stop * side) for place in others))


def _cropped(piece: Piece, work: Convolution, side: int) -> Piece:
    """The piece in outputs, without what is beyond the result's ends."""
    samples, *others = _scaled(piece.tile, side)
    ends = work.lengths[1:]
    inside = (slice(place.start, min(place.stop, end)) for place, end in zip(others, ends, strict=True))
    return Piece((samples, *inside), piece.filters)
