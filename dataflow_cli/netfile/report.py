"""Collects what is wrong with a file, so that all of it is told at once."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, NoReturn

from dataflow_cli.errors import NetworkError, Place, Problem, suggestion
from dataflow_cli.netfile.limits import MOST_COMPARED, MOST_PROBLEMS
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass
class Report:
    """The problems found so far."""

    problems: list[Problem] = field(default_factory=list)
    noted: set[tuple[str, str, str, int, int]] = field(default_factory=set)
    starts: set[tuple[int, int, int]] = field(default_factory=set)
    suggested: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    compared: int = 0
    """Letters of the words that were compared with others, once for each."""

    def add(self, code: str, place: Place, message: str, hint: str = "") -> None:
        """Note a problem and go on. A block that is used twice shows its mistakes once."""
        told = code, message, hint, place.line, place.column
        if told in self.noted:
            return
        self.noted.add(told)
        self.starts.add((place.line, place.column, place.length))
        self.problems.append(Problem(code, message, hint, place))
        if len(self.problems) == MOST_PROBLEMS:
            self.stop("E102", place, f"{MOST_PROBLEMS:,} mistakes up to here", "mend them first: the rest is not read")

    def suggestion(self, word: str, known: Collection[str]) -> str:
        """What else the word may have meant; nothing once that was asked so often that nobody reads it."""
        letters = len(known) * len(word)
        if self.compared + letters > MOST_COMPARED:
            return ""
        asked = word, tuple(known)
        if asked not in self.suggested:
            self.compared += letters
            self.suggested[asked] = suggestion(*asked)
        return self.suggested[asked]

    def knows(self, place: Place) -> bool:
        """Whether the value at this place is already known to be wrong, such as a `$name` that is not declared."""
        return (place.line, place.column, place.length) in self.starts

    def stop(self, code: str, place: Place, message: str, hint: str = "") -> NoReturn:
        """Note a problem after which reading cannot go on."""
        self.add(code, place, message, hint)
        raise self.error()

    def raise_if_any(self) -> None:
        """Raise NetworkError with all that was noted, in the order of the file."""
        if self.problems:
            raise self.error()

    def error(self) -> NetworkError:
        """All that was noted, in the order of the file."""
        return NetworkError(sorted(self.problems, key=_position))


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)
