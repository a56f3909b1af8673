"""An ONNX file -> the description of its model in our words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.importers.naming import allowed
from dataflow_cli.importers.onnx.file import open_model
from dataflow_cli.importers.onnx.patterns import joined
from dataflow_cli.importers.onnx.samples import translated
from dataflow_cli.importers.onnx.tidying import tidied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dataflow_cli.importers.described import Imported
    from dataflow_cli.importers.onnx.model import Model, Size, ValueInfo


def import_onnx(path: Path, shapes: Mapping[str, Sequence[int]]) -> Imported:
    """The model in a file. What of it dftrace lacks is listed. Raises FileProblem if it holds none; OSError.

    `shapes` are those of samples, where the file leaves them open.
    """
    model = open_model(path)
    if shapes:
        model = _sized(model, shapes)
    found = joined(translated(model))
    if any(layer.kind == "softmax" for layer in found.layers):
        from dataflow_cli.importers.onnx.heads.joining import with_heads

        found = with_heads(found)
    return replace(tidied(found), name=path.name.removesuffix(".onnx"))


def _sized(model: Model, shapes: Mapping[str, Sequence[int]]) -> Model:
    """The model with sizes for axes that the file leaves open; where samples are counted, they stay open."""
    given = [info for info in model.graph.inputs if info.name not in model.graph.initializers]
    alone = {"", "input"} if len(given) == 1 else set()
    inputs = []
    for info in model.graph.inputs:
        names = {info.name, allowed(info.name), *(alone if info in given else ())}
        said = next((tuple(shape) for name, shape in shapes.items() if name in names), None)
        inputs.append(info if said is None or info.sizes is None else _with_sizes(info, info.sizes, said))
    return replace(model, graph=replace(model.graph, inputs=tuple(inputs)))


def _with_sizes(info: ValueInfo, sizes: tuple[Size, ...], said: tuple[int, ...]) -> ValueInfo:
    """Where fewer lengths are said than a sample has, they are those of the axes that are open."""
    opened = [place for place, size in enumerate(sizes) if place and not isinstance(size, int)]
    last = range(max(len(sizes) - len(said), 0), len(sizes))
    places = opened if len(said) < len(sizes) - 1 and len(said) == len(opened) else last
    lengths = dict(zip(places, said, strict=False))
    known = (size if isinstance(size, int) else lengths.get(place, size) for place, size in enumerate(sizes))
    return replace(info, sizes=tuple(known))
