"""Which names a GLOB such as `conv*` means; inner tensors only if it has a colon, as `conv*:sum` has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.tensors import is_inner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


def matching(patterns: Sequence[str], names: Collection[str], unknown: Callable[[str], object]) -> tuple[str, ...]:
    """The names that any of the patterns matches, in their own order.

    `unknown` is told the first pattern that matches nothing, and raises what has to be said about it.
    """
    for pattern in patterns:
        if not any(_matches(name, pattern) for name in names):
            unknown(pattern)
    return tuple(name for name in names if any(_matches(name, pattern) for pattern in patterns))


def _matches(name: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return is_inner(name) == is_inner(pattern) and fnmatchcase(name, pattern)
