"""Whether a captured tensor is a layer's output, told by what reads it: if it is, what follows is made of it.

A layer that computes wrongly puts out nothing that ours does. What the layers behind it make of a tensor that is taken
for its output meets what was captured of them; of any other tensor it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.order import is_constant
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.layers.base import suited
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from dataflow_cli.diff.content import Content
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Parameters

REACH = 4
"""Layers behind one that are looked at, of those whose own weights or other inputs tell one tensor from another."""
NEARER = 4.0
"""How much nearer the layers behind come by a tensor than without it, if it is the layer's."""


class Confirming:
    """Layers computed from what the other side has: of tensors that were captured, by `partner`, and of the others."""

    def __init__(self, content: Content, partner: Mapping[str, str], computed: Mapping[str, Array]) -> None:
        self.content = content
        self.run = content.run
        self.partner = partner
        self.computed = computed
        """What the other side should have of layers without a partner that do not do as ours; all others do."""

    def value(self, name: str) -> Array | None:
        """What the other side has of one of our tensors (N, *shape), as far as that is known."""
        if name in self.computed:
            return self.computed[name]
        if name in self.partner:
            return self.content.in_our_order(name, self.partner[name])
        return self.run.values.get(name)

    def made(
        self,
        node: Node,
        known: Mapping[str, Array],
        *,
        sums: bool = False,
        change: Callable[[Parameters], Parameters] | None = None,
    ) -> Array | None:
        """What a layer makes of its inputs, those that are `known` first; its sums alone, if asked. None if one of them
        is not known. `change` makes others of its parameters.
        """
        inputs = [known.get(name, self.value(name)) for name in node.inputs]
        given = [each for each in inputs if each is not None]
        if len(given) < len(inputs):
            return None
        parameters: Parameters = {
            key: array.astype(np.float32) if array.dtype.kind == "f" else array
            for key, array in self.run.parameters(node).items()
        }
        if change is not None:
            parameters = change(parameters)
        with computing():
            taken = suited(node.layer, given, np.float32)
            return node.layer.forward(taken, parameters) if sums else node.layer(taken, parameters)

    def is_confirmed(
        self, name: str, array: Array, free: Collection[str], *, alone: bool = False, reach: int = REACH
    ) -> bool:
        """Whether what was captured behind a layer follows from a tensor (N, *shape) that is taken for its output.

        `free` are tensors of the other side that are nobody's so far. If it has to follow from that `alone`, what
        follows from what the layer should put out as well says nothing. Looks as far as `reach` layers that tell.
        """
        seen, is_weak = 0, False
        for node, wanted in self.behind(name, array):
            joins = len(node.inputs) > 1
            weighs = (joins or not node.layer.hands_on) and not is_constant(wanted)
            told = weighs and bool(node.parameters or joins)
            b = self.met(node, wanted, free) if weighs else None
            if b is not None and not (alone and self.follows_anyway(name, node, wanted, b)):
                if told:
                    return True
                is_weak = True
            seen += told
            if seen >= reach:
                break
        return is_weak and not seen

    def met(self, node: Node, wanted: Array, free: Collection[str]) -> str | None:
        """The tensor of the other side that is what a layer should put out; None if that was not captured."""
        own = self.partner.get(node.name)
        return self.content.nearest(node.name, wanted, [own] if own is not None else free)

    def follows_anyway(self, name: str, node: Node, wanted: Array, b: str) -> bool:
        """Whether a layer comes as near to a tensor when `name` puts out what it should."""
        should = self.should(name)
        if should is None:
            return False
        other = next((found for each, found in self.behind(name, should) if each is node), wanted)
        apart = self.content.apart
        return apart(node.name, other, b) <= NEARER * apart(node.name, wanted, b)

    def should(self, name: str) -> Array | None:
        """What a layer should put out, of the other side's inputs; of an input of the network, what ours is."""
        node = self.run.network.by_name.get(name)
        return self.run.values.get(name) if node is None else self.made(node, {})

    def behind(self, name: str, array: Array) -> Iterator[tuple[Node, Array]]:
        """The layers behind one, in order, with what each makes of what it puts out.

        What was captured of them is taken for them.
        """
        known = {name: array}
        for node in self.run.network.nodes:
            if known.keys().isdisjoint(node.inputs) or node.name == name:
                continue
            wanted = self.made(node, known)
            if wanted is None:
                continue
            yield node, wanted
            found = self.content.in_our_order(node.name, self.partner[node.name]) if node.name in self.partner else None
            known[node.name] = wanted if found is None else found
