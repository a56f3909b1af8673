"""A network's layers as they are looked through for attention: from a product back to the projections, and onward."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from dataflow_cli.importers.onnx.heads.moving import Axis, joined, moved, whole
from dataflow_cli.importers.onnx.heads.sides import COLUMN, HEAD, NUMBER, PLACE, Side, count, every
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.described import Imported, ImportedLayer

_LONGEST = 64
"""Layers between two products."""
_OF_SHAPE = ("reshape", "squeeze", "expand_dims")


@dataclass(frozen=True)
class Scores:
    """What a softmax is of: a product, what it is multiplied by, and what is added to that."""

    product: ImportedLayer
    between: tuple[ImportedLayer, ...]
    scale: float
    mask: str


@dataclass(frozen=True)
class Output:
    """The dense layer behind what the heads find, what lies between, and the digits of its rows."""

    dense: ImportedLayer
    between: tuple[ImportedLayer, ...]
    rows: Axis


class Graph:
    """Layers by name, and who reads them."""

    def __init__(self, model: Imported) -> None:
        self.layers = {layer.name: layer for layer in model.layers}
        self.readers: dict[str, list[ImportedLayer]] = defaultdict(list)
        self.kept = {layer_of(name) for name in model.outputs}
        for layer in reversed(model.layers):
            wanted = layer.name in self.kept or self.readers[layer.name]  # others were there for their sizes
            if wanted and layer.kind != "constant":  # which only counts samples
                for name in {layer_of(each) for each in layer.inputs}:
                    self.readers[name].append(layer)

    def only_reader(self, layer: ImportedLayer) -> ImportedLayer | None:
        """The one layer that reads another, which nobody else sees."""
        readers = self.readers[layer.name]
        return readers[0] if len(readers) == 1 and layer.name not in self.kept else None

    def is_closed(self, gone: Sequence[ImportedLayer], last: ImportedLayer) -> bool:
        """Whether nobody but each other, and the last, reads these."""
        names = {layer.name for layer in gone}
        return not names & self.kept and all(
            reader.name in names or reader is last for name in names for reader in self.readers[name]
        )

    def side(self, name: str, *, last: bool = True) -> Side | None:
        """The projection that a factor of a product comes from."""
        path: list[tuple[ImportedLayer, str]] = []
        layer = self.layers.get(layer_of(name))
        while layer is not None and layer.inputs and layer.kind != "dense" and len(path) < _LONGEST:
            path.append((layer, name.partition(":")[2]))
            name = layer.inputs[0]
            layer = self.layers.get(layer_of(name))
        if layer is None or layer.kind != "dense" or "activation" in layer.fields or len(layer.shape) < 2:
            return None
        value = whole({PLACE: math.prod(map(int, layer.shape[:-1])), COLUMN: layer.shape[-1]}).reshaped(layer.shape)
        for step, part in reversed(path):
            value = None if value is None else moved(value, step, part)
        return None if value is None else Side(layer, tuple(step for step, _ in path), value, last)

    def scores(self, softmax: ImportedLayer) -> Scores | None:
        """What a softmax along the last axis is of; None if that is no product."""
        if softmax.fields not in ({}, {"axis": [len(softmax.shape)]}, {"axis": len(softmax.shape)}):
            return None
        name, mask, scale = softmax.inputs[0], "", 1.0
        between: list[ImportedLayer] = []
        layer = self.layers.get(name)
        while layer is not None and layer.kind != "matmul" and len(between) < _LONGEST:
            between.append(layer)
            if layer.kind == "add":
                pair = self._scores_and_mask(layer)
                if pair is None or mask or scale != 1:
                    return None
                name, mask = pair
            else:
                factor = self.factor(layer)
                if factor is None:
                    return None
                name, scale = layer.inputs[0], scale * factor
            layer = self.layers.get(name)
        return None if layer is None else Scores(layer, tuple(between), scale, mask)

    def output(self, product: ImportedLayer) -> Output | None:
        """What becomes of what heads find, (heads, places, numbers), if that is one dense layer."""
        *front, places, width = map(int, product.shape)
        value = whole({HEAD: math.prod(front), PLACE: places, NUMBER: width}).reshaped(product.shape)
        between: list[ImportedLayer] = []
        layer = self.only_reader(product)
        while layer is not None and value is not None and layer.kind != "dense" and len(layer.inputs) == 1:
            value = moved(value, layer, "")
            between.append(layer)
            layer = self.only_reader(layer)
        if layer is None or value is None or layer.kind != "dense" or value.scale != 1 or any(value.offsets.values()):
            return None
        *others, rows = value.axes
        all_places = joined(tuple(digit for axis in others for digit in axis)) == every(places)
        if not all_places or count(rows) != math.prod(front) * width or any(digit.base == PLACE for digit in rows):
            return None
        return Output(layer, tuple(between), rows)

    def factor(self, layer: ImportedLayer) -> float | None:
        """What a layer multiplies all that it takes by, if it does no more."""
        if self._keeps(layer):
            return 1.0
        value = moved(whole({}), layer, "") if layer.kind == "rescaling" else None
        return None if value is None else value.scale

    def _keeps(self, layer: ImportedLayer) -> bool:
        """Whether it takes away or puts in nothing but axes of length 1."""
        before = self.layers.get(layer.inputs[0]) if layer.inputs else None
        if layer.kind not in _OF_SHAPE or before is None:
            return False
        one, other = ([int(size) for size in each.shape if int(size) != 1] for each in (layer, before))
        return one == other

    def _scores_and_mask(self, layer: ImportedLayer) -> tuple[str, str] | None:
        """Which input of a sum is a product, and which is added to it."""
        if len(layer.inputs) != 2 or "activation" in layer.fields:
            return None
        first, second = (self._is_product(name) for name in layer.inputs)
        if first == second:
            return None
        return (layer.inputs[0], layer.inputs[1]) if first else (layer.inputs[1], layer.inputs[0])

    def _is_product(self, name: str) -> bool:
        layer = self.layers.get(name)
        while layer is not None and self.factor(layer) is not None:
            layer = self.layers.get(layer.inputs[0])
        return layer is not None and layer.kind == "matmul"
