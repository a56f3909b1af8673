"""Interleaved rounds: everything that is compared runs once a round, so that a busy machine is busy for all."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Rounds = dict[str, list[float]]
"""By name, one figure a round."""


def interleaved(actions: Mapping[str, Callable[[], float]], rounds: int) -> Rounds:
    """What every action gives in each of so many rounds. The order turns around from round to round."""
    figures: Rounds = {name: [] for name in actions}
    for number in range(rounds):
        names = list(actions)
        for name in names if number % 2 == 0 else reversed(names):
            figures[name].append(actions[name]())
    return figures


def ready(actions: Mapping[str, Callable[[], float]]) -> Mapping[str, Callable[[], float]]:
    """The actions, each of them done once."""
    for action in actions.values():
        action()
    return actions


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def best(figures: Rounds, names: Sequence[str]) -> str:
    """The name with the smallest median."""
    return min(names, key=lambda name: median(figures[name]))
