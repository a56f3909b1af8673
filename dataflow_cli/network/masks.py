"""Which steps of a tensor count: masks, followed from what makes them to the layers that use, hand on or drop them.

The rules are Keras': an embedding with `mask_zero` and a masking layer make a mask, layers that go step by step hand on
that of their first input, merges join those of all, and others drop them. What a layer says itself, `mask: NAME` or
`mask: none`, stands over that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, Problem
from dataflow_cli.layers.bases.masked import MASK, NAMED, check_mask
from dataflow_cli.netfile.model import NO_MASK, Reference
from dataflow_cli.network.model import Node
from dataflow_cli.tensors import inner_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.netfile.model import LayerSpec
    from dataflow_cli.shapes import Shape

Taken = dict[int, str]
"""Names of masks, by the number of the input that they came with; NAMED for the one that the layer names."""


class Masks:
    """The masks of a network's tensors, by name."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self.dropped: list[Problem] = []
        """What is told of layers that no mask gets through."""
        self.layers: dict[tuple[int, tuple[int, ...]], Layer] = {}
        """By a layer (its identity) and the masks that it takes, the layer that takes them: one for all its uses."""

    def concern(self, spec: LayerSpec) -> bool:
        """Whether there is anything to be asked for a layer."""
        return bool(self.of) or spec.mask is not None

    def taken(self, spec: LayerSpec) -> Taken:
        """The masks that hold for a layer."""
        if spec.mask is not None:
            return {NAMED: spec.mask.name} if spec.mask.name != NO_MASK else {}
        found = ((number, self.of.get(each.name, "")) for number, each in enumerate(spec.inputs))
        return {number: name for number, name in found if name}

    def references(self, spec: LayerSpec, taken: Taken) -> list[Reference]:
        """Where the masks are named: at the layer, or by what they came with."""
        places = {NAMED: spec.mask} | dict(enumerate(spec.inputs))
        return [Reference(name, (places[number] or spec.inputs[0]).node) for number, name in taken.items()]

    def used(self, layer: Layer, taken: Taken, known: Mapping[str, Shape], shapes: Sequence[Shape]) -> Taken:
        """Those masks that the layer's result depends on. `known` are all shapes by name, `shapes` the inputs'."""
        if not layer.uses_masks:
            return {}
        return {n: name for n, name in taken.items() if n == NAMED or layer.uses_mask(known[name], shapes)}

    def layer(self, layer: Layer, taken: Taken) -> Layer:
        """The layer that takes these masks."""
        key = id(layer), tuple(taken)
        if key not in self.layers:
            self.layers[key] = layer.masked(tuple(taken))
        return self.layers[key]

    def follow(self, node: Node, spec: LayerSpec, taken: Taken, shapes: Mapping[str, Shape]) -> Node:
        """Note which steps of a node's output count; the node, with the mask among its tensors if it joins several.

        Raises LayerError for a mask that the layer cannot take.
        """
        layer = node.layer
        if spec.mask is not None or len(node.inputs) > len(spec.inputs):
            written = None if spec.mask is None else spec.mask.name
            node = replace(node, mask=written, masks=len(node.inputs) - len(spec.inputs))
        if layer.makes_mask:
            self.of[node.name] = inner_name(node.name, MASK)
        elif NAMED in taken:
            self._follow_named(node, taken[NAMED], shapes[taken[NAMED]])
        elif taken and layer.joins_masks:
            return self._joined(node, taken, len(spec.inputs), shapes)
        elif layer.hands_mask_on and 0 in taken:
            self.of[node.name] = taken[0]
        elif 0 in taken and not layer.uses_masks:
            self.dropped.append(_dropped(node, taken[0]))
        return node

    def _follow_named(self, node: Node, name: str, shape: Shape) -> None:
        """Note a mask that the layer names, if it is one of steps of the output."""
        layer = node.layer
        if not (layer.uses_masks or layer.hands_mask_on or layer.joins_masks):
            hint = "leave `mask` out; layers that go over steps, such as recurrent ones, and attention take one"
            raise LayerError(f"{layer.type} has no use for a mask", hint=hint, code="E135", field=MASK)
        steps = node.output_shape[: len(shape)]
        if not layer.uses_masks:
            check_mask(shape, steps)
        if shape == steps and (layer.hands_mask_on or layer.joins_masks):
            self.of[node.name] = name

    def _joined(self, node: Node, taken: Taken, count: int, shapes: Mapping[str, Shape]) -> Node:
        """The node of a merge, with the mask of its output: that of its inputs if they share one, else its own."""
        names = tuple(taken.values())
        own = tuple(shapes[name] for name in names)
        layer = node.layer.joined_mask(tuple(number in taken for number in range(count)), node.input_shapes)
        if layer is None:
            return node
        shape = layer.output_shape(own)
        if len(set(names)) == 1 and len(names) == count and shape == own[0]:
            self.of[node.name] = names[0]
            return node
        self.of[node.name] = name = inner_name(node.name, MASK)
        seen = node.receptive_fields
        field = layer.receptive_field([seen[each] for each in names], own)
        mask = Node(name, layer, names, own, shape, {}, 0, {name: field}, kind=node.kind)
        return replace(node, joined_mask=mask)


def _dropped(node: Node, mask: str) -> Problem:
    """The warning that the steps which do not count are no longer known behind a layer, as Keras gives it."""
    message = f"{node.layer.type} '{node.name}' drops '{mask}': behind it, padding counts like all else"
    hint = f"write `mask: none` at it if that is meant; else `mask: '{mask}'` at the layer behind it that wants one"
    return Problem("W135", message, hint, node.place, severity="warning")
