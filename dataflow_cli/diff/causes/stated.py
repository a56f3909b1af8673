"""What the other side says of a layer: its fields and parameters are known where it is a network, too.

Then nothing has to be guessed: what it says otherwise is the cause, if the layer is equal with that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.causes.apart import apart, told_apart
from dataflow_cli.diff.causes.change import Change
from dataflow_cli.diff.causes.fields import NOT_TRIED, with_value
from dataflow_cli.diff.causes.told import beside
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.run import Run
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Parameters


@dataclass(frozen=True)
class Stated:
    """A layer as the other side has it."""

    layer: Layer
    parameters: Parameters
    """As float64."""

    def same_layer(self, node: Node) -> bool:
        """Whether it is a layer like ours."""
        return type(self.layer) is type(node.layer) and not _otherwise(node, self.layer)

    def same_parameters(self, own: Parameters) -> bool:
        """Whether it has the same numbers as ours."""
        return own.keys() == self.parameters.keys() and not apart(own, self.parameters)


def stated(theirs: Run, node: Node, partner: str) -> Stated | None:
    """What the other network says of the partner of a layer; None if it does not take what ours does.

    What is one layer with its activation here may be two there: then it is both.
    """
    other = theirs.network.by_name.get(partner)
    if other is None:
        return None
    if type(other.layer) is not type(node.layer) and (before := _before(theirs.network, node, other)) is not None:
        joined: Any = replace(before.layer, activation=other.layer)  # type: ignore[call-arg]
        return Stated(joined, theirs.parameters(before))
    return Stated(other.layer, theirs.parameters(other)) if other.input_shapes == node.input_shapes else None


def _before(network: Network, node: Node, other: Node) -> Node | None:
    """The layer of our kind whose sums are all that an activation takes."""
    before = network.by_name.get(other.inputs[0]) if len(other.inputs) == 1 else None
    if before is None or node.layer.result_activation is None or type(before.layer) is not type(node.layer):
        return None
    return before if before.layer.result_activation is None and before.input_shapes == node.input_shapes else None


def changes(node: Node, own: Parameters, other: Stated, side: str) -> Iterator[Change]:
    """The layer with what the other side says otherwise: its parameters, one of its fields, all of these, and both.

    `side` is what ours is called.
    """
    there = beside(side)
    names = [*apart(own, other.parameters)]
    if names:
        theirs = {**own, **{name: other.parameters[name] for name in names}}
        yield Change(node, node.layer, theirs, *told_apart(node, own, theirs, (side, there)))
    if type(other.layer) is not type(node.layer):
        kind = f"type: {other.layer.type}"
        found = f"{{side}} has `{kind}`, as {there} has; it has {node.layer.type}"
        yield Change(node, other.layer, other.parameters, found, f"Write `{kind}`")
        return
    fields = {name: getattr(other.layer, name) for name in _otherwise(node, other.layer)}
    each = [change for name, value in fields.items() if (change := with_value(node, own, name, value)) is not None]
    yield from each
    if not each:
        return
    layer, said = replace(node.layer, **fields), " and ".join(change.value for change in each)
    if len(each) > 1:
        yield Change(node, layer, own, f"{{side}} has {said}, as {there} has", f"Write {said}")
    found = f"{{side}} has {said} and the parameters that go with it, as {there} has"
    yield Change(node, layer, other.parameters, found, f"Write {said}, and take the parameters of {there}")


def _otherwise(node: Node, layer: Layer) -> list[str]:
    """The fields of which another layer of the kind says something else."""
    known = (name for name in type(node.layer).options() if name not in NOT_TRIED)
    return [name for name in known if getattr(layer, name) != getattr(node.layer, name)]
