"""Where results go: stdout, or a file that appears whole or not at all. And what is said beside them, on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dataflow_cli.cli.streams import STDERR, abandon
from dataflow_cli.cli.terminal import is_ascii, terminal_width, wants_color
from dataflow_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from dataflow_cli.errors import Problem
    from dataflow_cli.shapes import Array


def emit(result: str | bytes, output: str | None = None, form: str = "text", *, color: bool = False) -> None:
    """Write a finished result to stdout, or to the file `output` (`-` is stdout).

    Text passes the gate as what its format is, with the colors that we gave it, or none; bytes are a picture's or an
    array's. A file is UTF-8 whatever the terminal is.

    Raises:
        OutputError: if the file cannot be written.
        OSError: if stdout cannot; `main` says so.
    """
    if output is None or output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(_bytes(result, form, sys.stdout, color=color))
        sys.stdout.buffer.flush()
        return
    from dataflow_cli.files.atomic import atomic_write

    with atomic_write(output) as stream:
        stream.write(_bytes(result, form, None, color=color))


def emit_array(array: Array, output: str | None) -> None:
    """Write an array as an .npy, to stdout or a file. Raises InputError before bytes reach a terminal, OutputError."""
    if output is None and sys.stdout.isatty():
        raise InputError("not writing a binary file to the terminal", hint="use -o FILE, or a pipe")
    from io import BytesIO

    from dataflow_cli.files.npy import write_array

    buffer = BytesIO()
    write_array(buffer, array)
    emit(buffer.getvalue(), output)


def warn(problems: Sequence[Problem], *, quiet: bool = False, color: str = "auto") -> None:
    """Warnings on stderr."""
    if problems and not quiet:
        from dataflow_cli.render.problems import all_problems

        colored = wants_color(sys.stderr, color)
        text = all_problems(problems, color=colored, width=terminal_width(sys.stderr))
        tell(*text.rstrip("\n").split("\n"), color=colored)


def tell(*lines: str, color: bool = False) -> None:
    """Lines for people on stderr, each of them one line whatever it holds, but where a terminal is too narrow for it.

    What is indented, as commands to copy are, stays one. If nobody can read them, the result is still worth having.
    """
    text = "".join(f"{part}\n" for line in lines for part in _fitted(line.replace("\n", "\\n")))
    try:
        sys.stderr.buffer.write(_bytes(text, "text", sys.stderr, color=color))
        sys.stderr.buffer.flush()
    except OSError:
        abandon(STDERR)


def _fitted(line: str) -> list[str]:
    from dataflow_cli.render.wrapping import wrapped

    return [line] if line.startswith(" ") else wrapped(line, terminal_width(sys.stderr))


def _bytes(result: str | bytes, form: str, stream: TextIO | None, *, color: bool) -> bytes:
    if isinstance(result, bytes):
        return result
    from dataflow_cli.render.gate import passed

    if stream is None:
        return passed(result, form, "utf-8", color=color)
    return passed(result, form, stream.encoding or "ascii", color=color, ascii_only=is_ascii(stream))
