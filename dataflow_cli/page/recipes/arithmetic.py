"""The expression of a line of arithmetic as postfix: what the page computes with, and whether it does give the value.

Numbers of the line are `{}` in the expression, in their order, and ("n", place) in the postfix; whole numbers that
differ between elements are holes, and ("w", place).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

from dataflow_cli.page.recipes.records import HOLE

Postfix = tuple[Any, ...]

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?)|(\{\})|([A-Za-zΦ]+\d*)|(.))", re.DOTALL)
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": lambda x: math.exp(x) if x < 709.0 else math.inf,
    "log": lambda x: math.log(x) if x > 0 else -math.inf if x == 0 else math.nan,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "Φ": lambda x: math.erfc(-x / math.sqrt(2)) / 2,
    "sign": lambda x: math.copysign(1.0, x) if x else x,
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
}
_BINARY: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "+": (1, lambda a, b: a + b),
    "-": (1, lambda a, b: a - b),
    "·": (2, lambda a, b: a * b),
    "/": (2, lambda a, b: a / b if b else math.nan if a == 0 else math.copysign(math.inf, a)),
    "^": (4, lambda a, b: float(a**b)),
    "=": (0, lambda a, b: float(a == b)),
    "≠": (0, lambda a, b: float(a != b)),
    "<": (0, lambda a, b: float(a < b)),
    "≤": (0, lambda a, b: float(a <= b)),
    ">": (0, lambda a, b: float(a > b)),
    "≥": (0, lambda a, b: float(a >= b)),
}
_NEGATE = 3
"""How tightly a minus sign binds: looser than a power."""


class _UnreadableError(ValueError):
    """The expression says something else than arithmetic."""


@lru_cache(maxsize=512)
def postfix(expression: str) -> Postfix | None:
    """The expression as postfix; None if it is no arithmetic that the page computes."""
    try:
        return tuple(_Reader(expression).whole())
    except _UnreadableError:
        return None


def evaluated(program: Postfix, numbers: Sequence[float], whole: Sequence[int] = ()) -> float:
    """What the page arrives at; NaN where a number cannot be computed."""
    stack: list[float] = []
    try:
        for step in program:
            _apply(step, stack, numbers, whole)
    except (OverflowError, ValueError, TypeError, ZeroDivisionError):
        return math.nan
    return stack[-1]


def _apply(step: Any, stack: list[float], numbers: Sequence[float], whole: Sequence[int]) -> None:
    if not isinstance(step, tuple):
        stack.append(step)
    elif step[0] == "n":
        stack.append(numbers[step[1]])
    elif step[0] == "w":
        stack.append(float(whole[step[1]]))
    elif step[0] == "neg":
        stack.append(-stack.pop())
    elif step[0] in _BINARY:
        second, first = stack.pop(), stack.pop()
        stack.append(_BINARY[step[0]][1](first, second))
    else:
        taken = [stack.pop() for _ in range(step[1])][::-1]
        stack.append(float(_FUNCTIONS[step[0]](*taken)))


class _Reader:
    """Reads an expression by precedence."""

    def __init__(self, expression: str) -> None:
        found = [match.groups() for match in _TOKEN.finditer(expression.strip())]
        self.tokens = [next(part for part in parts if part is not None) for parts in found]
        self.at = 0
        self.numbers = self.holes = 0

    def whole(self) -> list[Any]:
        program = self.sum(0)
        if self.at < len(self.tokens):
            raise _UnreadableError
        return program

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.next
        if not token or (wanted and token not in wanted):
            raise _UnreadableError
        self.at += 1
        return token

    def sum(self, least: int) -> list[Any]:
        """Operands joined by signs that bind at least so tightly."""
        program = self.signed()
        while self.next in _BINARY and _BINARY[self.next][0] >= least:
            sign = self.take()
            binds = _BINARY[sign][0]
            program += [*self.sum(binds + 1), (sign,)]
        return program

    def signed(self) -> list[Any]:
        if self.next == "-":
            self.take()
            return [*self.sum(_NEGATE), ("neg",)]
        program = self.operand()
        while self.next == "²":
            self.take()
            program += [2.0, ("^",)]
        return program

    def operand(self) -> list[Any]:
        sign = self.take()
        if sign == "{}":
            self.numbers += 1
            return [("n", self.numbers - 1)]
        if sign == HOLE:
            self.holes += 1
            return [("w", self.holes - 1)]
        if sign[0].isdigit():
            return [float(sign)]
        if sign == "(":
            program = self.sum(0)
            self.take(")")
            return program
        if sign == "√":
            return [*self.operand(), ("sqrt", 1)]
        if sign in _FUNCTIONS:
            return self.call(sign)
        raise _UnreadableError

    def call(self, name: str) -> list[Any]:
        self.take("(")
        program, count = self.sum(0), 1
        while self.next == ",":
            self.take()
            program += self.sum(0)
            count += 1
        self.take(")")
        return [*program, (name, count)]
