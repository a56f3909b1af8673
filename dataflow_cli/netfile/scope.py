"""Names of layers: who can see which, and what a layer without a name is called."""

from __future__ import annotations

from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING

from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile.numbering import Numbering
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import is_inner, layer_of, moved

if TYPE_CHECKING:
    from dataflow_cli.netfile.nodes import Node
    from dataflow_cli.netfile.report import Report

RESERVED = "input"
UNKNOWN = ""
"""The full name of what could not be made out. That was noted; what depends on it is left alone, in silence."""
_NEAREST = 100
"""How many of the names above are compared with one that is not known."""


@dataclass
class Scope:
    """The names that a list of layers can see, and what its last layer was. Each block has one of its own."""

    report: Report
    previous: str | None
    """The full name of what stands before the next layer; None where several inputs leave it open."""
    names: dict[str, str]
    """Local name to full name."""
    prefix: str = ""
    """What stands before the names of the layers: `residual_1/` in a block."""
    uses: dict[str, str] = field(default_factory=dict)
    """By the local name of each use of a block here, which block that is."""
    insides: set[str] = field(default_factory=set)
    """Full names of layers inside blocks, which the top level can see too."""
    counts: Numbering = field(default_factory=Numbering)
    left_out: set[str] = field(default_factory=set)
    """What names `<stem>_<n>` begin with that could not be made out."""

    def define(self, local: str, full: str, node: Node) -> bool:
        """Make a name known. False, and noted, if it is taken or reserved."""
        if local == RESERVED or local in self.names:
            reserved = local == RESERVED
            message = f"the name {shown(local)} is {'reserved' if reserved else 'taken'}"
            hint = "give the layer another `name`"
            if not reserved:
                hint += f"; if it is to have the weights of the first, with `weights: {{share: {local}}}`"
            self.report.add("E131", node.place, message, hint)
            return False
        self.names[local] = full
        return True

    def leave_out(self, stem: str, repeat: int) -> None:
        """Names `<stem>_<n>` of what could not be made out: known to what follows, so that one mistake is told once."""
        self.counts.following(stem, repeat)
        self.left_out.add(stem)

    def lookup(self, name: str, node: Node) -> str:
        """The full name that a name means here; UNKNOWN, and noted, if it means nothing.

        Of an inner tensor, `layer:inner`, it is that of the layer which is looked up.
        """
        if is_inner(name):
            full = self.lookup(layer_of(name), node)
            return moved(name, full) if full else UNKNOWN
        if name in self.names:
            return self.names[name]
        if name in self.insides:
            return name
        stem, _, number = name.rpartition("_")
        if stem in self.left_out and number.isdecimal():
            return UNKNOWN
        near = list(islice(reversed(self.names), _NEAREST))[::-1]
        hint = self.report.suggestion(name, near) or f"defined above: {', '.join(near[-8:]) or 'nothing'}"
        self.report.add("E130", node.place, f"{shown(name)} is not defined above", hint)
        return UNKNOWN
