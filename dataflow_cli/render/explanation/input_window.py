"""A small input with the window marked in it, padding around it where the window hangs over the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.lazy import np
from dataflow_cli.render.explanation.document import Matrix, Row
from dataflow_cli.render.explanation.places import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.explain.account import Account
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.render.explanation.numbers import Numbers

MOST = 12
"""The most rows, and on a signal the most elements, that are printed."""
MOST_LENGTH = 24


def input_planes(account: Account, block: Block, numbers: Numbers) -> Iterator[Row]:
    """The channel of the input that the window lies in, if it is small and larger than the window."""
    if block.input == OWN:
        return
    operand = account.operands[block.input]
    varying = [axis for axis in range(operand.values.ndim) if operand.axes[axis] != "channel"]
    lengths = [operand.values.shape[axis] for axis in varying]
    limit = MOST_LENGTH if len(varying) == 1 else MOST
    if not 1 <= len(varying) <= 2 or max(lengths) > limit or np.prod(lengths) == block.count:
        return
    places = listed(block.places)
    fixed = places[0]
    if not all(0 <= fixed[axis] < n for axis, n in enumerate(operand.values.shape) if axis not in varying):
        return  # the layer has its channels elsewhere than the rest of the network
    spans = [
        range(min(0, int(places[:, axis].min())), max(n, int(places[:, axis].max()) + 1))
        for axis, n in zip(varying, lengths, strict=True)
    ]
    index = tuple(slice(None) if axis in varying else int(fixed[axis]) for axis in range(operand.values.ndim))
    plane = operand.values[index].astype(np.float64)
    texts = dict(zip(np.ndindex(plane.shape), numbers.cells(plane.reshape(-1).tolist()), strict=True))
    under = {tuple(int(place[axis]) for axis in varying) for place in places}
    rows, columns = spans if len(spans) == 2 else (range(1), spans[0])
    grid, marked = [], set()
    for row, high in enumerate(rows):
        line = []
        for column, wide in enumerate(columns):
            place = (high, wide) if len(spans) == 2 else (wide,)
            line.append(texts.get(place, "·"))
            if place in under:
                marked.add((row, column))
        grid.append(tuple(line))
    yield Row((Matrix("the input", tuple(grid), frozenset(marked), framed=False, marks="the window"),), optional=True)
