"""Collects what is wrong with a file, so that all of it is told at once."""

from __future__ import annotations

from dataclasses import field
from typing import NoReturn

from dataflow_cli.errors import NetworkError, Place, Problem
from dataflow_cli.records import dataclass

MOST_PROBLEMS = 1_000
"""A file with more mistakes than this is not a network file; reading stops."""


@dataclass
class Report:
    """The problems found so far."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, place: Place, message: str, hint: str = "") -> None:
        """Note a problem and go on. A block that is used twice shows its mistakes once."""
        problem = Problem(code, message, hint, place)
        if problem not in self.problems:
            self.problems.append(problem)
        if len(self.problems) >= MOST_PROBLEMS:
            self.raise_if_any()

    def knows(self, place: Place) -> bool:
        """Whether the value at this place is already known to be wrong, such as a `$name` that is not declared."""
        return any(problem.place is place for problem in self.problems)

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
