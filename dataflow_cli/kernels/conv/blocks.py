"""A picture cut into small blocks of outputs, as Winograd's methods compute it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.convolution import Convolution, Piece
from dataflow_cli.kernels.conv.plan import winograd_blocks
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.tiles import Tile, tiles
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


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
    samples, height, width = work.out.shape[:-1]
    most = winograd_blocks(side, *work.kernel.shape[-2:], kept=current().prepared.keep)
    boxes = tiles((samples, -(-height // side), -(-width // side)), most)
    return [
        Block(_scaled(piece.tile, side), tuple(s.stop - s.start for s in piece.tile), _cropped(piece, work, side))
        for piece in work.divided(boxes)
    ]


def place(work: Convolution, block: Block, outputs: Array, side: int) -> None:
    """Write outputs (side, side, blocks, filters) to where they belong."""
    out = work.out[block.piece.place]
    apart = outputs.reshape(side, side, *block.shape, -1)
    for row in range(side):
        for column in range(side):
            target = out[:, row::side, column::side]
            target[...] = apart[row, column, :, : target.shape[1], : target.shape[2]]


def _scaled(tile: Tile, side: int) -> Tile:
    samples, *others = tile
    return (samples, *(slice(place.start * side, place.stop * side) for place in others))


def _cropped(piece: Piece, work: Convolution, side: int) -> Piece:
    """The piece in outputs, without what is beyond the result's ends."""
    samples, *others = _scaled(piece.tile, side)
    ends = work.out.shape[1:-1]
    inside = (slice(place.start, min(place.stop, end)) for place, end in zip(others, ends, strict=True))
    return Piece((samples, *inside), piece.filters)
