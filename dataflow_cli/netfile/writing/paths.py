"""Paths that a network file names, relative to the folder of the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.scalars import read_number
from dataflow_cli.netfile.nodes import Scalar
from dataflow_cli.netfile.writing.values import written_node

if TYPE_CHECKING:
    from dataflow_cli.netfile.nodes import Node


class Move:
    """From the folder that a file comes from to the folder that it goes to, by default the same."""

    def __init__(self, base: str, folder: str | None = None) -> None:
        self.base = base
        self.folder = base if folder is None else folder
        self.stays = os.path.realpath(self.base or ".") == os.path.realpath(self.folder or ".")

    def path(self, path: str) -> str:
        """A path, which is absolute or begins with the old folder, as the file in the new one names it."""
        own = path.removeprefix(os.path.join(self.base, ""))  # noqa: PTH118  as the parser joined it
        if self.stays or os.path.isabs(own):  # noqa: PTH117
            return own
        parent, name = os.path.split(path)
        try:
            moved = os.path.relpath(os.path.realpath(parent or "."), os.path.realpath(self.folder or "."))
        except ValueError:  # another drive
            return os.path.realpath(path)
        return name if moved == "." else f"{moved.replace(os.sep, '/')}/{name}"

    def example(self, node: Node) -> Any:
        """The example of an input: numbers, or a path."""
        plain = node.plain
        if self.stays or not isinstance(node, Scalar) or plain is None or read_number(plain) is not None:
            return written_node(node)
        return self.path(os.path.join(self.base, plain))  # noqa: PTH118
