"""Layers in a row -> the tree of blocks that their names tell of: `residual_1/a` stands in a block `residual_1`.

The other way round of `expand.py`: full names become what they are called where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.netfile.model import NO_MASK
from dataflow_cli.netfile.scope import RESERVED
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import inner_name, inner_of, is_inner, layer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.netfile.model import LayerSpec


@dataclass(frozen=True)
class Leaf:
    """A layer in its scope."""

    local: str
    inputs: tuple[str, ...]
    """By their names in the scope."""
    spec: LayerSpec
    mask: str | None = None
    """What it names as its mask, if it does."""


@dataclass(frozen=True)
class Group:
    """A block in its scope, or (without a name) the whole network."""

    local: str
    inputs: tuple[str, ...]
    items: tuple[Leaf | Group, ...]
    before: str | None
    """What stands before its first item, by its name inside; None where several inputs leave that open."""


def grouped(layers: Sequence[LayerSpec], inputs: Sequence[str]) -> tuple[Group, dict[str, str]]:
    """All layers of a network as one group, and what the network's layers are called at its top.

    Raises OutputError for a layer whose name no block can give it.
    """
    names = {name: name for name in inputs} | {layer.name: layer.name for layer in layers}
    items = _items(layers, "", names)
    return Group("", (), items, inputs[0] if len(inputs) == 1 else None), names


def _items(layers: Sequence[LayerSpec], prefix: str, names: dict[str, str]) -> tuple[Leaf | Group, ...]:
    """The items of a scope. `names` says what full names are called there, and learns the blocks' names."""
    items: list[Leaf | Group] = []
    for local, part in _parts(layers, prefix):
        if part[0].name == prefix + local:
            items.append(_leaf(local, part[0], names))
        else:
            items.append(_group(local, part, f"{prefix}{local}/", names))
        names[part[-1].name] = local
    return tuple(items)


def _leaf(local: str, layer: LayerSpec, names: dict[str, str]) -> Leaf:
    mask = None if layer.mask is None else layer.mask.name
    if mask is not None and mask != NO_MASK:
        (mask,) = _named(layer, [mask], names)
    return Leaf(local, _named(layer, [each.name for each in layer.inputs], names), layer, mask)


def _parts(layers: Sequence[LayerSpec], prefix: str) -> list[tuple[str, list[LayerSpec]]]:
    """What follows each other in one block, by the block's name; a layer outside of them is a part of its own."""
    parts: list[tuple[str, list[LayerSpec]]] = []
    for layer in layers:
        local, slash, _ = layer.name[len(prefix) :].partition("/")
        if slash and parts and parts[-1][0] == local and parts[-1][1][-1].name != prefix + local:
            parts[-1][1].append(layer)
        else:
            parts.append((local, [layer]))
    return parts


def _group(local: str, layers: Sequence[LayerSpec], prefix: str, names: dict[str, str]) -> Group:
    given = _given(layers, prefix)
    inside = {given: RESERVED} | {layer.name: layer.name.removeprefix(prefix) for layer in layers}
    items = _items(layers, prefix, {full: name for full, name in inside.items() if "/" not in name})
    return Group(local, _named(layers[0], [given], names), items, RESERVED)


def _given(layers: Sequence[LayerSpec], prefix: str) -> str:
    """The one tensor that the layers of a block take from outside of it."""
    taken = dict.fromkeys(each.name for layer in layers for each in layer.inputs if not each.name.startswith(prefix))
    if len(taken) != 1:
        block = prefix.removesuffix("/")
        raise OutputError(
            f"the layers of block '{block}' take {', '.join(taken) or 'nothing'} from outside of it, and a block takes "
            "one input",
            hint="give the layers names without '/'",
        )
    return next(iter(taken))


def _named(layer: LayerSpec, inputs: Sequence[str], names: dict[str, str]) -> tuple[str, ...]:
    """What the inputs of a layer are called in its scope."""
    found = [called(name, names) for name in inputs]
    for name, local in zip(inputs, found, strict=True):
        if not local:
            raise OutputError(
                f"'{layer.name}' takes '{name}', which cannot be named where it stands",
                hint="give the layers names without '/'",
            )
    return tuple(found)


def called(name: str, names: Mapping[str, str]) -> str:
    """What a tensor is called where layers have these names; nothing if it cannot be named there."""
    if name in names or not is_inner(name):
        return names.get(name, "")
    layer = names.get(layer_of(name))
    return inner_name(layer, inner_of(name)) if layer else ""
