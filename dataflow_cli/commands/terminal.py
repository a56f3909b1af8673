"""What the terminal can do and what the user wants of it: color, width, characters."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from dataflow_cli.render.formats import Style

_ASCII = str.maketrans(
    {"·": "*", "×": "x", "⌊": "floor(", "⌋": ")", "█": "#", "…": "...", "µ": "u", "→": "->", "≥": ">=", "≤": "<="}
)
"""How what we write ourselves is written where only ASCII can be."""


def wants_color(stream: TextIO, choice: str = "auto") -> bool:
    """`--color` over NO_COLOR over FORCE_COLOR over whether the stream is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    force = os.environ.get("FORCE_COLOR")
    if force:
        return force != "0"
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """The width of the terminal; None in a pipe, where a line is as long as it needs."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def is_ascii(stream: TextIO) -> bool:
    """Whether the stream cannot take box-drawing characters."""
    try:
        "─█·".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def style_for(color: str, width: int | None, *, header: bool, to_file: bool) -> Style:
    """How to write to stdout, or to a file, which is never a terminal and always UTF-8."""
    if to_file:
        return Style(color == "always", width, ascii=False, header=header)
    return Style(
        wants_color(sys.stdout, color),
        width or terminal_width(sys.stdout),
        ascii=is_ascii(sys.stdout),
        header=header,
    )


def encoded(text: str, stream: TextIO) -> bytes:
    """Text in the stream's encoding: what it does not have is written in ASCII, or as an escape."""
    encoding = stream.encoding or "ascii"
    if is_ascii(stream):
        text = text.translate(_ASCII)
    return text.encode(encoding, "backslashreplace")
