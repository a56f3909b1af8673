"""Picture -> what stands in a file: the bytes of a PNG, or the text of an SVG."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.render.pictures.look import Look
    from dataflow_cli.render.pictures.model import Picture
    from dataflow_cli.render.pictures.shapes import Sheet

ENDINGS = (".png", ".svg")


def ending(path: str | Path) -> str:
    """The ending of a file's name: `.png`."""
    return PurePath(path).suffix.lower()


def check_ending(path: str | Path, others: str = "") -> None:
    """Raise OutputError for a file whose name says nothing that pictures are written as.

    `others` says what else the caller writes.
    """
    if ending(path) not in ENDINGS:
        raise OutputError(
            f"{printable(path)}: pictures are written as PNG or SVG",
            hint=f"let the name end in .png or .svg{others}",
        )


def laid_out(picture: Picture, look: Look) -> Sheet:
    """The picture as it is to look. Raises OutputError if it would be too large."""
    from dataflow_cli.render.pictures.sheet import sheet

    return sheet(look.captioned(picture), look.colors, look.zoom, look.columns)


def as_file(picture: Picture, form: str, look: Look) -> str | bytes:
    """The picture as the file with the ending `form` holds it: `.svg`, else PNG. Raises OutputError."""
    whole = laid_out(picture, look)
    if form == ".svg":
        from dataflow_cli.render.pictures.svg import svg_text

        return svg_text(whole)
    from dataflow_cli.render.pictures.png import png_bytes

    return png_bytes(whole)
