"""Elements that are said alike, as one rule: how every place and number of their explanations follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.page.recipes.arithmetic import postfix
from dataflow_cli.page.recipes.numbers import by_rule, numbers
from dataflow_cli.page.recipes.runs import run_rule
from dataflow_cli.page.recipes.scalars import line_numbers, line_value, scalar
from dataflow_cli.page.recipes.unfit import Unfit, found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.page.recipes.gathered import Sources
    from dataflow_cli.page.recipes.numbers import Alike, Numbers
    from dataflow_cli.page.recipes.records import Record, Words


def likeness(alike: Alike, sources: Sources) -> dict[str, Any]:
    """The rule of elements that are said alike. Raises Unfit."""
    first = alike.records[0]
    return {
        "runs": [run_rule(alike, number, sources) for number in range(len(first.runs))],
        "lines": [_line(alike, number, sources) for number in range(len(first.lines))],
        "uses": [_use(alike, number) for number in range(len(first.uses))],
        "moves": [worded(alike, _move(number)) for number in range(len(first.moves))],
        "total": found(scalar(alike, lambda each: each.total, sources, len(first.lines)), "the total"),
        "offset": scalar(alike, lambda each: each.offset, sources, len(first.lines)),
    }


def worded(alike: Alike, get: Callable[[Record], Words]) -> list[Any]:
    """A text: what is said alike, how its numbers follow, and which have commas."""
    every = [get(each) for each in alike.records]
    commas = [any(grouped) for grouped in zip(*(one.grouped for one in every), strict=True)]
    if not every[0].numbers:
        return [every[0].text, None, []]
    for follow in (_by_rule, numbers):
        rule = follow(alike, lambda each: get(each).numbers)
        if rule is not None:
            return [every[0].text, [rule], commas]
        parts = [follow(alike, _part(get, number)) for number in range(len(commas))]
        if None not in parts:
            return [every[0].text, parts, commas]
    raise Unfit(every[0].text)


def _by_rule(alike: Alike, get: Callable[[Record], Any]) -> Numbers | None:
    return by_rule(alike, alike.stacked(get))


def _part(get: Callable[[Record], Words], number: int) -> Callable[[Record], Any]:
    return lambda each: get(each).numbers[number]


def _move(number: int) -> Callable[[Record], Words]:
    return lambda each: each.moves[number]


def _line(alike: Alike, number: int, sources: Sources) -> dict[str, Any]:
    value = found(line_value(alike, number, sources), "a line's value")
    expression = alike.records[0].lines[number][1].text
    return {
        "name": worded(alike, lambda each: each.lines[number][0]),
        "expression": worded(alike, lambda each: each.lines[number][1]),
        "numbers": found(line_numbers(alike, number, sources), "a line's numbers"),
        "value": value,
        "program": postfix(expression) if value == ("computed",) and expression else None,
    }


def _use(alike: Alike, number: int) -> dict[str, Any]:
    parameter, at, _ = alike.records[0].uses[number]

    def places(each: Record) -> Sequence[int]:
        return each.uses[number][1]

    axes = [found(numbers(alike, _place(number, axis)), "a parameter's place") for axis in range(len(at))]
    return {"parameter": parameter, "at": axes}


def _place(use: int, axis: int) -> Callable[[Record], int]:
    return lambda each: each.uses[use][1][axis]
