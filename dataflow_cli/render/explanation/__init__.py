"""Explanations in every format: an account becomes a Document, which one writer a format turns into text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from dataflow_cli.render.explanation.document import Document
    from dataflow_cli.render.formats import Style

FORMATS = ("text", "markdown", "latex", "json", "png", "svg")
"""JSON is written from the account itself, by `json.py`."""
PICTURES = FORMATS[-2:]


def draw(document: Document, form: str, theme: str) -> str | bytes:
    """The document as a picture: SVG, or the bytes of a PNG."""
    from dataflow_cli.render.diagram import png, svg
    from dataflow_cli.render.explanation.drawn.scene import scene_of

    scene = scene_of(document, theme)
    return svg.svg_text(scene) if form == "svg" else png.png_bytes(scene)


def write(document: Document, form: str, style: Style) -> str:
    """The document in one of the formats for people."""
    text: str = imported(f"{__name__}.{form}.write")(document, style)
    return text
