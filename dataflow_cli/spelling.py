"""Slips of the pen: which known names a word may be meant for.

A slip leaves a letter out, doubles or swaps one, or takes a wrong one. What differs in a number, in a short part, or in
two letters at once is another name, not a slip: `dense_2` for `dense_3`, `branch_a` for `branch_b`, `max` for `min`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 64
"""Longer words are not looked at."""
_STEP, _WRONG = 4, 5
"""What a letter left out, added or swapped costs, and a wrong one; two wrong letters cost more than any slip may."""
_FAR = 100
_TWO = _STEP + _WRONG
_OTHER = 3
"""Letters that only one of two words has, at most: a wrong letter makes two, one left out makes one."""
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_MOST_MOVED = _TWO // _STEP
"""By how many letters a part can be moved within a word, if it is a slip at all."""
_SHORT = 7
"""In words that are shorter, two letters left out leave too little."""
_LIMITS = ((3, 0), (9, _WRONG))
"""What a slip may cost in words shorter than so many letters; in longer ones, a step and a wrong letter."""
_NUMBERS = re.compile(r"[0-9]+")
_BETWEEN = re.compile(r"[^A-Za-z0-9]+")


def closest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names that `word` is a slip of; several if they are equally near."""
    best, found = _FAR - 1, []
    letters = set(word.lower())
    for name in known if len(word) <= LONGEST else ():
        if abs(len(word) - len(name)) > 3 or len(_LETTERS & letters.symmetric_difference(name.lower())) > _OTHER:
            continue
        cost = _cost(word, name)
        if cost < best:
            best, found = cost, [name]
        elif cost == best:
            found.append(name)
    return tuple(found)


def _cost(word: str, name: str) -> int:
    """How much it takes to come from one to the other; `_FAR` if it is no slip."""
    if _NUMBERS.findall(word) != _NUMBERS.findall(name):
        return _FAR
    ours, theirs = _BETWEEN.split(word.lower()), _BETWEEN.split(name.lower())
    if len(ours) != len(theirs):
        return _slip("".join(ours), "".join(theirs))
    total = sum(_slip(one, other) for one, other in zip(ours, theirs, strict=True))
    return total if total <= _TWO else _FAR


def _slip(one: str, other: str) -> int:
    """The cost of a single part."""
    if one == other:
        return 0
    shorter, longer = sorted((one, other), key=len)
    within = len(longer) >= _SHORT and _is_within(shorter, longer)
    cost = _distance(one, other)
    return cost if cost <= (_TWO if within else _limit(len(longer))) else _FAR


def _limit(letters: int) -> int:
    return next((most for below, most in _LIMITS if letters < below), _TWO)


def _is_within(shorter: str, longer: str) -> bool:
    """Whether letters were only left out."""
    left = iter(longer)
    return all(letter in left for letter in shorter)


def _distance(one: str, other: str) -> int:
    """The restricted Damerau-Levenshtein distance, a wrong letter costing more than the other steps.

    Exact where it is no more than a slip may cost; letters too far apart for one are not compared.
    """
    before: list[int] = []
    row = [place * _STEP for place in range(len(other) + 1)]
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [_FAR] * (len(other) + 1)
        row[0] = i * _STEP
        for j in range(max(i - _MOST_MOVED, 1), min(i + _MOST_MOVED, len(other)) + 1):
            cost = before[j - 1] if letter == other[j - 1] else before[j - 1] + _WRONG
            cost = min(cost, before[j] + _STEP, row[j - 1] + _STEP)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other[j - 1]:
                cost = min(cost, last[j - 2] + _STEP)
            row[j] = cost
    return row[-1]
