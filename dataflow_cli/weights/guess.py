"""Which tensor of a file is which parameter of a network: guessed by name, shape and order, and every doubt said.

Layers and the file's modules that have parameters of the same shapes are alike. Among these a module is a layer's by
its name, or because there is one of each, or because it stands in the same place in their order. Where names and order
say different things, or the numbers of both differ, nobody can tell: the guess is made, and is in doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.netfile.model import WeightsSpec
from dataflow_cli.records import dataclass
from dataflow_cli.weights.hints import ROLES
from dataflow_cli.weights.modules import Module, in_order, is_sorted, modules_of, natural
from dataflow_cli.weights.names import TORCH_NAMES, StoredNames
from dataflow_cli.weights.wanted import wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.errors import Problem
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Shape
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.modules import Stored
    from dataflow_cli.weights.wanted import Wanted


@dataclass(frozen=True)
class Entry:
    """A parameter of the network, and the tensor that it seems to be."""

    wanted: Wanted
    tensor: Stored | None
    by: str = ""
    """`name`, `shape` where only one fits, `order` where several do; nothing if there is none."""
    doubt: str = ""
    """Why it may be another one."""


@dataclass(frozen=True)
class Guess:
    """A whole map from a network's parameters to a file's tensors."""

    spec: WeightsSpec
    """The file and its layout; no map."""
    entries: tuple[Entry, ...]
    """In the network's order."""
    unused: tuple[str, ...]
    """Tensors that no parameter seems to be."""
    problems: tuple[Problem, ...]
    """What PyTorch computes otherwise."""

    @property
    def missing(self) -> tuple[Entry, ...]:
        """Parameters that nothing in the file fits."""
        return tuple(entry for entry in self.entries if entry.tensor is None)

    @property
    def doubtful(self) -> tuple[Entry, ...]:
        """Parameters that may be another tensor."""
        return tuple(entry for entry in self.entries if entry.doubt)

    def weights(self, names: Sequence[str]) -> WeightsSpec:
        """What a network file says of it; what a parameter is called in the file anyway is left out."""
        found = [(entry.wanted, entry.tensor.name) for entry in self.entries if entry.tensor is not None]
        known = StoredNames(self.spec, names)
        differing = {one.full: name for one, name in found if known.of(one.node.name, one.name) != name}
        return replace(self.spec, map=differing)


def guess(network: Network, file: WeightsFile) -> Guess:
    """What the tensors of a file seem to be in a network.

    The layout is the one that the file says, or the network, or else the one in which more parameters find a tensor.
    """
    said = network.weights or WeightsSpec(layout=network.framework)
    spec = replace(said, path=str(file.path), init=None, seed=0, map={}, map_keys={}, place=None)
    if spec.layout_written or spec.layout == "torch":
        return _guessed(network, spec, file)
    if file.arrays.origin == "torch":
        return _guessed(network, replace(spec, layout="torch", layout_written=True), file)
    ways = [replace(spec, layout=layout, layout_written=layout == "torch") for layout in ("keras", "torch")]
    return min((_guessed(network, way, file) for way in ways), key=lambda one: (len(one.missing), len(one.problems)))


def _guessed(network: Network, spec: WeightsSpec, file: WeightsFile) -> Guess:
    names = in_order(file.arrays.names)
    needed, problems = wanted(network, spec, file.shapes)
    nested = {word for one in needed for word in _words_of(one) if "." in word}
    modules = modules_of(names, file.shapes, nested)
    found: dict[str, Entry] = {}
    for alike in _alike(needed):
        fitting = _fitting(alike, modules, {entry.tensor.name for entry in found.values() if entry.tensor})
        for entry in _matched(alike, fitting, sorted_names=is_sorted(file.arrays.names)):
            found[entry.wanted.full] = entry
    used = {entry.tensor.name for entry in found.values() if entry.tensor is not None}
    unused = tuple(one.name for module in modules for one in module.tensors if one.name not in used)
    return Guess(spec, tuple(found[one.full] for one in needed), unused, tuple(problems))


Parameters = tuple["Wanted", ...]
"""Those of one layer."""


def _alike(needed: Sequence[Wanted]) -> list[list[Parameters]]:
    """The layers with parameters, those of the same shapes together; those with most parameters first."""
    layers: dict[str, list[Wanted]] = {}
    for one in needed:
        layers.setdefault(one.node.name, []).append(one)
    groups: dict[tuple[tuple[str, Shape, Shape], ...], list[Parameters]] = {}
    for ones in layers.values():
        key = tuple(sorted((_words_of(one)[-1], one.parameter.shape, one.shape) for one in ones))
        groups.setdefault(key, []).append(tuple(ones))
    return sorted(groups.values(), key=lambda group: -len(group[0]))


def _fitting(alike: Sequence[Parameters], modules: Sequence[Module], used: set[str]) -> list[Module]:
    """The modules that fit such layers; those with tensors left over only where no others are."""
    free = [module for module in modules if used.isdisjoint(one.name for one in module.tensors)]
    fitting = [module for module in free if _tensors(alike[0], module) is not None]
    exact = [module for module in fitting if len(module.tensors) == len(alike[0])]
    return exact if len(exact) >= len(alike) else fitting


def _tensors(ones: Parameters, module: Module) -> dict[str, Stored] | None:
    """Which tensor of a module is which parameter of a layer, by its word and shape; None if it does not fit."""
    found: dict[str, Stored] = {}
    for one in ones:
        parts = one.translation is not None and one.translation.stored.part is not None
        free = [tensor for tensor in module.tensors if _same(tensor, one) and (parts or tensor not in found.values())]
        called = [tensor for tensor in free if tensor.word in _words_of(one)]
        unknown = [tensor for tensor in free if not any(tensor.word in words for words in ROLES.values())]
        if not called and not unknown:
            return None
        found[one.name] = (called or unknown)[0]
    return found


def _words_of(one: Wanted) -> tuple[str, ...]:
    """What a parameter may be called in its module."""
    ours = ROLES.get(one.name, (one.name,))
    return ours if one.translation is None else (*ours, *TORCH_NAMES.get(one.name, ()))


def _same(tensor: Stored, one: Wanted) -> bool:
    shape = one.shape if one.translation is None else one.translation.shape_in(tensor.shape)
    return tensor.shape == shape


def _matched(alike: Sequence[Parameters], modules: Sequence[Module], *, sorted_names: bool) -> Iterator[Entry]:
    """An entry for every parameter of layers that are alike."""
    by_order = _by_order(alike, modules)
    by_name = _by_name(alike, modules)
    equal = {at: module for at, module in by_name.items() if _is_called(alike[at][0].node.name, module)}
    all_named = len(equal) == len(alike)
    chosen = equal if all_named else by_order if _only_count_apart(alike, by_order, by_name) else by_name
    for at, ones in enumerate(alike):
        module = chosen.get(at)
        if module is None:
            yield from (Entry(one, None) for one in ones)
            continue
        by = "name" if all_named else "shape" if len(alike) == len(modules) == 1 else "order"
        doubt = _doubt(alike, modules, by, by_order.get(at), by_name.get(at))
        doubt = doubt or (_of_sorting(modules) if sorted_names and by == "order" else "")
        tensors = _tensors(ones, module) or {}
        left = [tensor.name for tensor in module.tensors if tensor not in tensors.values()]
        doubt = doubt or (f"{left[0]} of the same module is left over" if left else "")
        yield from (Entry(one, tensors[one.name], by, doubt or _of_word(one, tensors[one.name], ones)) for one in ones)


def _of_word(one: Wanted, tensor: Stored, ones: Parameters) -> str:
    """The doubt about a tensor whose name does not say which parameter it is, where two have its shape."""
    said = tensor.word in _words_of(one)
    return "" if said or Counter(each.shape for each in ones)[one.shape] < 2 else "by its place in the module alone"


def _by_order(alike: Sequence[Parameters], modules: Sequence[Module]) -> dict[int, Module]:
    return dict(enumerate(modules[: len(alike)]))


def _by_name(alike: Sequence[Parameters], modules: Sequence[Module]) -> dict[int, Module]:
    """The modules by what their names share with the layers', the most first; the others in their order."""
    layers = [_words(ones[0].node.name) for ones in alike]
    theirs = [_words(module.name) for module in modules]
    telling = _telling(layers) & _telling(theirs)
    shared = {
        (at, to): (_is_called(alike[at][0].node.name, modules[to]), len(layers[at] & theirs[to] & telling))
        for at in range(len(layers))
        for to in range(len(theirs))
    }
    pairs = sorted(shared, key=lambda pair: (*(-each for each in shared[pair]), pair))
    found: dict[int, int] = {}
    for at, to in pairs:
        if any(shared[at, to]) and at not in found and to not in found.values():
            found[at] = to
    left = [to for to in range(len(modules)) if to not in found.values()]
    unnamed = [at for at in range(len(alike)) if at not in found]
    found |= dict(zip(unnamed, left, strict=False))
    return {at: modules[to] for at, to in found.items()}


def _words(name: str) -> frozenset[str]:
    """The parts of a name that say something; bare numbers may be counted from 0 or 1."""
    return frozenset(word for word in re.split(r"[^a-z0-9]+", name.lower()) if word and not word.isdecimal())


def _telling(names: Sequence[frozenset[str]]) -> frozenset[str]:
    """The words that some of the names have and not all."""
    counted = Counter(word for name in names for word in name)
    return frozenset(word for word, count in counted.items() if count < len(names) or len(names) == 1)


def _is_called(layer: str, module: Module) -> bool:
    """Whether a module is called as a layer is, perhaps within a model."""
    ours, theirs = (re.sub(r"[^a-z0-9]+", ".", name.lower()) for name in (layer, module.name))
    return theirs == ours or theirs.endswith(f".{ours}")


def _only_count_apart(alike: Sequence[Parameters], by_order: dict[int, Module], by_name: dict[int, Module]) -> bool:
    """Whether names speak against the order by a number alone: `dense`, `dense_1` are `dense_1`, `dense_2` here."""
    apart = [at for at, module in by_name.items() if by_order.get(at) != module]
    stems = {_stem(by_name[at].name) for at in apart} | {_stem(alike[at][0].node.name) for at in apart}
    return len(stems) <= 1


def _stem(name: str) -> str:
    """The last part of a name without its number."""
    return re.sub(r"_?[0-9]+$", "", re.split(r"[./]", name)[-1])


def _doubt(
    alike: Sequence[Parameters], modules: Sequence[Module], by: str, by_order: Module | None, by_name: Module | None
) -> str:
    """Why a module that was found among others may be another one."""
    if by == "shape" or (by == "name" and not any(map(_is_counted, alike))):
        return ""
    if len(modules) != len(alike):
        fit = f"{len(modules)} module{'s fit' if len(modules) != 1 else ' fits'}"
        return f"{fit}, {len(alike)} layer{'s need' if len(alike) != 1 else ' needs'} one"
    if by == "name":
        return ""
    if by_order is not None and by_name is not None and by_order != by_name:
        return f"by its place {by_order.name}, by its name {by_name.name}"
    names = [module.name for module in modules]
    like = {re.sub("[0-9]+", "#", name) for name in names}
    if len(like) == 1 and sorted(names, key=natural) != names:
        return "the file has them in another order than their numbers"
    return ""


def _of_sorting(modules: Sequence[Module]) -> str:
    """The doubt about modules that stand in the order of the alphabet, if more than numbers tell them apart."""
    like = {re.sub("[0-9]+", "#", module.name) for module in modules}
    return "the file has its names sorted, which says nothing of the order of layers" if len(like) > 1 else ""


def _is_counted(ones: Parameters) -> bool:
    """Whether a layer has no name of its own."""
    return ones[0].node.name.removeprefix(f"{ones[0].node.layer.type}_").isdecimal()
