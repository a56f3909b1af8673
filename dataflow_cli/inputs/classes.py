"""Which class a word means: its name in the network file, else its number from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.inputs.table_rows import number

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_CLASSES = 2**31


class ClassNames:
    """The classes of a network by their names."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.by_name = {name: index for index, name in reversed(list(enumerate(classes)))}

    @property
    def are_numbers(self) -> bool:
        """Whether a number may be the name of a class, and not of the one with that number."""
        return any(number(name) is not None for name in self.by_name)

    def may_head(self, word: str) -> bool:
        """Whether a word may be the heading of a column of classes: nothing that is one, or is spelled like one."""
        return word not in self.by_name and number(word) is None and not suggestion(word, self.by_name)

    def index(self, word: str, where: str) -> int:
        """The class that a word means. Raises FileProblem that begins with `where` if it means none."""
        if word in self.by_name:
            return self.by_name[word]
        value = number(word)
        if value is not None and value.is_integer() and 0 <= value < _MOST_CLASSES:
            return int(value)
        found = f"'{printable(word[:40])}'" if word else "nothing"
        if not self.by_name:
            hint = "give whole numbers from 0, or write the names under `classes` in the network file"
            raise FileProblem(f"{where}: expected the number of a class, found {found}", hint=hint, code="E302")
        hint = suggestion(word, self.by_name) or "give a name of `classes` in the network file, or its number from 0"
        raise FileProblem(f"{where}: no class {found}", hint=hint, code="E302")
