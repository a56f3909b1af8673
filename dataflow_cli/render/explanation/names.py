"""Names and places in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.render.explanation.places import listed
from dataflow_cli.render.text import safe
from dataflow_cli.tensors import inner_name, layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.explain.account import Account, Region, Setting
    from dataflow_cli.layers.explaining.explanation import Block

_ALONG = 2
"""Axes of a tensor that has a row for every token."""
FEW = 6
"""Up to so many places are listed."""


def element(name: str, at: Sequence[int]) -> str:
    """`conv2d_1[3, 5, 0]`."""
    return f"{safe(name)}[{', '.join(map(str, at))}]"


def index(at: Sequence[int], token: str = "") -> str:
    """`[3, 17]`, with the token of the text that stands there: `[3, 17] sat`."""
    return f"[{', '.join(map(str, at))}]" + (f" {safe(token)}" if token else "")


def token(setting: Setting, shape: Sequence[int], at: Sequence[int]) -> str:
    """What stands in the text at the place of an element of a tensor that goes along it; nothing if it does not."""
    along = bool(setting.tokens) and 0 < len(shape) <= _ALONG and shape[0] == len(setting.tokens)
    return setting.tokens[at[0]] if along else ""


def placed(axes: Sequence[str], at: Sequence[int]) -> str:
    """`height 3, width 5, channel 0`."""
    return ", ".join(f"{axis} {place}" for axis, place in zip(axes, at, strict=True))


def span(first: int, last: int) -> str:
    """`3 to 5`, or `3`."""
    return f"{first}" if first == last else f"{first} to {last}"


def region(seen: Region) -> str:
    """`height 3 to 5, width 5 to 7 of input`."""
    if seen.spans is None:
        return f"all of {safe(seen.input)}"
    if any(first > last for first, last in seen.spans):
        return f"nothing of {safe(seen.input)} but padding"
    axes = zip(seen.axes, seen.spans, strict=True)
    return f"{', '.join(f'{axis} {span(*stretch)}' for axis, stretch in axes)} of {safe(seen.input)}"


def source(account: Account, block: Block) -> str:
    """The tensor that a block's values are of: an input, or one of the layer's own; nothing if that has no name."""
    if block.recalled is not None:
        return inner_name(layer_of(account.subject.name), block.recalled)
    return "" if block.input == OWN else account.operands[block.input].name


def under(account: Account, block: Block) -> str:
    """Where a window lies: `channel 2 of conv2d_1, height 3 to 5, width 5 to 7`; padding is cut off."""
    operand = safe(source(account, block))
    axes = account.axes if block.input == OWN else account.operands[block.input].axes
    flat = listed(block.places)[block.inside.reshape(-1)]
    if not len(flat):
        return f"{block.name} of {operand}: nothing but padding"
    seen = {axis: sorted(set(places.tolist())) for axis, places in zip(axes, flat.T, strict=True)}
    named = any(len(places) == 1 and block.name.endswith(f"{axis} {places[0]}") for axis, places in seen.items())
    where = ", ".join(
        f"{axis} {_stretch(places)}" for axis, places in seen.items() if not (named and axis == "channel")
    )
    return f"{block.name} of {operand}, {where}"


def _stretch(places: list[int]) -> str:
    """`3 to 5`; the places themselves where a dilated window leaves some out."""
    if len(places) == places[-1] - places[0] + 1 or len(places) > FEW:
        return span(places[0], places[-1])
    return ", ".join(map(str, places))


def part_of(block: Block) -> str:
    """The part of the parameter that is applied: `kernel[:, :, 2, 0]`; flipped if it is run through backwards."""
    places = block.parameter_places
    if places is None or not block.parameter:
        return block.coefficient_name or "weights"
    flat = listed(places)
    fixed = [str(int(column[0])) if (column == column[0]).all() and block.values.size > 1 else ":" for column in flat.T]
    fixed = fixed if block.values.size > 1 else [str(int(place)) for place in flat[0]]
    backwards = any(flat[0][axis] > flat[-1][axis] for axis in range(flat.shape[1]))
    return f"{block.parameter}[{', '.join(fixed)}]{' flipped' if backwards else ''}"
