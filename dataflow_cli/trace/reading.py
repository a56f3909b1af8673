"""How an output is read, and how its answers compare with labels, as records."""

from __future__ import annotations

import math

from dataflow_cli.records import dataclass


@dataclass(frozen=True)
class Reading:
    """What the numbers of an output say of classes."""

    score: str
    """`probability` or `logit`."""
    axis: int
    """The axis of a sample along which the classes stand; the others are places, each with an answer of its own."""


@dataclass(frozen=True)
class Judged:
    """How the answers of an output compare with labels."""

    output: str
    total: int
    """Answers, or numbers, that have a label."""
    right: int | None = None
    """How many answers are right; None of numbers."""
    absolute: float = 0.0
    """The sum of all numbers' absolute errors."""
    squared: float = 0.0
    """The sum of their squares."""

    def merged(self, other: Judged) -> Judged:
        """Both parts together."""
        right = None if self.right is None or other.right is None else self.right + other.right
        total, absolute = self.total + other.total, self.absolute + other.absolute
        return Judged(self.output, total, right, absolute, self.squared + other.squared)

    @property
    def mean_absolute_error(self) -> float:
        """Of the numbers."""
        return self.absolute / self.total if self.total else math.nan

    @property
    def root_mean_square_error(self) -> float:
        """Of the numbers."""
        return math.sqrt(self.squared / self.total) if self.total else math.nan
