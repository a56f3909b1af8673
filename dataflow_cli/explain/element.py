"""The element that somebody asks about: `conv2d_1[3,5,0]`, checked against the network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import Shape, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node

WHOLE = ":"
"""In place of an index: all units of a dense layer at once."""

_ELEMENT = re.compile(r"(?P<layer>[^\[\]]+?)\s*(?:\[(?P<index>[^\[\]]*)\])?")


@dataclass(frozen=True)
class Element:
    """A layer by its name, and which element of its output; without an index the layer as such, with `:` all of it."""

    layer: str
    index: Shape | str | None


def parse_element(text: str) -> Element:
    """What `LAYER[3,5,0]`, `LAYER[:]` or `LAYER` asks about. Raises UnknownName if it is none of these."""
    match = _ELEMENT.fullmatch(text.strip())
    if match is None:
        raise _malformed(text)
    index = match["index"]
    if index is None or index.strip() == WHOLE:
        return Element(match["layer"], WHOLE if index else None)
    try:
        parts = index.rstrip(", ").split(",") if index.strip() else []  # an output of no axes is one number
        return Element(match["layer"], tuple(map(int, parts)))
    except ValueError:
        raise _malformed(text) from None


def element_of(layer: str, at: Sequence[int] | None) -> tuple[str, Shape]:
    """A layer's name and an index, as a Python program gives them: as two, or as one text `conv2d_1[3,5,0]`.

    Raises UnknownName if it gives two indices, one that is text, or means all of a layer.
    """
    asked = parse_element(layer)
    if isinstance(asked.index, str):
        raise UnknownName(f"'{layer}' is no single element", hint=f"write numbers in place of {WHOLE}")
    if asked.index is not None and at is not None:
        hint = "leave out `at`; the input is given as x=..."
        raise UnknownName(f"'{layer}' says already which element is meant", hint=hint)
    if isinstance(at, str):
        raise UnknownName(f"'{at}' is no index", hint=f"write '{layer}[3,5,0]'; the input is given as x=...")
    return (layer, () if at is None else tuple(at)) if asked.index is None else (asked.layer, asked.index)


def wanted_node(network: Network, name: str) -> Node:
    """The layer of that name. Raises UnknownName, with the closest name, also for an input of the network."""
    for spec in network.inputs:
        if spec.name == name:
            what = f"'{name}' is an input of the network: nothing computes it"
            raise UnknownName(what, hint=name_element(spec))
    return network.node(name)


def name_element(spec: InputSpec) -> str:
    """What to do where an element of an input is wanted, or a layer."""
    return f"name an element of it, '{spec.name}[{_listed([0] * len(spec.shape))}]', or a layer"


def place_in(node: Node, index: Sequence[int], data_format: str) -> Shape:
    """The index, from 0, of an element of a layer's output; negative numbers count from the end.

    Raises UnknownName if there are too few or too many numbers, or one is out of range.
    """
    return place_within(node.name, node.output_shape, axis_names(node, data_format), index, node.inner or "the output")


def place_within(name: str, shape: Shape, names: Sequence[str], index: Sequence[int], what: str) -> Shape:
    """The same of any tensor, whose axes are called so; `what` it is called in an error."""
    if len(index) != len(shape):
        count = f"{len(index)} {'index' if len(index) == 1 else 'indices'}"
        message = f"{name}[{_listed(index)}] has {count}, {what} {written(shape)} needs {len(shape)}"
        raise UnknownName(message, hint=_ranges(name, shape, names))
    for place, length, axis in zip(index, shape, names, strict=True):
        if not -length <= place < length:
            message = f"{name}[{_listed(index)}]: {axis} {place} is out of range"
            raise UnknownName(message, hint=_ranges(name, shape, names))
    return tuple(place % length for place, length in zip(index, shape, strict=True))


def axis_names(node: Node, data_format: str) -> tuple[str, ...]:
    """What the axes of a layer's output are called, one of each: `height`, `width`, `channel`."""
    return node.layer.axes(len(node.output_shape), channels_first=data_format == "channels_first")


def _ranges(name: str, shape: Shape, names: Sequence[str]) -> str:
    if not shape:
        return f"it is a single number: '{name}[]'"
    ranges = [f"{axis} 0 to {length - 1}" for axis, length in zip(names, shape, strict=True)]
    return f"write {', '.join(ranges)}: '{name}[{_listed([0] * len(ranges))}]'"


def _listed(index: Sequence[int]) -> str:
    return ",".join(map(str, index))


def _malformed(text: str) -> UnknownName:
    return UnknownName(f"'{text}' names no element", hint="write LAYER[3,5,0] with whole numbers, or LAYER alone")
