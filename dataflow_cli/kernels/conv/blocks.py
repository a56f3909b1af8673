"""A picture cut into small blocks of outputs, as Winograd's methods compute it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.convolution import Convolution, Piece
from dataflow_cli.kernels.conv.plan import WINOGRAD_BLOCKS
from dataflow_cli.kernels.tiles import Tile, tiles
from dataflow_cli.lazy import np
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
    boxes = tiles((samples, -(-height // side), -(-width // side)), WINOGRAD_BLOCKS[side])
    return [
        Block(_scaled(piece.tile, side), tuple(s.stop - s.start for s in piece.tile), _cropped(piece, work, side))
        for piece in work.divided(boxes)
    ]


def place(work: Convolution, block: Block, outputs: Array, side: int) -> None:
    """Write outputs (side, side, blocks, filters) to where they belong, with the bias, and apply the activation."""
    tile, some = block.piece.tile, block.piece.filters
    out = work.out[(*tile, some)]
    apart = outputs.reshape(side, side, *block.shape, -1)
    for row in range(side):
        for column in range(side):
            target = out[:, row::side, column::side]
            source = apart[row, column, :, : target.shape[1], : target.shape[2]]
            if work.bias is None:
                target[...] = source
            else:
                np.add(source, work.bias[some], out=target)
    if work.activation is not None:
        work.activation(out, out)


def _scaled(tile: Tile, side: int) -> Tile:
    samples, *others = tile
    return (samples, *(slice(place.start * side, place.stop * side) for place in others))


def _cropped(piece: Piece, work: Convolution, side: int) -> Piece:
    """The piece in outputs, without what is beyond the result's ends."""
    samples, *others = _scaled(piece.tile, side)
    ends = work.out.shape[1:-1]
    inside = (slice(place.start, min(place.stop, end)) for place, end in zip(others, ends, strict=True))
    return Piece((samples, *inside), piece.filters, piece.finish)
