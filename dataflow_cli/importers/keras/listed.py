"""Weights of files before Keras 3, which list the layers' names and the weights' (`layer_names`, `weight_names`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.cells import WAYS, both_ways, cells_of, place_in
from dataflow_cli.importers.keras.entries import layers_of, model_or, name_of, wrapped, wraps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.files.h5py import Hdf5

_STACKED = re.compile(r"stacked_rnn_cells(_[0-9]+)?/")
"""What stands before the cells of a stack in files that list the weights."""
_BOTH_WAYS = re.compile(r"[^/]+/stacked_rnn_cells(_[0-9]+)?/")
"""The same where a stack is one of two ways."""
_OTHERS = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
}
"""Weights by what Keras 1 called them."""
_NAMELESS = re.compile(r"variable(_[0-9]+)?")
"""What Keras calls the one weight of ConvNeXt's LayerScale, which gives it no name."""


def listed(hdf5: Hdf5, root: str, layers: Sequence[str], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The weights of files that list them by name."""
    known = {name_of(one): one for one in layers_of(config)}
    for layer in layers:
        group = f"{root}/{layer}" if root else layer
        if group not in hdf5.groups:
            continue
        weights = hdf5.texts(group, "weight_names") or []
        one = model_or(known.get(layer, {}))
        names = _within(layer, weights, wraps=wraps(one), model=bool(layers_of(one)))
        for weight, name in zip(weights, names, strict=True):
            path = f"{group}/{weight}"
            if path in hdf5.datasets:
                yield "/".join([layer, *_in_model(name.split("/"), one)]), path


def _in_model(parts: list[str], model: Mapping[str, Any]) -> list[str]:
    """The parts of a weight's name in a model, without those that Keras gives to what a layer there holds."""
    layers = {name_of(one): one for one in layers_of(model)}
    if parts[0] not in layers:
        if parts[0] == name_of(model) and len(parts) > 2:
            return _in_model(parts[1:], model)
        inner = next((one for one in layers.values() if layers_of(model_or(one)) and parts[0] in _names_in(one)), None)
        return parts if inner is None else [name_of(inner), *_in_model(parts, model_or(inner))]
    layer, rest = model_or(layers[parts[0]]), parts[1:]
    if layers_of(layer):
        return [parts[0], *_in_model(rest, layer)]
    return [parts[0], *_in_layer(rest, layer)]


def _in_layer(parts: list[str], layer: Mapping[str, Any]) -> list[str]:
    """The same of a weight's name in a layer that is no model: in a stack the cell's number, the way before it."""
    inner = wrapped(layer)
    if inner is not None:
        return _in_layer(parts[1:], inner) if len(parts) > 1 else parts
    stacks, cells = both_ways(layer), cells_of(layer)
    if stacks and len(parts) > 1:
        is_back = parts[0].startswith(WAYS[1]) or parts[0] == name_of(stacks[1]) != name_of(stacks[0])
        return [WAYS[is_back], *_in_layer(parts[1:], stacks[is_back])]
    if len(cells) < 2 or len(parts) < 3:
        return parts
    names = [name_of(cell) for cell in cells]
    place = place_in(cells, names.index(parts[1])) if parts[1] in names else parts[1]
    return [*([place] if place else []), *parts[2:]]


def _names_in(model: Mapping[str, Any]) -> set[str]:
    """What all layers of a model, and of those in it, are called."""
    return {name for one in layers_of(model_or(model)) for name in ({name_of(one)} | _names_in(one))}


def _within(layer: str, weights: Sequence[str], *, wraps: bool, model: bool) -> list[str]:
    """What the weights of a layer are called in it: `kernel`, or `conv2d/kernel` if it is a model."""
    plain = [_without_layer(layer, weight.partition(":")[0]) for weight in weights]
    first = {name.partition("/")[0] for name in plain if "/" in name}
    inner = [name.partition("/")[2] for name in plain] if wraps and len(first) == 1 else plain
    if plain and all(map(_STACKED.match, inner)):
        return _cell_by_cell([_STACKED.sub("", name) for name in inner])
    if not model and len(first) == len(WAYS) and any(map(_BOTH_WAYS.match, plain)):
        return _way_by_way(plain)
    if len(first) == 1 and (wraps or all("/" in name for name in plain)):
        (scope,) = first
        if wraps or re.fullmatch(re.escape(layer) + "_[0-9]+", scope):  # Keras made the scope's name unlike another's
            plain = [name.removeprefix(f"{scope}/") for name in plain]
    if "pointwise_kernel" not in plain:  # before Keras 3 the depthwise convolutions' own was called so
        plain = ["kernel" if name == "depthwise_kernel" else name for name in plain]
    if len(plain) == 1 and _NAMELESS.fullmatch(plain[0]):
        return ["gamma"]
    return [_OTHERS.get(name, name) for name in plain]


def _cell_by_cell(names: Sequence[str]) -> list[str]:
    """`lstm_cell_4/kernel` of a stack, whose cells come one after the other, with the cell's number from 0."""
    cells = list(dict.fromkeys(name.partition("/")[0] for name in names))
    parts = [(place_in(cells, cells.index(cell)), word) for cell, _, word in (name.partition("/") for name in names)]
    return [f"{place}/{word}" if place else word for place, word in parts]


def _way_by_way(names: Sequence[str]) -> list[str]:
    """`forward_rnn/stacked_rnn_cells/lstm_cell/kernel`: of each direction the cells as they are in one, there first."""
    found = dict.fromkeys(names, "")
    for way, scope in zip(WAYS, dict.fromkeys(name.partition("/")[0] for name in names), strict=True):
        own = [name for name in names if name.partition("/")[0] == scope]
        plain = [name.partition("/")[2] for name in own]
        stacked = [_STACKED.sub("", name) for name in plain]
        words = _cell_by_cell(stacked) if stacked != plain else [name.rpartition("/")[2] for name in plain]
        found |= {name: f"{way}/{word}" for name, word in zip(own, words, strict=True)}
    return [found[name] for name in names]


def _without_layer(layer: str, weight: str) -> str:
    """`sequential/conv/kernel` of layer `conv` is its `kernel`; so is Keras 1's `conv_W`."""
    before, found, rest = f"/{weight}".partition(f"/{layer}/")
    if found and "/" not in before.removeprefix("/"):
        return rest
    return weight.removeprefix(f"{layer}_") if "/" not in weight else weight
