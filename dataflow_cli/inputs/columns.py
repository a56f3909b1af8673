"""A column of a table that holds the labels of its rows: by its number, from 0, or by its heading."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.files.problem import FileProblem, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflow_cli.inputs.classes import ClassNames

_MOST_SHOWN = 6


class LabelColumn:
    """Takes one field out of each line."""

    def __init__(self, name: str, classes: ClassNames) -> None:
        self.name = name
        self.classes = classes
        self.at = int(name) if name.removeprefix("-").isdecimal() and len(name) < 10 else None
        """Where it stands; negative numbers count from the end."""
        self.labels = array("q")

    def find(self, headings: Iterable[str]) -> None:
        """Look for the name among the headings, where it is no number. Raises FileProblem."""
        if self.at is not None:
            return
        known = list(headings)
        if self.name in known:
            self.at = known.index(self.name)
            return
        shown = ", ".join(known[:_MOST_SHOWN]) + (f", ... ({len(known):,} in all)" if len(known) > _MOST_SHOWN else "")
        hint = suggestion(self.name, known) or f"its headings: {printable(shown)}"
        raise FileProblem(f"has no column '{printable(self.name)}'", hint=hint, code="E303")

    def taken(self, line: int, text: str, separator: str | None) -> str:
        """Keep the label of a line; the line without it is given back. Raises FileProblem if it has none."""
        if self.at is None:
            hint = "give the number of the column, from 0"
            raise FileProblem(f"has no headings, so no column '{printable(self.name)}'", hint=hint, code="E303")
        at, body = self.at, text.rstrip("\r\n")
        parts = body.split(separator, at + 1) if at >= 0 else body.rsplit(separator, -at)
        if not -len(parts) <= at < len(parts):
            hint = "columns count from 0, or from -1 at the end"
            raise FileProblem(f"line {line} has {len(parts)} columns, none {at}", hint=hint, code="E303")
        word = parts.pop(at).strip().strip('"')
        self.labels.append(self.classes.index(word, f"line {line}, column {self.name}"))
        return (separator or " ").join(parts)
