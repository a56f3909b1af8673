"""Problems as a compiler shows them: place, what was found, the line with a mark under it, what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.render.text import display_width, safe
from dataflow_cli.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataflow_cli.errors import DftraceError, Place, Problem

_RESET, _BOLD, _RED, _YELLOW, _CYAN = "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[36m"
FIRST = 5
"""How many problems other commands than `check` show."""
_LONGEST_LINE, _SHORTEST_LINE = 160, 20
"""A longer line of a file is cut around the mark; in a narrow terminal a shorter one is too."""


def describe(error: DftraceError, *, color: bool = False, width: int | None = None) -> str:
    """All that an error has to say, ready to print, in lines of `width` columns where it is known."""
    problems = error.problems[:FIRST]
    text = "\n".join(_block(problem, width, color=color) for problem in problems)
    left = len(error.problems) - len(problems)
    return text + (f"\n... and {left} more: `dftrace check` shows all" if left else "") + "\n"


def all_problems(problems: Iterable[Problem], *, color: bool = False, width: int | None = None) -> str:
    """Every problem, ready to print."""
    return "".join(f"{_block(problem, width, color=color)}\n" for problem in problems)


def _block(problem: Problem, width: int | None, *, color: bool) -> str:
    return "\n".join(line for part in _parts(problem, width, color=color) for line in wrapped(part, width))


def _parts(problem: Problem, width: int | None, *, color: bool) -> Iterator[str]:
    """What was found, then the line with a mark and the hint under it."""
    tint = _YELLOW if problem.severity == "warning" else _RED
    label = _painted(f"{problem.severity}[{problem.code}]", tint, color=color)
    place = problem.place
    if place is None:
        yield f"{label}: {safe(problem.message)}"
        if problem.hint:
            yield f"  {_painted('help:', _CYAN, color=color)} {safe(problem.hint)}"
        return
    where = _painted(f"{safe(place.file)}{place.position}:", _BOLD, color=color)
    said = safe(problem.message)
    if not place.position:  # the whole file, which the message may name as well
        said = said.removeprefix(f"{safe(place.file)}: ")
    yield f"{where} {label}: {said}"
    if place.text.strip():
        yield from _marked(problem.hint, place, tint, width, color=color)
    elif problem.hint:
        yield f"  {safe(problem.hint)}"


def _marked(hint: str, place: Place, tint: str, width: int | None, *, color: bool) -> Iterator[str]:
    """The line of the file, a mark under the place, and the hint beside that, or below it where it does not fit."""
    number = str(place.line)
    margin = " " * len(number)
    longest = _LONGEST_LINE if width is None else max(min(width - len(number) - 4, _LONGEST_LINE), _SHORTEST_LINE)
    before, marked, after = _cut(place, longest)
    mark = "^" * max(display_width(marked), 1)
    left = f" {margin} | "
    yield f" {margin} |"
    yield f" {number} | {f'{before}{marked}{after}'.rstrip()}"
    pointer, said = " " * display_width(before), safe(hint)
    if width is None or display_width(f"{left}{pointer}{mark} {said}") <= width:
        yield left + pointer + _painted(f"{mark} {said}".rstrip(), tint, color=color)
        return
    yield left + pointer + _painted(mark, tint, color=color)
    yield from (left + _painted(line, tint, color=color) for line in wrapped(said, width - len(left), ""))


def _cut(place: Place, longest: int) -> tuple[str, str, str]:
    """The line before, at and after the place, with its controls written out and cut to size."""
    start, end = place.column - 1, place.column - 1 + place.length
    before = _shown(place.text[max(start - longest, 0) : start])
    if start > longest or len(before) > longest // 2:
        before = "..." + before[-longest // 2 :]
    marked = _shown(place.text[start : min(end, start + longest)])[: longest - len(before)]
    after = _shown(place.text[end : end + longest])[: longest - len(before) - len(marked)].rstrip()
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
        "line": place.line if place and place.line else None,
        "column": place.column if place and place.line else None,
    }


def as_github(problems: Sequence[Problem]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    return "".join(_annotation(problem) for problem in problems)


def _annotation(problem: Problem) -> str:
    place = problem.place
    line = f",line={place.line},col={place.column}" if place and place.line else ""
    where = f" file={_property(place.file)}{line},title={problem.code}" if place else ""
    words = f"{problem.message}: {problem.hint}" if problem.hint else problem.message
    return f"::{problem.severity}{where}::{_data(words)}\n"


def _data(text: str) -> str:
    return safe(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
