"""Which names a GLOB such as `conv*` means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


def matching(patterns: Sequence[str], names: Collection[str], unknown: Callable[[str], object]) -> tuple[str, ...]:
    """The names that any of the patterns matches, in their own order.

    `unknown` is told the first pattern that matches nothing, and raises what has to be said about it.
    """
    from fnmatch import fnmatchcase

    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            unknown(pattern)
    return tuple(name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))
