"""Parameters that are files. No result is written over a file that it was made from: `show -i 4.png -o 4.png` would be
the end of the digit.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from click.shell_completion import CompletionItem

_REFUSED_ALREADY = frozenset({"network"})
"""Those of which the command itself says what would be lost."""


class FilePath(click.ParamType):  # type: ignore[type-arg]  # older Clicks have none
    """A path that the shell completes; we say ourselves what is wrong with it.

    Click's own type looks for a translation of the word `path`, which takes longer than our parsing.
    """

    name = "path"

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Files and folders."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class TargetPath(FilePath):
    """A path that a result goes to, which is never written over what was read."""


FILE = FilePath()
"""The type of every file that is read."""
TARGET = TargetPath()
"""The type of every file that is written."""


def refuse_overwriting(parameters: Iterable[click.Parameter], values: dict[str, Any]) -> None:
    """Raise OutputError if a file that is written is one of those that are read."""
    files = [one for one in parameters if isinstance(one.type, FilePath) and values.get(one.name or "")]
    targets = [(one.opts[0], str(values[one.name or ""])) for one in files if isinstance(one.type, TargetPath)]
    targets = [(option, target) for option, target in targets if os.path.isfile(target)]  # noqa: PTH113
    if not targets:
        return
    read = [one.name for one in files if not isinstance(one.type, TargetPath) and one.name not in _REFUSED_ALREADY]
    for path in _read(values[name or ""] for name in read):
        for option, target in targets:
            if os.path.isfile(path) and os.path.samefile(path, target):  # noqa: PTH113, PTH121
                message = f"{option} {printable(target)}: is read by this command, and would be lost"
                raise OutputError(message, hint=f"give {option} another name")


def _read(values: Iterable[Any]) -> Iterator[str]:
    """The files that the words of a command line mean: NAME=FILE, FILE:KEY, folders and GLOBs among them."""
    from dataflow_cli.inputs.several import each_file

    for value in values:
        for word in [value] if isinstance(value, str) else value or ():
            path = word if os.path.lexists(word) else word.partition("=")[2] or word
            for file in each_file([path] if path != "-" else []):
                yield file if os.path.lexists(file) else file.rpartition(":")[0]
