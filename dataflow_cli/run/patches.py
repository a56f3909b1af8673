"""Which parts of a picture the queries and keys of attention stand for, by what feeds them: no name says it.

A block of a transformer lets every token see everything, and hands each on beside (the residual connection). So the
tokens are followed back along layers that make each from the one at its own place alone, to where they come from;
what they are made from there are their patches.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.trace.picture_facts import Patch, Patches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Shape

_MOST = 1024
"""Tokens that are followed; a picture of more heads' looks would show none of them."""
_MOST_STARTS = 4


def patches_of(network: Network, node: Node) -> Patches | None:
    """The patches of the queries and keys of a node's weights; None if the keys are no parts of a picture."""
    looks = node.layer.looks_from(node.input_shapes)
    if looks is None or max(node.output_shape) > _MOST:
        return None
    query, key = (node.inputs[which] for which in looks)
    for spec in network.inputs:
        keys = _patches(network, key, spec) if len(spec.shape) == 3 else None
        if keys is not None:
            found = keys if query == key else _patches(network, query, spec)
            return Patches(spec.name, found or (None,) * node.output_shape[1], keys)
    return None


def _patches(network: Network, name: str, spec: InputSpec) -> tuple[Patch | None, ...] | None:
    """What each place of a tensor is made from of one picture, where that tells places apart."""
    for start in _starts(network, name):
        found = tuple(_seen(network, start, place, spec) for place in np.ndindex(*_shape(network, start)[:-1]))
        some = {patch for patch in found if patch is not None}
        whole = math.prod(_lengths(spec))
        if len(some) > 1 and all(patch.height * patch.width < whole for patch in some):
            return found
    return None


def _starts(network: Network, name: str) -> list[str]:
    """The tensors that a tensor's places are handed on from, one to one, and that have theirs from nowhere so.

    Those next to the input come first.
    """
    reached, found = {name}, []
    count = _places(_shape(network, name))
    for node in reversed(network.nodes):
        if node.name in reached:
            before = [one for number, one in enumerate(node.inputs) if _hands_on(node, number, count)]
            reached.update(before)
            if not before:
                found.append(node.name)
    return found[::-1][:_MOST_STARTS]


def _shape(network: Network, name: str) -> Shape:
    node = network.by_name.get(name)
    return node.output_shape if node else next(spec.shape for spec in network.inputs if spec.name == name)


def _places(shape: Shape) -> int:
    """How many places there are, of so many channels each."""
    return math.prod(shape[:-1])


def _hands_on(node: Node, number: int, count: int) -> bool:
    """Whether each place of the output is made from the same place of an input alone.

    If the places whose number has a bit, and those whose number does not, are made from the same ones each, then every
    place is made from those alone that have all bits in common with it.
    """
    if len(node.output_shape) < 2 or not _places(node.output_shape) == _places(node.input_shapes[number]) == count:
        return False
    numbers = np.arange(count)
    for bit in range(max(count - 1, 1).bit_length()):
        for side in (0, 1):
            wanted = (numbers >> bit) & 1 == side
            rows = np.broadcast_to(wanted.reshape(*node.output_shape[:-1], 1), node.output_shape)
            fed = node.layer.feeds(rows.copy(), node.input_shapes)[number].reshape(count, -1).any(axis=1)
            if not np.array_equal(fed, wanted):
                return False
    return True


def _seen(network: Network, name: str, place: Sequence[int], spec: InputSpec) -> Patch | None:
    """The rectangle of the picture that holds all that a place is made from."""
    wanted = {name: np.zeros(_shape(network, name), bool)}
    wanted[name][tuple(place)] = True
    spans: list[tuple[range, ...]] = []
    for node in reversed(network.nodes):
        if node.name not in wanted:
            continue
        some = wanted.pop(node.name)
        told = _told(node, some) if len(network.inputs) == 1 else None
        if told is not None:
            spans.append(told)
            continue
        for one, fed in zip(node.inputs, node.layer.feeds(some, node.input_shapes), strict=True):
            wanted[one] = wanted[one] | fed if one in wanted else fed
    if spec.name in wanted:
        spans.append(_extent(wanted[spec.name], channels_first=spec.data_format == "channels_first"))
    return _rectangle(spans, _lengths(spec))


def _told(node: Node, wanted: Array) -> tuple[range, ...] | None:
    """What elements see by the rule of their receptive field, where that is known: it goes past many layers at once."""
    axes = node.sees.axes
    if axes is None or len(axes) != 2 or wanted.ndim != 3 or node.sees.follows != (0, 1):
        return None
    places = _extent(wanted, channels_first=node.sees.channels_first)
    spans = []
    for axis, along in zip(axes, places, strict=True):
        if axis is None:
            return None
        seen = [axis.at(place) for place in along]
        spans.append(range(min(one.start for one in seen), max(one.stop for one in seen)) if seen else range(0))
    return tuple(spans)


def _extent(wanted: Array, *, channels_first: bool) -> tuple[range, ...]:
    """From the first to the last place on both axes where anything is wanted; nothing where nothing is."""
    places = np.nonzero(wanted.any(axis=0 if channels_first else -1))
    return tuple(range(int(axis.min()), int(axis.max()) + 1) if len(axis) else range(0) for axis in places)


def _rectangle(spans: Sequence[tuple[range, ...]], lengths: Sequence[int]) -> Patch | None:
    """The smallest that holds all of them, on a picture of these lengths."""
    some = [span for span in spans if all(span)]
    if not some:
        return None
    top, left = (max(min(span[axis].start for span in some), 0) for axis in (0, 1))
    bottom, right = (min(max(span[axis].stop for span in some), lengths[axis]) for axis in (0, 1))
    return Patch(top, left, bottom - top, right - left) if top < bottom and left < right else None


def _lengths(spec: InputSpec) -> Shape:
    """Height and width of a picture."""
    return spec.shape[1:] if spec.data_format == "channels_first" else spec.shape[:-1]
