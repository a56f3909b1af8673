"""Weights of files since Keras 3, which stand at `layers/conv2d_1/vars/0`: the class, counted, and the weight's number.

The layer's own name is written beside it, or, by files that are a little older, only in config.json.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.cells import RNN, STACK, WAYS, both_ways, cells_of, place_in
from dataflow_cli.importers.keras.entries import layers_of, model_or, name_of, settings_of
from dataflow_cli.importers.keras.variables import weight_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.files.h5py import Hdf5

_DOUBLED = "_layer_checkpoint_dependencies"
"""Keras 2.13's dictionary of layers, which has each that has weights twice, and counts both."""
_CONTAINERS = frozenset(("layers", _DOUBLED))
"""Groups that hold the layers of a model, each called by its class."""
_WRAPPED = "layer"
"""What a layer is called that another one wraps."""
_CELL, _CELLS = "cell", "cells"
"""What does the steps of a recurrent layer, with fields of that; in a stack several."""
_LAYERS_OF_WAYS = tuple(f"{way}_layer" for way in WAYS)
"""What holds the two layers of one that goes both ways."""
_OPTIMIZER = ("optimizer_weights", "optimizer", "_optimizer")
"""What stands beside a model's weights, and is none of them."""


def counted(hdf5: Hdf5, config: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """The weights of files that address them by class and count."""
    models = _models(config) if config else {}
    groups: dict[str, list[str]] = defaultdict(list)
    for path in hdf5.datasets:
        groups[path.replace("\\", "/").rpartition("/")[0]].append(path)
    for group, paths in groups.items():
        *above, last = parts_of(group)
        if above[:1] and above[0] in _OPTIMIZER:
            continue
        if last != "vars":
            yield from ((path, path) for path in paths)
            continue
        name, stem, layer = _called(hdf5, paths[0], above, models)
        words = weight_words(stem, layer, len(paths))
        for word, path in zip(words, paths, strict=True):
            yield (f"{name}/{word}" if name else word), path


def _called(
    hdf5: Hdf5, path: str, parts: Sequence[str], models: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> tuple[str, str, Mapping[str, Any]]:
    """What the layer is called whose weights stand at `path`, its class as Keras counts it, and its config if known."""
    words: list[str] = []
    stem = ""
    layer: Mapping[str, Any] = {}
    for number, part in enumerate(parts):
        if part in _CONTAINERS:
            continue
        if number and parts[number - 1] in _CONTAINERS:
            layer = _layer(models.get("/".join(words), {}), part, doubled=parts[number - 1] == _DOUBLED)
            stem = re.sub("_[0-9]+$", "", part)
            variables = _raw(path, "/".join([*parts[: number + 1], "vars"]))
            words.append(hdf5.text(variables, "name") or name_of(layer) or part)
        elif layer.get("class_name") == STACK and part == _CELLS:
            continue
        elif layer.get("class_name") == STACK:
            word, layer = _stacked(part, layer)
            words, stem = [*words, *([word] if word else [])], _snake_case(str(layer.get("class_name")))
        elif part in _LAYERS_OF_WAYS and (stacks := both_ways(layer)):
            number_of_way = _LAYERS_OF_WAYS.index(part)
            words, layer = [*words, WAYS[number_of_way]], stacks[number_of_way]
        else:
            own = part.removeprefix("_")  # as Keras before 3 had the parts of attention
            stem, layer = _within_layer(own, layer)
            words += [] if own == _WRAPPED else [own]
    return "/".join(words), stem, layer


def _within_layer(part: str, layer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The class of a part of a layer, as Keras counts it, and its config where the layer's has one of that name."""
    inner = settings_of(layer).get(part)
    if isinstance(inner, dict):
        return _snake_case(str(inner.get("class_name"))), inner
    return part, layer if part == _CELL else {}


def _stacked(part: str, stack: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """What stands before the parameters of a cell that is counted by its class, and its config."""
    known = list(by_count(cells_of({"class_name": RNN, "config": {"cell": stack}})))
    found = [(number, cell) for number, (name, cell) in enumerate(known) if name == part]
    return (place_in(known, found[0][0]), found[0][1]) if found else (part, {})


def _layer(layers: Mapping[str, Mapping[str, Any]], part: str, *, doubled: bool) -> Mapping[str, Any]:
    """The layer that a part of a path counts; where each was counted twice, its number is twice what it should be."""
    if not doubled:
        return layers.get(part, {})
    stem, _, number = part.rpartition("_")
    if not number.isdecimal() or not stem:
        return layers.get(part, {})
    half = int(number) // 2
    return layers.get(f"{stem}_{half}" if half else stem, {})


def _raw(path: str, address: str) -> str:
    """An address that a path begins with, but perhaps for its last part, as the file writes it."""
    return address.replace("/", "\\") if "\\" in path else address


def parts_of(path: str) -> list[str]:
    """The parts of a path; on Windows some versions wrote backslashes."""
    return path.replace("\\", "/").split("/")


def _models(config: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """For every model in a model, by the path of names: its layers' configs, by class and count."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", config)]
    while waiting:
        path, model = waiting.pop()
        layers = layers_of(model)
        found[path] = dict(by_count(layers))
        for layer in layers:
            name = name_of(layer)
            if layers_of(model_or(layer)):
                waiting.append((f"{path}/{name}" if path else name, model_or(layer)))
    return found


def by_count(layers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The layers as Keras counts them in what it stores: by their class."""
    counts: dict[str, int] = defaultdict(int)
    for layer in layers:
        stem = _snake_case(str(layer.get("class_name")))
        number = counts[stem]
        counts[stem] += 1
        yield (f"{stem}_{number}" if number else stem), layer


def _snake_case(name: str) -> str:
    """`Conv2D` as Keras counts it: `conv2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
