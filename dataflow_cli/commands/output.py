"""Where results go: stdout, or a file that appears whole or not at all. And what is said beside them, on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dataflow_cli.commands.streams import STDERR, abandon
from dataflow_cli.commands.terminal import encoded, for_people, is_ascii, wants_color

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.errors import Problem


def emit(text: str | bytes, output: str | None = None) -> None:
    """Write a finished result to stdout, or to the file `output` (`-` is stdout).

    Raises:
        OutputError: if the file cannot be written.
        OSError: if stdout cannot; `main` says so.
    """
    if output is None or output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text if isinstance(text, bytes) else encoded(text, sys.stdout))
        sys.stdout.buffer.flush()
        return
    from dataflow_cli.files.atomic import atomic_write

    with atomic_write(output) as stream:
        stream.write(text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace"))


def warn(problems: Sequence[Problem], *, quiet: bool = False, color: str = "auto") -> None:
    """Warnings on stderr."""
    if problems and not quiet:
        from dataflow_cli.render.problems import all_problems

        tell(all_problems(problems, color=wants_color(sys.stderr, color)).rstrip())


def tell(text: str) -> None:
    """Lines for people on stderr. If nobody can read them, the result is still worth having."""
    try:
        sys.stderr.buffer.write(encoded(f"{for_people(text, ascii_only=is_ascii(sys.stderr))}\n", sys.stderr))
        sys.stderr.buffer.flush()
    except OSError:
        abandon(STDERR)
