"""Blocks with the same layers -> one definition with parameters for what differs between its uses.

Two blocks are of one definition if they hold the same kinds with the same names and wiring. A field that differs
becomes a parameter; fields of one name that differ in the same way become the same one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import field
from functools import cached_property
from itertools import chain, count, product
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import KINDS
from dataflow_cli.netfile.writing.grouping import Group, Leaf
from dataflow_cli.netfile.writing.lines import flow
from dataflow_cli.netfile.writing.scalars import Verbatim
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dataflow_cli.netfile.model import LayerSpec

    Written = Callable[[LayerSpec], tuple[Mapping[str, Any], frozenset[str]]]
    """All fields of a layer as the file has them, and which of them need not stand there."""


@dataclass(frozen=True)
class Parameter:
    """What differs between the uses of a block."""

    field: str
    """The field that `$name` stands for."""
    values: tuple[Any, ...]
    """One a use."""

    @cached_property
    def default(self) -> Any:
        """What most uses have."""
        texts = [flow(value) for value in self.values]
        return self.values[texts.index(Counter(texts).most_common(1)[0][0])]


@dataclass
class Definition:
    """A block under `blocks:`, or the whole network, which is used once."""

    name: str = ""
    uses: list[Group] = field(default_factory=list)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """By item: of a layer the fields to write, of a block the values for its parameters."""

    known: dict[tuple[str, ...], str] = field(default_factory=dict)
    """What the parameters are called, by their fields and values."""

    def hole(self, local: str, name: str, kind: str, column: Sequence[Any]) -> Verbatim:
        """`$name` for what differs between the uses: the field `kind`, which item `local` has under `name`."""
        key = (kind, *map(flow, column))
        if key not in self.known:
            word = re.sub(r"\W", "_", f"{local}_{name}")
            words = chain((name, word), _lettered(word))
            self.known[key] = next(each for each in words if each not in self.parameters)
            self.parameters[self.known[key]] = Parameter(kind, tuple(column))
        return Verbatim(f"${self.known[key]}")


class Folding:
    """Finds the definitions of all blocks in a network."""

    def __init__(self, top: Group, written: Written) -> None:
        self.written = written
        self.shapes: dict[int, int] = {}
        """By group, the number of its shape."""
        self.numbers: dict[Any, int] = {}
        self.found: dict[int, Definition] = {}
        """By the number of a shape; what stands inside of others comes first."""
        self.given: dict[int, dict[str, Any]] = {}
        """By group, the values that it gives to the parameters of its definition."""
        self.collect(top)
        self.name()
        self.top = Definition(uses=[top])
        for definition in (*self.found.values(), self.top):
            self.fill(definition)

    def definition(self, group: Group) -> Definition:
        """What a block is a use of."""
        return self.found[self.shapes[id(group)]]

    def collect(self, group: Group) -> None:
        for item in group.items:
            if isinstance(item, Group):
                self.collect(item)
                self.shapes[id(item)] = self.numbers.setdefault(self.shape(item), len(self.numbers))
                self.found.setdefault(self.shapes[id(item)], Definition()).uses.append(item)

    def shape(self, group: Group) -> tuple[Any, ...]:
        """What blocks of one definition have in common."""
        return tuple(
            (self.shapes[id(item)], item.local, item.inputs)
            if isinstance(item, Group)
            else (item.spec.layer.type, item.local, item.inputs, item.mask, *self.written(item.spec)[0])
            for item in group.items
        )

    def name(self) -> None:
        """Call every definition what its uses have in common: `residual` for residual_1 and residual_2."""
        stems = {number: _stem(definition.uses) for number, definition in self.found.items()}
        common = Counter(stems.values())
        taken = {*KINDS, "block", *common}
        for number, definition in self.found.items():
            stem = stems[number]
            alone = common[stem] == 1 and stem not in KINDS and stem != "block"
            definition.name = stem if alone else next(each for each in _lettered(stem) if each not in taken)
            taken.add(definition.name)

    def fill(self, definition: Definition) -> None:
        """Work out what each item says, and what the uses give."""
        for number, item in enumerate(definition.uses[0].items):
            same = [use.items[number] for use in definition.uses]
            columns = self.of_layer(same) if isinstance(item, Leaf) else self.of_block(item, same)
            body = {}
            for name, kind, column, omitted in columns:
                if len(column) > 1 and len(set(map(flow, column))) > 1:
                    body[name] = definition.hole(item.local, name, kind, column)
                elif omitted is None or omitted != flow(column[0]):
                    body[name] = column[0]
            definition.bodies.append(body)
        for number, use in enumerate(definition.uses):
            self.given[id(use)] = {name: one.values[number] for name, one in definition.parameters.items()}

    def of_layer(self, same: Sequence[Any]) -> Iterable[tuple[str, str, list[Any], str | None]]:
        """Of every field its name, twice, its value in every use, and which value need not be written."""
        written = [self.written(leaf.spec) for leaf in same]
        values, defaults = written[0]
        for name in values:
            column = [fields[name] for fields, _ in written]
            yield name, name, column, flow(values[name]) if name in defaults else None

    def of_block(self, block: Group, same: Sequence[Any]) -> Iterable[tuple[str, str, list[Any], str | None]]:
        """The same of every parameter; beside its name the field that it stands for."""
        for name, parameter in self.definition(block).parameters.items():
            column = [self.given[id(each)][name] for each in same]
            yield name, parameter.field, column, flow(parameter.default)


def _stem(uses: Sequence[Group]) -> str:
    """What the names of most uses begin with."""
    return Counter(_without_number(use.local) for use in uses).most_common(1)[0][0]


def _without_number(local: str) -> str:
    numbered = re.fullmatch(r"(.+)_[0-9]+", local)
    return numbered[1] if numbered else re.sub(r"[0-9]+", "", local).strip("_.-") or "part"


def _lettered(word: str) -> Iterator[str]:
    """`word_a`, `word_b` and so on: numbers are for uses."""
    for letters in count(1):
        yield from (f"{word}_{''.join(each)}" for each in product(ascii_lowercase, repeat=letters))
