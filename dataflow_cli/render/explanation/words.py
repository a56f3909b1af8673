"""A layer in words: its formula, shapes, counts and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.render.explanation.document import Document, Part, Say, Table, Title, Verbatim
from dataflow_cli.render.layers import default_text
from dataflow_cli.render.params import receptive
from dataflow_cli.render.text import safe, shape
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.explain.description import Description
    from dataflow_cli.shapes import Shape


def words_document(about: Description) -> Document:
    """What the layer does, from what to what, and what it costs."""
    layer = about.counted
    pairs = zip(layer.inputs, layer.input_shapes, strict=True)
    inputs = ", ".join(f"{safe(name)} {shape(size)}" for name, size in pairs)
    first, last = (f"'{safe(layer.name)}[{','.join(map(str, at))}]'" for at in _ends(layer.output_shape))
    named = f" ({', '.join(about.axes)})" if about.axes else ""
    parts: list[Part] = [
        Title(f"{safe(layer.name)}: {layer.type}{f', {about.inner}' if about.inner else ''}"),
        Say(f"{about.title}."),
        *_formula(about.formula),
        Title("Shapes and counts", 3),
        Say(f"from {inputs} to {shape(layer.output_shape)}{named}"),
        Verbatim(layer.arithmetic or ("nothing to count",)),
        Say(f"receptive field: {receptive(layer.receptive_field) or '1'} of the network's input"),
    ]
    if layer.parameters:
        rows = tuple((one.name, shape(one.shape), safe(one.owner) or f"{one.values:,}") for one in layer.parameters)
        parts.append(Table(("parameter", "shape", "values"), rows, ("left", "left", "right")))
    elif about.inner:
        parts.append(Say(f"Parameters and MACs are counted at {safe(layer_of(layer.name))}."))
    fields = tuple((name, _field(value)) for name, value in about.fields)
    parts += [Table(("field", "here"), fields, ("left", "left"))] if fields else []
    parts.append(Say(f"Explain one element: {first if first == last else f'{first} to {last}'}."))
    return Document(tuple(parts))


def _ends(shape: Shape) -> tuple[Shape, Shape]:
    """The first and the last element."""
    return (0,) * len(shape), tuple(length - 1 for length in shape)


def _formula(text: str) -> Iterator[Part]:
    """Paragraphs as such, formulas with their columns."""
    for paragraph in text.split("\n\n"):
        lines = paragraph.splitlines()
        indented = lines and all(line.startswith(" ") for line in lines)
        yield Verbatim(tuple(line[2:] for line in lines)) if indented else Say(" ".join(lines))


def _field(value: Any) -> str:
    """A field's value as a network file would write it."""
    return f"[{', '.join(map(_field, value))}]" if isinstance(value, tuple) else default_text(value)
