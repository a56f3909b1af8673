"""Layers as a person would write them: activations at the layers that they belong to, no axes that go again at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.importers.described import moved_as
from dataflow_cli.importers.spec import made
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import FUNCTIONS
from dataflow_cli.netfile.layer_item import Conventions
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from dataflow_cli.importers.described import Imported, ImportedLayer

_AT_ONCE = frozenset(("reshape", "flatten", "squeeze"))
"""Kinds that may do no more than take away the axes that a global pool keeps."""


def tidied(model: Imported) -> Imported:
    """The same network in fewer layers, as far as the values of those that are left stay what they are there."""
    conventions = Conventions("channels_first" if model.data_format == "channels_first" else "channels_last", "keras")
    uses = Counter(layer_of(name) for layer in model.layers for name in layer.inputs)
    uses.update(layer_of(name) for name in model.outputs)
    kept: dict[str, ImportedLayer] = {}
    names: dict[str, str] = {}
    for each in model.layers:
        layer = replace(each, inputs=tuple(moved_as(name, names) for name in each.inputs))
        before = kept.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
        joined = None if before is None or uses[before.name] != 1 else _joined(before, layer, conventions)
        if joined is None or before is None:
            kept[layer.name] = layer
            continue
        kept[before.name] = joined
        names[layer.name] = before.name
        uses[before.name] = uses[layer.name]
    outputs = tuple(moved_as(name, names) for name in model.outputs)
    return replace(model, layers=tuple(kept.values()), outputs=outputs)


def _joined(before: ImportedLayer, layer: ImportedLayer, conventions: Conventions) -> ImportedLayer | None:
    """Both as one layer; None where they are two."""
    fields = None
    if _takes_activation(before) and _is_activation(layer, conventions):
        fields = {**before.fields, "activation": layer.kind}
    elif _only_drops(before, layer):
        fields = {name: value for name, value in before.fields.items() if name != "keepdims"}
    if fields is None:
        return None
    return replace(before, fields=fields, gives=layer.gives, batch=layer.batch)


def _takes_activation(before: ImportedLayer) -> bool:
    return "activation" in KINDS[before.kind].options() and "activation" not in before.fields


def _is_activation(layer: ImportedLayer, conventions: Conventions) -> bool:
    """Whether it is what stands for the name of its function at `activation:`."""
    if layer.kind not in FUNCTIONS:
        return False
    kind = KINDS[layer.kind]
    named: object = kind.as_activation()  # type: ignore[attr-defined]
    found = made(layer.kind, layer.fields, conventions)
    return all(getattr(found, name) == getattr(named, name) for name in kind.options() if name != "data_format")


def _only_drops(before: ImportedLayer, layer: ImportedLayer) -> bool:
    """Whether a layer takes away the axes of length 1 that a global pool keeps, and does nothing else."""
    if layer.kind not in _AT_ONCE or not before.kind.startswith("global_") or before.fields.get("keepdims") is not True:
        return False
    target = layer.fields.get("target_shape")
    spatial = int(before.kind[-2])
    if layer.kind == "squeeze":
        return layer.fields.get("axis") == list(range(2, 2 + spatial))
    return layer.kind == "flatten" or (isinstance(target, list) and len(target) == 1)
