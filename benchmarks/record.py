"""One finished measurement: what was measured, beside what, and how far the goal is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["s", "B", "FLOP/s", ""]


@dataclass(frozen=True)
class Record:
    """Ours beside theirs. Both are medians; the ratio is the median of the ratios of single rounds."""

    group: str
    """The title of the table that it stands in."""
    what: str
    peer: str
    ours: float
    theirs: float
    ratio: float
    unit: Unit
    goal: float | None = None
    at_least: bool = False
    """Whether the goal is a lower bound; most are upper bounds."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.goal is None:
            return None
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal
