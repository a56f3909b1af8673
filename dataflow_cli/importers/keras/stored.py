"""What the arrays of a Keras file are called: `layer/kernel`, however the file addresses them.

Files before Keras 3 list the layers' names and the weights' (`layer_names`, `weight_names`). Since then an array stands
at `layers/conv2d_1/vars/0`: the class, counted, and the number of the weight; the layer's own name is written beside
it, or, by files that are a little older, only in config.json.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dataflow_cli.importers.keras.cells import RNN, STACK, cells_of, place_in
from dataflow_cli.importers.keras.entries import layers_of, name_of, settings_of
from dataflow_cli.importers.keras.parts import of_whole_layers
from dataflow_cli.importers.keras.variables import weight_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.files.h5py import Hdf5

_DOUBLED = "_layer_checkpoint_dependencies"
"""Keras 2.13's dictionary of layers, which has each that has weights twice, and counts both."""
CONTAINERS = frozenset(("layers", _DOUBLED))
"""Groups that hold the layers of a model, each called by its class."""
_WRAPPED = "layer"
"""What a layer is called that another one wraps."""
_CELL, _CELLS = "cell", "cells"
"""What does the steps of a recurrent layer, with fields of that; in a stack several."""
_STACKED = re.compile(r"stacked_rnn_cells(_[0-9]+)?/")
"""What stands before the cells of a stack in files that list the weights."""
OPTIMIZER = ("optimizer_weights", "optimizer", "_optimizer")
"""What stands beside a model's weights, and is none of them."""
_OTHERS = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
}
"""Weights by what Keras 1 called them."""
_NAMELESS = re.compile(r"variable(_[0-9]+)?")
"""What Keras calls the one weight of ConvNeXt's LayerScale, which gives it no name."""


def names_of(hdf5: Hdf5, config: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Every array's name, and its path in the file. `config` describes the model, where the file has that."""
    root = "model_weights" if "model_weights" in hdf5.groups else ""
    layers = hdf5.texts(root, "layer_names")
    pairs = list(_listed(hdf5, root, layers, config or {}) if layers is not None else _counted(hdf5, config))
    names = of_whole_layers([name for name, _ in pairs])
    found: dict[str, str] = {}
    for name, (_, path) in zip(names, pairs, strict=True):
        found[path if name in found else name] = path
    return found


def is_keras(hdf5: Hdf5) -> bool:
    """Whether Keras wrote the file."""
    root = "model_weights" if "model_weights" in hdf5.groups else ""
    return hdf5.texts(root, "layer_names") is not None or any(_parts(path)[-2:-1] == ["vars"] for path in hdf5.datasets)


def _listed(hdf5: Hdf5, root: str, layers: Sequence[str], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The weights of files that list them by name."""
    known = {name_of(one): one for one in layers_of(config)}
    for layer in layers:
        group = f"{root}/{layer}" if root else layer
        if group not in hdf5.groups:
            continue
        weights = hdf5.texts(group, "weight_names") or []
        one = _model_or(known.get(layer, {}))
        names = _within(layer, weights, wraps=_wraps(one))
        for weight, name in zip(weights, names, strict=True):
            path = f"{group}/{weight}"
            if path in hdf5.datasets:
                yield "/".join([layer, *in_model(name.split("/"), one)]), path


def in_model(parts: list[str], model: Mapping[str, Any]) -> list[str]:
    """The parts of a weight's name in a model, without those that Keras gives to what a layer there holds."""
    layers = {name_of(one): one for one in layers_of(model)}
    if parts[0] not in layers:
        if parts[0] == name_of(model) and len(parts) > 2:
            return in_model(parts[1:], model)
        inner = next((one for one in layers.values() if layers_of(_model_or(one)) and parts[0] in _names_in(one)), None)
        return parts if inner is None else [name_of(inner), *in_model(parts, _model_or(inner))]
    layer, rest = _model_or(layers[parts[0]]), parts[1:]
    if layers_of(layer):
        return [parts[0], *in_model(rest, layer)]
    cells = cells_of(layer)
    if len(cells) > 1 and len(rest) > 2:
        names = [name_of(cell) for cell in cells]
        place = place_in(cells, names.index(rest[1])) if rest[1] in names else rest[1]
        return [parts[0], *([place] if place else []), *rest[2:]]
    return [parts[0], *(rest[1:] if _wraps(layer) and len(rest) > 1 else rest)]


def _names_in(model: Mapping[str, Any]) -> set[str]:
    """What all layers of a model, and of those in it, are called."""
    return {name for one in layers_of(_model_or(model)) for name in ({name_of(one)} | _names_in(one))}


def _wraps(layer: Mapping[str, Any]) -> bool:
    """Whether a layer does with each step what another does."""
    return _wrapped(layer) is not None


def _wrapped(layer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The layer that another does with each step; None if there is none."""
    config = settings_of(layer)
    inner = None if "merge_mode" in config else config.get(_WRAPPED)
    return inner if isinstance(inner, dict) else None


def _model_or(layer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model that a layer wraps; any other layer itself."""
    inner = _wrapped(layer)
    return inner if inner is not None and layers_of(inner) else layer


def _within(layer: str, weights: Sequence[str], *, wraps: bool) -> list[str]:
    """What the weights of a layer are called in it: `kernel`, or `conv2d/kernel` if it is a model."""
    plain = [_without_layer(layer, weight.partition(":")[0]) for weight in weights]
    first = {name.partition("/")[0] for name in plain if "/" in name}
    if plain and all(map(_STACKED.match, plain)):
        return _cell_by_cell([_STACKED.sub("", name) for name in plain])
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


def _without_layer(layer: str, weight: str) -> str:
    """`sequential/conv/kernel` of layer `conv` is its `kernel`; so is Keras 1's `conv_W`."""
    before, found, rest = f"/{weight}".partition(f"/{layer}/")
    if found and "/" not in before.removeprefix("/"):
        return rest
    return weight.removeprefix(f"{layer}_") if "/" not in weight else weight


def _counted(hdf5: Hdf5, config: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """The weights of files that address them by class and count."""
    models = _models(config) if config else {}
    groups: dict[str, list[str]] = defaultdict(list)
    for path in hdf5.datasets:
        groups[path.replace("\\", "/").rpartition("/")[0]].append(path)
    for group, paths in groups.items():
        *above, last = _parts(group)
        if above[:1] and above[0] in OPTIMIZER:
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
        if part in CONTAINERS:
            continue
        if number and parts[number - 1] in CONTAINERS:
            layer = _layer(models.get("/".join(words), {}), part, doubled=parts[number - 1] == _DOUBLED)
            stem = re.sub("_[0-9]+$", "", part)
            variables = _raw(path, "/".join([*parts[: number + 1], "vars"]))
            words.append(hdf5.text(variables, "name") or name_of(layer) or part)
        elif layer.get("class_name") == STACK and part == _CELLS:
            continue
        elif layer.get("class_name") == STACK:
            word, layer = _stacked(part, layer)
            words, stem = [*words, *([word] if word else [])], snake_case(str(layer.get("class_name")))
        else:
            own = part.removeprefix("_")  # as Keras before 3 had the parts of attention
            stem, layer = _within_layer(own, layer)
            words += [] if own == _WRAPPED else [own]
    return "/".join(words), stem, layer


def _within_layer(part: str, layer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The class of a part of a layer, as Keras counts it, and its config where the layer's has one of that name."""
    inner = settings_of(layer).get(part)
    if isinstance(inner, dict):
        return snake_case(str(inner.get("class_name"))), inner
    return part, layer if part == _CELL else {}


def _stacked(part: str, stack: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """What stands before the parameters of a cell that is counted by its class, and its config."""
    counted = list(by_count(cells_of({"class_name": RNN, "config": {"cell": stack}})))
    found = [(number, cell) for number, (name, cell) in enumerate(counted) if name == part]
    return (place_in(counted, found[0][0]), found[0][1]) if found else (part, {})


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


def _parts(path: str) -> list[str]:
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
            if layers_of(_model_or(layer)):
                waiting.append((f"{path}/{name}" if path else name, _model_or(layer)))
    return found


def by_count(layers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The layers as Keras counts them in what it stores: by their class."""
    counts: dict[str, int] = defaultdict(int)
    for layer in layers:
        stem = snake_case(str(layer.get("class_name")))
        number = counts[stem]
        counts[stem] += 1
        yield (f"{stem}_{number}" if number else stem), layer


def snake_case(name: str) -> str:
    """`Conv2D` as Keras counts it: `conv2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
