"""What is wrong with a file, said before anyone knows what the file was for."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataflow_cli.errors import DftraceError, LimitError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_NEIGHBOURS = 1000
TOO_LARGE = LimitError.default_code
"""The code of a FileProblem that is reported as LimitError."""


class FileProblem(DftraceError):  # noqa: N818  becomes an error when it is reported
    """A file that is not what it should be. Never leaves the package: `reported` makes a user's error of it."""

    default_code = "E300"


@contextmanager
def reported(kind: type[DftraceError], name: str | Path) -> Iterator[None]:
    """Turns whatever is wrong with the file called `name` into one error of `kind` that begins with the name.

    Raises:
        kind: for a FileProblem or an OSError inside the block.
        LimitError: for a FileProblem TOO_LARGE or a MemoryError inside the block.
    """
    try:
        yield
    except FileProblem as problem:
        code = "" if problem.code == FileProblem.default_code else problem.code
        raised = LimitError if code == TOO_LARGE else kind
        raise raised(f"{printable(name)}: {problem.message}", hint=problem.hint, code=code) from problem
    except OSError as error:
        message, hint = reason(error)
        raise kind(f"{printable(name)}: {message}", hint=hint or _neighbour(name, error)) from error
    except MemoryError as error:
        raise LimitError(f"{printable(name)}: does not fit into memory", hint="split the file") from error


def reason(error: OSError) -> tuple[str, str]:
    """What an operating system's error says, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        return "no such file", ""
    if isinstance(error, IsADirectoryError):
        return "is a folder, expected a file", "name the files in it"
    if isinstance(error, NotADirectoryError):
        return "a part of the path is a file, expected a folder", "check the path"
    if isinstance(error, PermissionError):
        return "permission denied", "check who may read the file"
    return (error.strerror or str(error) or type(error).__name__).lower(), ""


def printable(text: object) -> str:
    """The text with everything escaped that would not show on a terminal or would control it."""
    plain = str(text)
    if plain.isprintable():
        return plain
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in plain)


def _neighbour(name: str | Path, error: OSError) -> str:
    if not isinstance(error, FileNotFoundError):
        return ""
    from pathlib import Path

    path = Path(name)
    try:
        names = [entry.name for entry, _ in zip(os.scandir(path.parent), range(_MOST_NEIGHBOURS), strict=False)]
    except OSError:
        return "check the path: its folder does not exist"
    return printable(suggestion(path.name, names)) or "check the path"
