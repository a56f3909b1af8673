"""What an element looks at, as planes with its window outlined: the layer's input, and the network's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.lazy import np
from dataflow_cli.render.explanation import names
from dataflow_cli.render.explanation.document import Plane
from dataflow_cli.render.explanation.input_window import MOST
from dataflow_cli.render.explanation.places import listed
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.explain.account import Account, Region
    from dataflow_cli.layers.explaining.explanation import Block

_FLAT = 2
"""Axes of a plane."""


def planes(account: Account, shown: Sequence[Block]) -> tuple[Plane, ...]:
    """The channel of every shown window that lies in a larger plane, and the receptive field in inputs before it."""
    direct = {operand.name for operand in account.operands}
    before = (region for region in account.regions if region.input not in direct)
    found = [*(plane for region in before for plane in _seen(region)), *_windows(account, shown)]
    return tuple(plane for plane in found if min(plane.values.shape) > 1)


def _windows(account: Account, shown: Sequence[Block]) -> Iterator[Plane]:
    for block in shown:
        if block.kind not in ("window", "element") or block.input == OWN or not block.inside.any():
            continue
        operand = account.operands[block.input]
        varying = [axis for axis, name in enumerate(operand.axes) if name != "channel"]
        lengths = [operand.values.shape[axis] for axis in varying]
        if len(varying) != _FLAT or (block.kind == "window" and max(lengths) <= MOST):
            continue  # a small plane is printed with its numbers
        places = listed(block.places)
        index = tuple(slice(None) if axis in varying else int(places[0, axis]) for axis in range(len(operand.axes)))
        down, across = ((int(places[:, axis].min()), int(places[:, axis].max())) for axis in varying)
        channel = [f"channel {place}" for axis, place in enumerate(index) if axis not in varying]
        title = " of ".join([*channel, safe(operand.name)])
        yield Plane(title, operand.values[index].astype(np.float64), (down, across))


def _seen(region: Region) -> Iterator[Plane]:
    """The receptive field in an input of the network."""
    if region.values is None or len(region.axes) != _FLAT:
        return
    down, across = region.spans or tuple((0, length - 1) for length in region.values.shape)
    if down[0] <= down[1] and across[0] <= across[1]:
        yield Plane(f"receptive field: {names.region(region)}", region.values, (down, across))
