"""The first change that explains an error as a cause, with those that explain it as well."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dataflow_cli.diff.model import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.diff.causes.change import Change


MOST = 4
"""Causes that are told where several explain an error."""


def beside(side: str) -> str:
    """What the other side is called."""
    return "B" if side == "A" else "A"


def told(changes: Iterator[Change], explains: Callable[[Change], bool], side: str) -> Cause | None:
    """What is so on the other side; None if no change explains the error. Other values of the field may do as well."""
    for change in changes:
        if explains(change):
            untold = _untold([*dict.fromkeys(_others(change, changes, explains))])
            return Cause(f"equal if {change.found.format(side=side)}{untold}", change.advice)
    return None


def _others(change: Change, changes: Iterator[Change], explains: Callable[[Change], bool]) -> Iterator[str]:
    """The values of the same field, which come next, under which the layer is equal too."""
    for other in changes:
        if not change.group or other.group != change.group:
            return
        if other.value != change.value and explains(other):
            yield other.value


def _untold(others: list[str]) -> str:
    return f" (or {', '.join(others)}: these values do not tell)" if others else ""


def all_told(causes: Iterator[Cause | None]) -> Cause | None:
    """Several causes under each of which a layer is equal as one that says so; None if there is none."""
    found = list(islice((cause for cause in causes if cause is not None), MOST))
    if len(found) < 2:
        return found[0] if found else None
    others = "; or ".join(cause.found.removeprefix("equal ") for cause in found[1:])
    return Cause(f"{found[0].found}; or {others}: these values do not tell which", found[0].advice)


def each_told(changes: Iterator[Change], explains: Callable[[Change], bool], side: str) -> Iterator[Cause]:
    """What every change says that explains the error; of those to one field the first, with the others."""
    every = [*changes]
    told_of: set[str] = set()
    for change in every:
        if change.group in told_of or not explains(change):
            continue
        alike = [other for other in every if other.group == change.group != "" and other.value != change.value]
        untold = _untold([*dict.fromkeys(other.value for other in alike if explains(other))])
        yield Cause(f"equal if {change.found.format(side=side)}{untold}", change.advice)
        told_of |= {change.group} - {""}
