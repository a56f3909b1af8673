"""Where results go: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import sys

import click

from dataflow_cli.commands.terminal import encoded, wants_color
from dataflow_cli.errors import Problem
from dataflow_cli.files.atomic import atomic_write


def emit(text: str | bytes, output: str | None = None) -> None:
    """Write a finished result to stdout, or to the file `output` (`-` is stdout)."""
    if output in (None, "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text if isinstance(text, bytes) else encoded(text, sys.stdout))
        sys.stdout.buffer.flush()
        return
    with atomic_write(str(output)) as stream:
        stream.write(text if isinstance(text, bytes) else text.encode())


def warn(problems: tuple[Problem, ...] | list[Problem], *, quiet: bool = False, color: str = "auto") -> None:
    """Warnings on stderr."""
    if problems and not quiet:
        from dataflow_cli.render.problems import all_problems

        tell(all_problems(problems, color=wants_color(sys.stderr, color)).rstrip())


def tell(text: str) -> None:
    """A line for people on stderr."""
    click.echo(encoded(text, sys.stderr), err=True)
