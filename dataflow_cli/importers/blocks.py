"""Layers in a row whose names tell of a block that others repeat: `block_1_expand` is `block_1/expand`.

A block is what a network file can say: its layers follow each other, take one tensor from outside, and only the last
is read outside. Its name ends in a number, before a mark; one that nobody repeats, kinds, names and wiring alike, is
none. A name with a number behind the mark begins with `_`: `conv2_block1/_1_conv`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.importers.described import Imported, ImportedLayer

_MARK = re.compile(r"(?<=[0-9])(?:[a-z](?=[_.-]))?[_.-]+")
"""Behind a number, which a letter may follow: `block2a_dwconv`."""
_INPUT = "input"


def blocked(model: Imported) -> Imported:
    """The model with blocks where there are any; as it is if it lacks a layer, since nobody knows who reads what."""
    if model.missing:
        return model
    found = _Candidates(model)
    taken = {*(each.name for each in model.inputs), *(each.name for each in model.layers)}
    names = {
        layer.name: f"{block.name}/{local}"
        for block in found.chosen
        if block.name not in taken
        for layer, local in zip(block.layers, block.locals, strict=True)
    }
    return model.renamed(names) if names else model


@dataclass(frozen=True)
class _Block:
    """Layers that may be one."""

    name: str
    start: int
    layers: tuple[ImportedLayer, ...]

    @property
    def places(self) -> range:
        return range(self.start, self.start + len(self.layers))

    @cached_property
    def locals(self) -> tuple[str, ...]:
        """What the layers are called in it."""
        rests = (layer.name[len(self.name) :].lstrip("_.-") for layer in self.layers)
        return tuple(rest if re.match("[A-Za-z]", rest) else f"_{rest}" for rest in rests)

    @cached_property
    def way(self) -> str:
        """What is alike in the names of those that stand beside it: `conv#_block#`."""
        return re.sub(r"[0-9]+[a-z]?(?![a-z])", "#", self.name)

    @cached_property
    def outside(self) -> frozenset[str]:
        """The tensors that it takes."""
        own = {layer.name for layer in self.layers}
        taken = (tensor for layer in self.layers for tensor in (*layer.inputs, layer.mask) if tensor)
        return frozenset(tensor for tensor in taken if layer_of(tensor) not in own)

    @cached_property
    def form(self) -> tuple[object, ...]:
        """What it has in common with those that repeat it."""
        local = {layer.name: name for layer, name in zip(self.layers, self.locals, strict=True)}
        return tuple(
            (layer.kind, local[layer.name], *(_local(tensor, local) for tensor in layer.inputs))
            for layer in self.layers
        )


def _local(tensor: str, names: dict[str, str]) -> str:
    layer = layer_of(tensor)
    return names[layer] + tensor[len(layer) :] if layer in names else _INPUT


def _repeated(blocks: Sequence[_Block]) -> list[_Block]:
    """Those that are not alone."""
    uses = Counter(block.form for block in blocks)
    return [block for block in blocks if uses[block.form] > 1]


def _saved(blocks: Sequence[_Block]) -> int:
    """How many lines shorter a file is with these blocks."""
    forms = {block.form: len(block.layers) for block in blocks}
    return sum(len(block.layers) - 1 for block in blocks) - sum(forms.values())


class _Candidates:
    """All that may be blocks, and those that are."""

    def __init__(self, model: Imported) -> None:
        self.model = model
        self.readers: dict[str, set[str]] = defaultdict(set)
        for layer in model.layers:
            for tensor in (*layer.inputs, layer.mask, layer.shares):
                self.readers[layer_of(tensor)].add(layer.name)
        for tensor in model.outputs:
            self.readers[layer_of(tensor)].add("")

    @property
    def chosen(self) -> Sequence[_Block]:
        """Those that are repeated: of names that overlap, as `layer1` and `layer1.0`, the way that says it shortest."""
        left = [block for block in self.named() if self.can_be(block)]
        chosen: list[_Block] = []
        while left:
            ways: dict[str, list[_Block]] = defaultdict(list)
            for block in left:
                ways[block.way].append(block)
            best = max(map(_repeated, ways.values()), key=_saved)
            if not best:
                break
            chosen += best
            taken = {place for block in best for place in block.places}
            left = [block for block in left if taken.isdisjoint(block.places)]
        return chosen

    def named(self) -> Iterator[_Block]:
        """Layers in a row whose names begin alike."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, layer in enumerate(self.model.layers):
            if "/" not in layer.name:
                for mark in _MARK.finditer(layer.name):
                    if mark.end() < len(layer.name):
                        places[layer.name[: mark.end()].rstrip("_.-")].append(place)
        for name, found in places.items():
            if 1 < len(found) == found[-1] - found[0] + 1:
                yield _Block(name, found[0], self.model.layers[found[0] : found[-1] + 1])

    def can_be(self, block: _Block) -> bool:
        """Whether a network file can say so."""
        names = {layer.name for layer in block.layers}
        inner = block.layers[:-1]
        return (
            len(block.outside) == 1
            and all(self.readers[layer.name] <= names for layer in inner)
            and not any(layer.shares for layer in block.layers)
            and not any(layer.mask and layer_of(layer.mask) not in names for layer in block.layers)
            and len({*block.locals}) == len(block.locals)
            and _INPUT not in block.locals
        )
