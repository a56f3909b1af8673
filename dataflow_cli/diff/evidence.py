"""Who is whose partner where no name says it, by what is computed: looks alone may take one tensor for another.

1. A tensor that is ours but for rounding is ours: so is everything before the first fault, in whatever order.
2. Behind a fault nothing is. There every layer is computed from what the other side has; what meets that is its output.
3. A layer that meets nothing computes wrongly, or was not captured. If what the layers behind it make of a tensor meets
   what was captured of them, that is its output; if what they make of what it should put out does, it was not captured.

What that leaves is settled in leftover.py.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice, product
from typing import TYPE_CHECKING

from dataflow_cli.diff.before_activation import activated
from dataflow_cli.diff.confirming import REACH, Confirming
from dataflow_cli.diff.looks import alike, look
from dataflow_cli.diff.pairing import lengths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.diff.content import Content
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

NEXT, ALIKE = 6, 4
"""Tensors that are tried as a layer's output: those that follow what was paired last, and those most like it."""
ENOUGH = 0.2
"""Of the tensors that could pair, so many have to do so by what is computed; else rounding hides what is what."""


class Evidence:
    """The pairs of a run and what was captured elsewhere, of which `named` are certain.

    `ours` and `theirs` are what these leave, in the order of both.
    """

    def __init__(
        self,
        content: Content,
        named: Mapping[str, str],
        ours: Sequence[str],
        theirs: Sequence[str],
        distrusted: frozenset[str] = frozenset(),
    ) -> None:
        self.content = content
        self.run = content.run
        self.named, self.partner = named, dict(named)
        self.ours, self.theirs = list(ours), list(theirs)
        self.distrusted = distrusted
        """Layers that have what ours have, and should not: some that were not captured before them do otherwise."""
        self.before: set[str] = set()
        """Layers whose partner is their sums, before the activation."""
        self.places = {b: place for place, b in enumerate(content.other)}
        self.order = [*(spec.name for spec in self.run.network.inputs), *self.run.network.by_name]
        self.agrees: dict[str, bool] = {}
        self.computed: dict[str, Array] = {}
        self.confirming = Confirming(content, self.partner, self.computed)
        found = content.same(self.ours, self.theirs)
        self.same, self.explained = found.partner.keys(), found.explained
        self.partner |= found.partner
        self.walk()

    @property
    def is_enough(self) -> bool:
        """Whether it says of most that could pair.

        Those whose shape nothing of ours has could not, nor what hands on a certain partner, as a dropout does.
        """
        pairs = len(self.partner.keys() & set(self.ours))
        content, shapes = self.content, {lengths(self.run.shapes[name]) for name in self.ours}
        known = {(content.other.shapes[b], content.look(b)) for b in self.named.values()}
        fitting = [b for b in self.theirs if lengths(content.other.shapes[b]) in shapes]
        new = [b for b in fitting if (content.other.shapes[b], content.look(b)) not in known]
        return pairs >= ENOUGH * min(len(self.ours), len(new))

    @property
    def free(self) -> list[str]:
        """Tensors of the other side that are nobody's, nor anybody's once more."""
        taken = self.explained.union(self.partner.values())
        return [b for b in self.theirs if b not in taken]

    @property
    def again(self) -> list[str]:
        """Tensors of the other side that are one of ours once more: another layer's, or handed on."""
        taken = self.partner.values()
        return [b for b in self.theirs if b in self.explained and b not in taken]

    def walk(self) -> None:
        """Goes through all tensors in order, from what is known to be what the other side has."""
        readers = Counter(name for node in self.run.network.nodes for name in node.inputs)
        for name in self.order:
            node = self.run.network.by_name.get(name)
            inputs = () if node is None else node.inputs
            as_ours = all(self.agrees.get(each, True) for each in inputs)
            self.agrees[name] = self.agrees_here(name, node, as_ours=as_ours)
            readers.subtract(inputs)
            for each in inputs:
                if not readers[each]:
                    self.computed.pop(each, None)

    def agrees_here(self, name: str, node: Node | None, *, as_ours: bool) -> bool:
        """Whether the other side has the same as we, of a tensor whose inputs are the same if `as_ours`. Pairs it."""
        if name in self.same:
            return name not in self.distrusted or as_ours
        if name in self.partner:
            return as_ours and self.content.nearest(name, self.run.values[name], [self.partner[name]]) is not None
        wanted = self.run.values[name] if as_ours else None if node is None else self.confirming.made(node, {})
        found = None
        if wanted is not None and name in self.ours:
            found = self.found(name, node, wanted, as_ours=as_ours)
        if found is not None:
            self.partner[name] = found
        elif not as_ours and wanted is not None:
            self.computed[name] = wanted
        return as_ours and found is None

    def found(self, name: str, node: Node | None, wanted: Array, *, as_ours: bool) -> str | None:
        """The partner of a tensor that should be as `wanted`; None if there is none, or that is not known here."""
        free = self.free
        if not as_ours:
            met = self.content.nearest(name, wanted, free)
            if met is not None:
                return met
        fitting = [b for b in free if self.content.fits(name, b)]
        found = self.among(name, node, wanted, fitting, as_ours=as_ours) if fitting else None
        if found is None and as_ours and not self.is_told(name):  # it may put out what another layer does
            again = [b for b in self.again if self.content.fits(name, b)]
            found = self.confirmed(name, node, wanted, again)
        return found

    def among(
        self, name: str, node: Node | None, wanted: Array, fitting: Sequence[str], *, as_ours: bool
    ) -> str | None:
        """The same, of some that fit and are nobody's."""
        if as_ours and self.is_told(name):
            if self.all_as_ours(name):
                return self.sums(name, node, fitting)
            fitting = self.between(name, fitting)
            return self.confirmed(name, node, wanted, fitting) or self.sums(name, node, fitting)
        if not as_ours and self.confirming.is_confirmed(name, wanted, self.free):
            return self.sums(name, node, fitting)
        return self.confirmed(name, node, wanted, fitting)

    def is_told(self, name: str) -> bool:
        """Whether anything behind a layer, with nothing captured in between, is as ours: then the layer is as well, if
        that would have shown.
        """
        return any(each in self.same and each not in self.distrusted for each in self.next_captured(name))

    def all_as_ours(self, name: str) -> bool:
        """Whether all layers that read one are as ours."""
        return all(node.name in self.same for node in self.run.network.nodes if name in node.inputs)

    def between(self, name: str, among: Sequence[str]) -> list[str]:
        """Those of some tensors that stand between those of the layers around."""
        at = self.order.index(name)
        earlier = (self.places[self.partner[each]] for each in reversed(self.order[:at]) if each in self.partner)
        later = (self.places[self.partner[each]] for each in self.order[at + 1 :] if each in self.partner)
        first, last = next(earlier, -1), next(later, len(self.places))
        return [b for b in among if first < self.places[b] < last]

    def next_captured(self, name: str) -> Iterator[str]:
        """The layers with a partner that are made of a tensor and of what was not captured."""
        made = {name}
        for node in self.run.network.nodes:
            if not made.isdisjoint(node.inputs):
                if node.name in self.partner:
                    yield node.name
                else:
                    made.add(node.name)

    def has_readers(self, name: str) -> bool:
        """Whether anything behind a tensor was captured that may tell what it is."""
        return any(each not in self.distrusted for each in self.next_captured(name))

    def sums(self, name: str, node: Node | None, among: Sequence[str]) -> str | None:
        """The tensor that is a layer's sums, before its activation."""
        if node is None or node.layer.result_activation is None:
            return None
        wanted = self.confirming.made(node, {}, sums=True)
        found = None if wanted is None else self.content.nearest(name, wanted, among)
        if found is not None:
            self.before.add(name)
        return found

    def confirmed(self, name: str, node: Node | None, wanted: Array, among: Sequence[str]) -> str | None:
        """The tensor of some of which what was captured behind follows, if it is what the layer put out.

        First that of which the next layer follows: a normalization makes of its own output what it made of its input.
        """
        arrays = {b: self.content.in_our_order(name, b, wanted) for b in self.likely(name, wanted, among)}
        for reach, (b, array) in product((1, REACH), arrays.items()):
            if array is None:
                continue
            others = [each for each in (*self.free, *self.again) if each != b]
            if self.confirming.is_confirmed(name, array, others, alone=True, reach=reach):
                return b
            if node is not None and node.layer.result_activation is not None:
                after = activated(node, array)
                if self.confirming.is_confirmed(name, after, others, alone=True, reach=reach):
                    self.before.add(name)
                    return b
        return None

    def likely(self, name: str, wanted: Array, among: Sequence[str]) -> list[str]:
        """Those worth trying, the likeliest first."""
        order, seen = self.order, look(wanted)
        earlier = (self.partner[each] for each in reversed(order[: order.index(name)]) if each in self.partner)
        last = self.places.get(next(earlier, ""), -1)
        most_alike = sorted(among, key=lambda b: -alike(seen, self.content.look(b)))
        following = islice((b for b in among if self.places[b] > last), NEXT)
        return list(dict.fromkeys([*most_alike[:ALIKE], *following]))
