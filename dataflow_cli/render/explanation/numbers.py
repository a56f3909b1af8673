"""Numbers in explanations: so many decimals, none where everything is whole, and formulas filled with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.files.json import special
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGE = 1e7
"""From here on numbers have an exponent."""


@dataclass(frozen=True)
class Numbers:
    """How numbers are written."""

    precision: int = 3
    whole: bool = False
    """Whether the numbers that are explained are whole: then whole results are written without decimals, too."""

    def one(self, value: float) -> str:
        """A number in a formula: one too small for the decimals keeps its digits in an exponent."""
        if not math.isfinite(value):
            return special(value)
        if value == 0 or (self.whole and value == int(value) and abs(value) < LARGE):
            return str(int(value))
        if abs(value) < 0.5 * 10**-self.precision or abs(value) >= LARGE:
            return f"{value:.{max(self.precision - 1, 0)}e}"
        return _fixed(value, self.precision)

    def cells(self, values: Iterable[float]) -> list[str]:
        """Numbers of one matrix or column: all with the same decimals, none if all are whole."""
        numbers = list(values)
        decimals = 0 if all_whole(numbers) else self.precision
        return [self._cell(value, decimals) for value in numbers]

    def _cell(self, value: float, decimals: int) -> str:
        if not math.isfinite(value):
            return special(value)
        if abs(value) >= LARGE:
            return f"{value:.{self.precision}e}"
        return _fixed(value, decimals) if value else "0"

    def filled(self, expression: str, numbers: Sequence[float]) -> str:
        """A formula with its numbers; negative ones stand in parentheses, or turn the sign before them."""
        pieces = expression.split("{}")
        text = pieces[0]
        for number, piece in zip(numbers, pieces[1:], strict=True):
            text = _joined(text, self.one(number)) + piece
        return text

    def sum(self, numbers: Sequence[float]) -> str:
        """`264 + 0 - 560 + 87`: what is too small for the decimals is a rounded 0 here."""
        text = ""
        for shown in (self._summand(number) for number in numbers):
            text = _joined(f"{text} + ", shown) if text else shown
        return text

    def _summand(self, value: float) -> str:
        shown = self.one(value)
        return self._cell(value, self.precision) if "e-" in shown else shown


def _joined(text: str, shown: str) -> str:
    """A formula with a number put to its end."""
    if not shown.startswith("-"):
        return text + shown
    if text.endswith(" + "):
        return f"{text[:-3]} - {shown[1:]}"
    return f"{text}({shown})" if text.endswith(("- ", "· ", "-", "/ ")) else text + shown


def all_whole(values: Iterable[float]) -> bool:
    """Whether all finite values are whole numbers of a readable size."""
    return all(value == int(value) and abs(value) < LARGE for value in values if math.isfinite(value))


def _fixed(value: float, decimals: int) -> str:
    """A number with so many decimals; what rounds to zero has no sign."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
