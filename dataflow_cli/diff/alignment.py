"""Two orders of execution laid beside each other, as texts are: the pairs in the order of both that are worth most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALIKE, FITS = 3.0, 0.3
"""What a pair is worth whose values are alike, and one whose shapes alone fit."""


def aligned(
    ours: Sequence[str],
    theirs: Sequence[str],
    fits: Callable[[str, str], bool],
    likeness: Callable[[str, str], float],
) -> dict[str, str]:
    """Pairs in the order of both, such that shapes fit and values are as alike as can be."""
    worth = [[_worth(a, b, fits, likeness) for b in theirs] for a in ours]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(1, len(ours) + 1):
        for j in range(1, len(theirs) + 1):
            best[i][j] = max(best[i - 1][j], best[i][j - 1], best[i - 1][j - 1] + worth[i - 1][j - 1])
    return _traced(ours, theirs, worth, best)


def _worth(a: str, b: str, fits: Callable[[str, str], bool], likeness: Callable[[str, str], float]) -> float:
    return FITS + ALIKE * likeness(a, b) if fits(a, b) else -math.inf


def _traced(
    ours: Sequence[str], theirs: Sequence[str], worth: list[list[float]], best: list[list[float]]
) -> dict[str, str]:
    """The pairs on the best way, from the end: of equal ways that with the last of ours."""
    found, i, j = {}, len(ours), len(theirs)
    while i and j:
        if best[i][j] == best[i - 1][j - 1] + worth[i - 1][j - 1]:
            found[ours[i - 1]] = theirs[j - 1]
            i, j = i - 1, j - 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i -= 1
    return dict(reversed(found.items()))
