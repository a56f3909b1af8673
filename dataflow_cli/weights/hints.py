"""What to write where a weights file lacks a parameter, or has it in another shape.

A hint is followed word for word. A name is offered only if what it holds could be what is missing: it has the shape, it
is not another parameter's, it says the same of its role, and it counts the same layer.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dataflow_cli.shapes import Shape
    from dataflow_cli.weights.wanted import Wanted

OTHER_NETWORK = "the weights belong to another network, or the layer's fields differ"
MAP = "`map:` under `weights:` translates names"
_MOST = 500
"""Names that are compared with the one that is missing."""
_NAMES = 6
"""Names that are shown."""
_ENTRIES = 8
"""Lines of a `map:` that a hint writes out."""
ROLES = {
    "kernel": ("kernel", "weight"),
    "depthwise_kernel": ("depthwise_kernel", "kernel", "weight"),
    "pointwise_kernel": ("pointwise_kernel", "kernel", "weight"),
    "embeddings": ("embeddings", "weight"),
    "alpha": ("alpha", "weight"),
    "bias": ("bias",),
    "gamma": ("gamma", "weight", "scale"),
    "scale": ("scale", "weight"),
    "beta": ("beta", "bias", "offset"),
    "moving_mean": ("moving_mean", "running_mean", "mean"),
    "moving_variance": ("moving_variance", "running_var", "var"),
}
"""By parameter, what frameworks call it."""
COUNTERS = ("num_batches_tracked", "count")
"""What frameworks count in training, and no layer computes with."""
WORDS = frozenset(word for words in ROLES.values() for word in words)


def parts(name: str) -> tuple[str, str]:
    """The name of a layer in a file, and that of its parameter: `features.0` and `weight`."""
    at = max(name.rfind("/"), name.rfind("."))
    return name[: max(at, 0)], name[at + 1 :].removesuffix(":0")


def missing_hint(wanted: Wanted, shapes: Mapping[str, Shape], taken: Collection[str]) -> str:
    """The name that was meant, else names that could be it, else what the file has."""
    could = list(
        islice((name for name in shapes if name not in taken and _could_be(wanted, name, shapes[name])), _MOST)
    )
    counted = [name for name in could if _numbers(name) == _numbers(wanted.stored)]
    near = suggestion(wanted.stored, counted)
    if near:
        return near
    lead = f"with shape {written(wanted.shape)} it has" if could else "it has"
    return f"{lead} {named(could or list(shapes)) or 'nothing'}; {MAP}"


def shape_hint(wanted: Wanted, found: Shape) -> str:
    """What another shape of the same numbers means: most often PyTorch's layout, or ours where PyTorch's was said."""
    ours = wanted.parameter.shape
    if wanted.translation is not None:
        if found == ours:
            return "so Keras and dftrace store it: transpose it in the file, or leave `layout: torch` out if all are so"
        return OTHER_NETWORK
    if sorted(found) == sorted(ours) and len(found) > 1:
        return "if the file comes from PyTorch, write `weights: {file: ..., layout: torch}`"
    return OTHER_NETWORK


def named(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")


@dataclass(frozen=True)
class KerasCount:
    """Layers of one kind: in the file `dense`, `dense_1`, `dense_2`, and here `dense_1`, `dense_2`, `dense_3`."""

    first: Wanted
    here: list[str]
    there: list[str]
    """As they stand in the file, within a model perhaps: `sequential/dense`."""

    @property
    def hint(self) -> str:
        """How to say which is which."""
        pairs = zip(self.here, self.there, strict=False)
        entries = [f"{here}/{name}: {there}/{name}" for here, there in pairs for name in self.first.node.parameters]
        listed = ", ".join(entries[:_ENTRIES]) + (", ..." if entries[_ENTRIES:] else "")
        named_so = "" if "/" in self.there[0] else f", or give the layers those names: `name: {self.there[0]}`"
        return f"if they stand in the same order, translate every one, `map: {{{listed}}}`{named_so}"


def counted_as_keras(wanted: Sequence[Wanted], shapes: Mapping[str, Shape]) -> Iterator[KerasCount]:
    """The kinds whose layers the file counts as Keras does.

    By name every layer would get its neighbour's parameters, and where shapes are equal nobody would see it.
    """
    called_so = {one.stored for one in wanted if one.stored == one.full}
    others = map(parts, shapes.keys() - called_so)
    unnumbered = {f"{layer.rpartition('/')[2]}/{word}" for layer, word in others}
    alike = defaultdict(list)
    for one in wanted:
        alike[type(one.node.layer)].append(one)
    for kind, ours in alike.items():
        first = next((one for one in ours if _is_numbered(one) and f"{kind.type}/{one.name}" in unnumbered), None)
        if first is not None:
            here = dict.fromkeys(one.node.name for one in ours)
            counted = re.compile(rf"(.*/)?{re.escape(kind.type)}(_[0-9]+)?")
            there = {layer for layer, _ in map(parts, shapes) if counted.fullmatch(layer)}
            yield KerasCount(first, list(here), sorted(there, key=lambda layer: (len(layer), layer)))


def _is_numbered(one: Wanted) -> bool:
    """Whether the parameter is stored under a name that counts the layers of the kind."""
    return not one.said and one.stored == one.full and one.node.name.removeprefix(f"{one.node.layer.type}_").isdecimal()


def _could_be(wanted: Wanted, name: str, shape: Shape) -> bool:
    if math.prod(shape) != math.prod(wanted.shape) or (shape != wanted.shape and len(shape) > 1):
        return False
    word = parts(name)[1]
    return word not in WORDS or word in ROLES.get(wanted.name, (wanted.name,))


def _numbers(name: str) -> list[str]:
    return re.findall(r"[0-9]+", name)
