"""Explanations in every format: an account becomes a Document, which one writer a format turns into text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported

if TYPE_CHECKING:
    from dataflow_cli.render.explanation.document import Document
    from dataflow_cli.render.formats import Style

FORMATS = ("text", "markdown", "latex", "json")
"""JSON is written from the account itself, by `json.py`."""


def write(document: Document, form: str, style: Style) -> str:
    """The document in one of the formats for people."""
    text: str = imported(f"{__name__}.{form}.write")(document, style)
    return text
