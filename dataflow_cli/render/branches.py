"""Whether a table has to say what is connected to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def branching(steps: Iterable[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether steps, by name and what they take, are more than a chain in which each takes from the one above it."""
    above: tuple[str, ...] = ()
    for name, inputs in steps:
        if inputs != above:
            return True
        above = (name,)
    return False
