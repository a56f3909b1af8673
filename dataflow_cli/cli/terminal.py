"""What the terminal can do and what the user wants of it: color, width, characters."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from dataflow_cli.render.formats import Style

USUAL_WIDTH = 80
"""Columns of a terminal that does not say how wide it is."""
WIDTHS = (20, 10_000)
"""The least and the most columns that anything is fitted into."""


def wants_color(stream: TextIO, choice: str = "auto") -> bool:
    """`--color` over NO_COLOR (non-empty) over FORCE_COLOR (non-empty, not 0) over whether the stream is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """The width of the terminal; None in a pipe, where a line is as long as it needs."""
    if not stream.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")
    said = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    found = said or os.get_terminal_size(stream.fileno()).columns or USUAL_WIDTH
    return min(max(found, WIDTHS[0]), WIDTHS[1])


def is_ascii(stream: TextIO) -> bool:
    """Whether the stream cannot take box-drawing characters, or the user's locale says that nobody can read them."""
    try:
        "─█·".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    asked = os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8") == "1"
    return not asked and os.environ.get("LC_ALL") in ("C", "POSIX")


def style_for(color: str, width: int | None, *, header: bool, to_file: bool, fragment: bool = False) -> Style:
    """How to write to stdout, or to a file, which is never a terminal and always UTF-8."""
    if to_file:
        return Style(color == "always", width, ascii=False, header=header, fragment=fragment)
    return Style(
        wants_color(sys.stdout, color),
        width or terminal_width(sys.stdout),
        ascii=is_ascii(sys.stdout),
        header=header,
        fragment=fragment,
    )


def leads_to_terminal(output: str | None) -> bool:
    """Whether an output, `-`, none or a device such as /dev/stdout, is a terminal."""
    if output is None or output == "-":
        return sys.stdout.isatty()
    if not output.startswith("/dev/"):
        return False
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_NOCTTY)
    except OSError:
        return False  # writing it will say what is wrong
    try:
        return os.isatty(descriptor)
    finally:
        os.close(descriptor)
