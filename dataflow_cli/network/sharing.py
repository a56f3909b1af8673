"""Parameters that layers have in common: whose each one is, with every mistake in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem, suggestion
from dataflow_cli.netfile.model import ALL
from dataflow_cli.network.model import Share
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dataflow_cli.netfile.model import LayerSpec, Sharing
    from dataflow_cli.network.model import Node


class Shares:
    """The parameters of a layer that are others', by name, and what is wrong with them."""

    def __init__(self, node: Node, spec: LayerSpec, nodes: Mapping[str, Node], inputs: Collection[str]) -> None:
        self.node = node
        self.nodes = nodes
        self.found: dict[str, Share] = {}
        self.problems: list[Problem] = []
        for name, sharing in spec.shares.items():
            owner = nodes.get(sharing.layer)
            if owner is None:
                if sharing.layer in inputs or ":" in sharing.layer:
                    self.refuse(sharing, f"'{sharing.layer}' is no layer, and has no weights", "name a layer above")
                continue
            for own in self.meant(name, sharing, owner):
                self.add(own, owner, sharing)

    def refuse(self, sharing: Sharing, message: str, hint: str) -> None:
        self.problems.append(Problem("E152", message, hint, sharing.place))

    def meant(self, name: str, sharing: Sharing, owner: Node) -> Iterator[str]:
        """The parameters of the layer that are meant."""
        node = self.node
        if name != ALL:
            if name in node.parameters:
                yield name
                return
            hint = suggestion(name, node.parameters) or f"its parameters: {', '.join(node.parameters) or 'none'}"
            self.problems.append(
                Problem("E151", f"{node.layer.type} '{node.name}' has no parameter '{name}'", hint, sharing.place)
            )
            return
        if not node.parameters and not sharing.if_any:
            self.refuse(sharing, f"{node.layer.type} '{node.name}' has no weights to share", "leave `weights` out")
        yield from (each for each in node.parameters if each not in node.inline)

    def add(self, name: str, owner: Node, sharing: Sharing) -> None:
        """Note that a parameter is the owner's, or that of the layer that has it from."""
        node, theirs = self.node, sharing.parameter or name
        if theirs not in owner.parameters:
            hint = suggestion(theirs, owner.parameters) or f"it has: {', '.join(owner.parameters) or 'none'}"
            message = f"{node.name}/{name}: {owner.layer.type} '{owner.name}' has no parameter '{theirs}'"
            self.refuse(sharing, message, hint)
            return
        needed, has = node.parameters[name].shape, owner.parameters[theirs].shape
        if needed != (has[::-1] if sharing.transpose else has):
            turned = " before it is transposed" if sharing.transpose else ""
            message = f"{node.name}/{name} is {written(needed)}, and {owner.name}/{theirs} {written(has)}{turned}"
            self.refuse(sharing, message, _way_out(needed, has, sharing, theirs))
            return
        kinds = node.parameters[name].dtype, owner.parameters[theirs].dtype
        if kinds[0] != kinds[1]:
            mine, other = (kind or "floating-point numbers" for kind in kinds)
            message = f"{node.name}/{name} is of {mine}, and {owner.name}/{theirs} of {other}"
            self.refuse(sharing, message, "share with a layer that has weights of the same type")
            return
        share = owner.shared.get(theirs, Share(owner, theirs))
        self.found[name] = replace(share, transpose=share.transpose != sharing.transpose)


def _way_out(needed: tuple[int, ...], has: tuple[int, ...], sharing: Sharing, theirs: str) -> str:
    if sharing.transpose and needed == has:
        return "leave `transpose` out"
    if not sharing.transpose and needed == has[::-1]:
        return f"transpose it: `{{share: {sharing.layer}/{theirs}, transpose: true}}`"
    return "share with a layer that has the same fields and takes the same number of channels or units"
