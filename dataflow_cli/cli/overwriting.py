"""No result is written over a file that it was made from: `show -i 4.png -o 4.png` would be the end of the digit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import click

WRITTEN = {"output": "-o", "save": "--save", "ranges": "--ranges"}
"""The parameters that name files to write, and how they are given."""
_FILE = "path"
"""What the type of a parameter that is a file is called."""
_REFUSED_ALREADY = frozenset({"network"})
"""Those of which the command itself says what would be lost."""


def refuse_overwriting(parameters: Iterable[click.Parameter], values: dict[str, Any]) -> None:
    """Raise OutputError if a file that is written is one of those that are read."""
    targets = {name: str(values[name]) for name in WRITTEN if values.get(name) and os.path.isfile(values[name])}  # noqa: PTH113
    if not targets:
        return
    names = [one.name for one in parameters if one.type.name == _FILE and one.name not in (*WRITTEN, *_REFUSED_ALREADY)]
    for path in _read(values.get(name or "") for name in names):
        for name, target in targets.items():
            if os.path.isfile(path) and os.path.samefile(path, target):  # noqa: PTH113, PTH121
                message = f"{WRITTEN[name]} {printable(target)}: is read by this command, and would be lost"
                raise OutputError(message, hint=f"give {WRITTEN[name]} another name")


def _read(values: Iterable[Any]) -> Iterator[str]:
    """The files that the words of a command line mean: NAME=FILE, FILE:KEY, folders and GLOBs among them."""
    from dataflow_cli.inputs.several import each_file

    for value in values:
        for word in [value] if isinstance(value, str) else value or ():
            path = word if os.path.lexists(word) else word.partition("=")[2] or word
            for file in each_file([path] if path != "-" else []):
                yield file if os.path.lexists(file) else file.rpartition(":")[0]
