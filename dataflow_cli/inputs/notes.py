"""What a reader has to say about a file, before anyone looks at its values."""

from __future__ import annotations

from dataflow_cli.errors import Problem
from dataflow_cli.files.problem import printable

Notes = list[tuple[str, str, str]]
"""Code, text and hint of each warning."""


def as_problems(name: str, notes: Notes) -> tuple[Problem, ...]:
    """The warnings about the file called `name`."""
    return tuple(Problem(code, f"{printable(name)}: {text}", hint, severity="warning") for code, text, hint in notes)
