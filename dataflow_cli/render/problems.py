"""Problems as a compiler shows them: place, what was found, the line with a mark under it, what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.render.text import display_width, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflow_cli.errors import DftraceError, Place, Problem

_RESET, _BOLD, _RED, _YELLOW, _CYAN = "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[36m"
FIRST = 5
"""How many problems other commands than `check` show."""
_LONGEST_LINE = 160
"""A longer line of a file is cut around the mark."""


def describe(error: DftraceError, *, color: bool = False) -> str:
    """All that an error has to say, ready to print."""
    problems = error.problems[:FIRST]
    text = "\n".join(_block(problem, color=color) for problem in problems)
    left = len(error.problems) - len(problems)
    return text + (f"\n... and {left} more: `dftrace check` shows all" if left else "") + "\n"


def all_problems(problems: Iterable[Problem], *, color: bool = False) -> str:
    """Every problem, ready to print."""
    return "".join(f"{_block(problem, color=color)}\n" for problem in problems)


def _block(problem: Problem, *, color: bool) -> str:
    tint = _YELLOW if problem.severity == "warning" else _RED
    label = _painted(f"{problem.severity}[{problem.code}]", tint, color=color)
    place = problem.place
    if place is None:
        hint = f"\n  {_painted('help:', _CYAN, color=color)} {safe(problem.hint)}" if problem.hint else ""
        return f"{label}: {safe(problem.message)}{hint}"
    where = _painted(f"{safe(place.file)}:{place.line}:{place.column}:", _BOLD, color=color)
    head = f"{where} {label}: {safe(problem.message)}"
    if not place.text.strip():
        return head + (f"\n  {safe(problem.hint)}" if problem.hint else "")
    before, marked, after = _parts(place)
    number = str(place.line)
    margin = " " * len(number)
    mark = "^" * max(display_width(marked), 1)
    pointer = " " * display_width(before) + _painted(f"{mark} {safe(problem.hint)}".rstrip(), tint, color=color)
    line = f"{before}{marked}{after}".rstrip()
    return f"{head}\n {margin} |\n {number} | {line}\n {margin} | {pointer}"


def _parts(place: Place) -> tuple[str, str, str]:
    """The line before, at and after the place, with its controls written out and cut to size."""
    start, end = place.column - 1, place.column - 1 + place.length
    before = _shown(place.text[max(start - _LONGEST_LINE, 0) : start])
    if start > _LONGEST_LINE or len(before) > _LONGEST_LINE // 2:
        before = "..." + before[-_LONGEST_LINE // 2 :]
    marked = _shown(place.text[start : min(end, start + _LONGEST_LINE)])[: _LONGEST_LINE - len(before)]
    after = _shown(place.text[end : end + _LONGEST_LINE])[: _LONGEST_LINE - len(before) - len(marked)].rstrip()
    return before, marked if after else marked.rstrip(), after


def _shown(text: str) -> str:
    return safe(text.replace("\t", " "))


def _painted(text: str, tint: str, *, color: bool) -> str:
    return f"{tint}{text}{_RESET}" if color else text


def as_json(problem: Problem) -> dict[str, Any]:
    """A problem as plain data."""
    place = problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def as_github(problems: Sequence[Problem]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    return "".join(_annotation(problem) for problem in problems)


def _annotation(problem: Problem) -> str:
    place = problem.place
    where = f" file={_property(place.file)},line={place.line},col={place.column},title={problem.code}" if place else ""
    words = f"{problem.message}: {problem.hint}" if problem.hint else problem.message
    return f"::{problem.severity}{where}::{_data(words)}\n"


def _data(text: str) -> str:
    return safe(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
