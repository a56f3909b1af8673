"""A layer in words: its formula, shapes, counts and fields. Needs neither weights nor an input."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from typing import TYPE_CHECKING, Any

from dataflow_cli.explain.element import axis_names
from dataflow_cli.render.explanation.document import Document, Part, Say, Table, Title, Verbatim
from dataflow_cli.render.layers import default_text
from dataflow_cli.render.params import arithmetic, receptive
from dataflow_cli.render.text import safe, shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Shape


def words_document(network: Network, node: Node) -> Document:
    """What the layer does, from what to what, and what it costs."""
    layer = node.layer
    names = axis_names(node, network.inputs[0].data_format)
    inputs = ", ".join(f"{safe(name)} {shape(size)}" for name, size in zip(node.inputs, node.input_shapes, strict=True))
    first, last = (f"'{safe(node.name)}[{','.join(map(str, at))}]'" for at in _ends(node.output_shape))
    named = f" ({', '.join(names)})" if names else ""
    parts: list[Part] = [
        Title(f"{safe(node.name)}: {layer.type}"),
        Say(f"{layer.title()}."),
        *_formula(layer),
        Title("Shapes and counts", 3),
        Say(f"from {inputs} to {shape(node.output_shape)}{named}"),
        Verbatim(tuple(arithmetic(node)) or ("nothing to count",)),
        Say(f"receptive field: {receptive(node.receptive_field) or '1'} of the network's input"),
    ]
    if node.parameters:
        rows = tuple((name, shape(one.shape), f"{one.count:,}") for name, one in node.parameters.items())
        parts.append(Table(("parameter", "shape", "values"), rows, ("left", "left", "right")))
    fields = tuple((name, _field(value)) for name, value in _fields(layer))
    parts += [Table(("field", "here"), fields, ("left", "left"))] if fields else []
    parts.append(Say(f"Explain one element: {first if first == last else f'{first} to {last}'}."))
    return Document(tuple(parts))


def _ends(shape: Shape) -> tuple[Shape, Shape]:
    """The first and the last element."""
    return (0,) * len(shape), tuple(length - 1 for length in shape)


def _formula(layer: Layer) -> Iterator[Part]:
    """The docstring of the kind's file: paragraphs as such, formulas with their columns."""
    for paragraph in (inspect.getdoc(sys.modules[type(layer).__module__]) or "").split("\n\n"):
        lines = paragraph.splitlines()
        indented = lines and all(line.startswith(" ") for line in lines)
        yield Verbatim(tuple(line[2:] for line in lines)) if indented else Say(" ".join(lines))


def _fields(layer: Any) -> list[tuple[str, Any]]:
    known = type(layer).options()
    return [(name, getattr(layer, name)) for name in known if name in {f.name for f in dataclasses.fields(layer)}]


def _field(value: Any) -> str:
    """A field's value as a network file would write it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_field, value))}]"
    return str(getattr(value, "type", None) or default_text(value))
