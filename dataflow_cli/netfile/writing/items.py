"""The entries under `layers:`: what can be left out is left out, and what is repeated is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.netfile.numbering import Numbering
from dataflow_cli.netfile.writing.grouping import Group
from dataflow_cli.netfile.writing.lines import Lines, Section, flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.netfile.writing.folding import Definition, Folding


def blocks_section(folding: Folding) -> Section:
    """What stands under `blocks:`."""
    return Section({one.name: _block(one, folding) for one in folding.found.values()})


def _block(definition: Definition, folding: Folding) -> Section:
    params = {name: one.default for name, one in definition.parameters.items()}
    return Section(({"params": params} if params else {}) | {"layers": layer_items(definition, folding)})


def layer_items(definition: Definition, folding: Folding) -> Lines:
    """The entries of a block, or of the network."""
    return _Writer(definition, folding).written()


class _Writer:
    """Follows the rules of `Expansion` and `Scope`: what layers without a name or inputs are called and take."""

    def __init__(self, definition: Definition, folding: Folding) -> None:
        self.items: tuple[Any, ...] = definition.uses[0].items
        self.bodies = definition.bodies
        self.folding = folding
        self.before = definition.uses[0].before
        self.counts = Numbering()
        self.ruled = self._ruled()

    def _ruled(self) -> set[str]:
        """The blocks that are all called `<use>_<n>` here, so that none needs a name."""
        called: dict[str, list[str]] = {}
        for item in self.items:
            if isinstance(item, Group):
                called.setdefault(self.folding.definition(item).name, []).append(item.local)
        return {use for use, names in called.items() if names == [f"{use}_{n + 1}" for n in range(len(names))]}

    def written(self) -> Lines:
        lines, number = Lines(), 0
        while number < len(self.items):
            run = self.run(number)
            lines.append(self.block(number, run) if run else self.layer(number))
            number += max(run, 1)
        return lines

    def layer(self, number: int) -> Any:
        item = self.items[number]
        kind = item.spec.layer.type
        named = {} if item.local == self.counts.following(kind) else {"name": item.local}
        mask = {} if item.mask is None else {"mask": item.mask}
        entry = {"type": kind} | named | self.inputs(item.inputs) | mask | self.bodies[number]
        self.before = item.local
        return entry if len(entry) > 1 else kind

    def block(self, number: int, run: int) -> dict[str, Any]:
        """`run` uses of a block, each after the one before."""
        first, last = self.items[number], self.items[number + run - 1]
        use = self.use(number)
        named = {} if use in self.ruled else {"name": first.local.removesuffix("_1") if run > 1 else first.local}
        values = self.bodies[number]
        entry = {"type": "block"} | named | {"use": use} | ({"repeat": run} if run > 1 else {})
        entry |= self.inputs(first.inputs) | ({"with": values} if values else {})
        self.before = last.local
        return entry

    def run(self, number: int) -> int:
        """How many uses of a block from here on one entry can say; 0 if a layer stands here."""
        if not isinstance(self.items[number], Group):
            return 0
        length = 1
        while self.goes_on(number + length) and self.is_counted(number, length):
            length += 1
        return length

    def goes_on(self, number: int) -> bool:
        """Whether an item is the same block as the one before it, and takes nothing else."""
        if number == len(self.items) or not isinstance(self.items[number], Group):
            return False
        return (
            self.use(number) == self.use(number - 1)
            and self.items[number].inputs == (self.items[number - 1].local,)
            and flow(self.bodies[number]) == flow(self.bodies[number - 1])
        )

    def is_counted(self, number: int, length: int) -> bool:
        """Whether the name of a block so far behind another is what `repeat` makes of that one's."""
        stem, one, first = self.items[number].local.rpartition("_1")
        name = self.items[number + length].local
        return self.use(number) in self.ruled or (bool(one) and not first and name == f"{stem}_{length + 1}")

    def use(self, number: int) -> str:
        """The name of the definition of a block."""
        return self.folding.definition(self.items[number]).name

    def inputs(self, names: Sequence[str]) -> dict[str, Any]:
        """`inputs:`, where it is not what stands before."""
        if len(names) == 1:
            return {} if names[0] == self.before else {"inputs": names[0]}
        return {"inputs": list(names)}
