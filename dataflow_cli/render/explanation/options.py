"""What the reader wants to see of an explanation."""

from __future__ import annotations

from dataflow_cli.records import dataclass

ALL = 10**9


@dataclass(frozen=True)
class Wanted:
    """`terms` is how many of the largest terms and channels are shown, None for what reads well."""

    terms: int | None = None
    precision: int = 3

    @property
    def rows(self) -> int:
        """How many terms of a long row."""
        return 8 if self.terms is None else self.terms

    @property
    def windows(self) -> int:
        """How many channels with their matrices."""
        return 3 if self.terms is None else self.terms

    @property
    def ways(self) -> int:
        """How many elements of every step on the way back."""
        return 5 if self.terms is None else min(self.terms, 100)
