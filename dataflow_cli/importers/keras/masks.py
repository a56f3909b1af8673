"""Masks that Keras 3 hands on by itself and writes down as operations: here layers make and hand them on themselves.

Embedding(mask_zero)   NotEqual(what it takes, 0)
Masking                Any(NotEqual(what it takes, value)) along the last axis
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.inbound import tensors_in
from dataflow_cli.importers.keras.operations import is_operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from dataflow_cli.importers.keras.inbound import Reference

    Layer = Mapping[str, Any]

MASKS = frozenset(("mask", "query_mask", "value_mask", "key_mask"))
"""Arguments that a mask is given as."""
_FIRST = "NotEqual"
_OTHERS = frozenset((_FIRST, "Any", "LogicalAnd", "LogicalOr"))
"""Operations that masks are made and joined by."""


def handed_on(layers: Sequence[Layer]) -> frozenset[str]:
    """The operations of a model, by their names, that do nothing but make such masks."""
    uses = defaultdict(list)
    masked: set[Reference] = set()
    for layer in layers:
        for argument, reference in _arguments(layer):
            uses[reference.layer].append((str(layer.get("name")), argument in MASKS))
            if makes_mask(layer):
                masked.add(reference)
    operations = {str(layer.get("name")): layer for layer in layers if _is_operation(layer)}
    found = set(operations)
    while kept := {name for name in found if _is_mask(operations[name], uses[name], found, masked)}:
        if kept == found:
            return frozenset(found)
        found = kept
    return frozenset()


def _is_mask(
    layer: Layer, uses: Sequence[tuple[str, bool]], masks: AbstractSet[str], masked: AbstractSet[Reference]
) -> bool:
    """Whether an operation makes a mask of what layers mask, or of masks, and nothing else is made of it."""
    taken = [reference for _, reference in _arguments(layer)]
    first = layer.get("class_name") == _FIRST
    of_masks = all(each in masked if first else each.layer in masks for each in taken)
    return bool(uses) and bool(taken) and of_masks and all(as_mask or user in masks for user, as_mask in uses)


def _arguments(layer: Layer) -> Iterator[tuple[str, Reference]]:
    nodes = layer.get("inbound_nodes")
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, dict):
            yield from (("", each) for each in tensors_in(node.get("args")))
            keywords = node.get("kwargs")
            for name, value in keywords.items() if isinstance(keywords, dict) else ():
                yield from ((str(name), each) for each in tensors_in(value))


def _is_operation(layer: Layer) -> bool:
    return is_operation(layer) and str(layer.get("class_name")) in _OTHERS


def makes_mask(layer: Layer) -> bool:
    """Whether a layer says which steps count."""
    config = layer.get("config")
    zero = isinstance(config, dict) and config.get("mask_zero") is True
    return layer.get("class_name") == "Masking" or (layer.get("class_name") == "Embedding" and zero)
