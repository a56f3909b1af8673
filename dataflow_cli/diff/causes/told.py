"""The first change that explains an error as a cause, with those that explain it as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.model import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.diff.causes.change import Change


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
