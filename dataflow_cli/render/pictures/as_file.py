"""Picture -> what stands in a file: the bytes of a PNG, or the text of an SVG."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from dataflow_cli.render.pictures.model import Picture

ENDINGS = (".png", ".svg")


def ending(path: str | Path) -> str:
    """The ending of a file's name: `.png`."""
    return PurePath(path).suffix.lower()


def check_ending(path: str | Path) -> None:
    """Raise OutputError for a file whose name says nothing that pictures are written as."""
    if ending(path) not in ENDINGS:
        raise OutputError(
            f"{printable(path)}: pictures are written as PNG, signals and bars as SVG too",
            hint="let the name end in .png or .svg",
        )


def as_file(picture: Picture, form: str, theme: str = "light", zoom: Fraction | None = None) -> str | bytes:
    """The picture as the file with the ending `form` holds it: `.svg`, else PNG. Raises OutputError."""
    from dataflow_cli.render.pictures.sheet import sheet
    from dataflow_cli.render.pictures.themes import THEMES

    laid_out = sheet(picture, THEMES[theme], zoom)
    if form == ".svg":
        from dataflow_cli.render.pictures.svg import svg_text

        return svg_text(laid_out)
    from dataflow_cli.render.pictures.png import png_bytes

    return png_bytes(laid_out)
