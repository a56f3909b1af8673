"""What layers that move elements do to PyTorch's order of them: in go the orders of inputs, out comes the output's."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from dataflow_cli.layers.torch_order import (
    Axes,
    Order,
    Piece,
    Row,
    axes_there,
    channels_in_front,
    plain,
    same_either_way,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflow_cli.shapes import Shape, Shapes


def flattened(before: Order, shape: Shape, *, first: bool) -> Row:
    """Behind flatten, which moves channels that stand first to the end. PyTorch's moves nothing."""
    row = before.row(shape)
    if not first or len(shape) < 2 or math.prod(shape) == max(shape):
        return row
    if not row.is_plain:
        return Row(None, row.first)
    last = len(shape) - 1
    piece = Piece((*shape[1:], shape[0]), (last, *range(last)))
    return replace(row, pieces=(piece.simplified(),))


def reshaped(before: Order, shape: Shape, after: Shape) -> Order:
    """Behind reshape, which stands for PyTorch's view: the elements stay in a row here, and in theirs there."""
    if after == shape:
        return before
    row = before.row(shape)
    if len(after) < 2:
        return row
    if _channels_stay(before, shape, after):
        return _other_spatial_axes(before, len(after))
    if row.is_plain and (row.first or same_either_way(after)):
        return replace(channels_in_front(len(after), first=row.first), sure=row.sure)
    return row


def listing(before: Order, shape: Shape, after: Shape) -> tuple[int, ...] | None:
    """Our axes in the order in which PyTorch runs over them where they get another shape; None where as they stand.

    Raises LayerError if that is not known.
    """
    if after == shape or before.row(shape).is_plain or _channels_stay(before, shape, after):
        return None
    return axes_there(before, shape)


def permuted(before: Order, shape: Shape, dims: Sequence[int]) -> Order:
    """Behind permute, whose `dims` count from 1. Raises LayerError if the axes need not be PyTorch's."""
    count = len(dims)
    if isinstance(before, Axes):
        kept = before.first or before.order == tuple(range(count)) or (before.order is not None and dims[-1] == count)
        return before if kept else Axes(None, before.first)
    if before.is_plain and count > 1:
        return Axes(None, before.first)
    return before.aligned(shape)


def embedded(before: Order, shape: Shape) -> Order:
    """Behind embedding, which adds an axis at the end, in PyTorch too."""
    row = before.row(shape)
    return Axes(tuple(range(len(shape) + 1)), row.first) if row.is_plain else Row(None, row.first)


def joined(orders: Sequence[Order], shapes: Shapes) -> Order:
    """Behind concatenate. Raises LayerError if axes need not be PyTorch's."""
    if len(shapes[0]) > 1:
        return _common([order.aligned(shape) for order, shape in zip(orders, shapes, strict=True)])
    rows = [order.row(shape) for order, shape in zip(orders, shapes, strict=True)]
    pieces = [row.pieces for row in rows if row.pieces is not None]
    side_by_side = _merged(piece for some in pieces for piece in some) if len(pieces) == len(rows) else None
    return Row(side_by_side, rows[0].first, all(row.sure for row in rows))


def met(orders: Sequence[Order], shapes: Shapes) -> Order:
    """Behind a layer that takes its inputs element by element. Raises LayerError if PyTorch pairs other elements."""
    long = [(order, shape) for order, shape in zip(orders, shapes, strict=True) if math.prod(shape) > 1]
    rows = [(order, shape) for order, shape in long if isinstance(order, Row)]
    if not long:
        return orders[0]
    if len(rows) == len(long) and len({(row.pieces, shape) for row, shape in rows}) == 1 and rows[0][0].pieces:
        return replace(rows[0][0], sure=all(row.sure for row, _ in rows))
    rank = max(map(len, shapes))
    if any(not row.is_plain for row, _ in rows) or rank < 2:
        raise unknown("in PyTorch its inputs have their numbers in other orders, so that others would meet")
    pairs = zip(orders, shapes, strict=True)
    return _common([order.aligned(shape) for order, shape in pairs if len(shape) == rank])


def _channels_stay(before: Order, shape: Shape, after: Shape) -> bool:
    """Whether only the axes beside the channels get other lengths, in a file that has channels last."""
    if not isinstance(before, Axes) or before.first or len(after) < 2 or shape[-1] != after[-1]:
        return False
    others = [axis for axis in before.order or () if axis != len(shape) - 1]
    return others == sorted(others)


def _other_spatial_axes(before: Order, count: int) -> Order:
    """The order with other axes beside the channels, which stay where they are."""
    if isinstance(before, Row) or before.order is None:
        return before
    last_there = before.order[-1] == len(before.order) - 1
    return replace(before, order=tuple(range(count)) if last_there else (count - 1, *range(count - 1)))


def _common(orders: Sequence[Order]) -> Order:
    """The order of tensors that PyTorch has side by side, and so in one order: what is known of any is true of all."""
    axes = [order for order in orders if isinstance(order, Axes) and order.order is not None]
    known = [order for order in axes if order.sure] or axes
    return known[0] if len({order.order for order in known}) == 1 else Axes(None, orders[0].first)


def _merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces, neighbours that are in the same order in PyTorch as one."""
    result: list[Piece] = []
    for in_order, some in groupby(pieces, lambda piece: len(piece.shape) == 1):
        group = list(some)
        result += plain(sum(piece.shape[0] for piece in group), first=True).pieces or () if in_order else group
    return tuple(result)
