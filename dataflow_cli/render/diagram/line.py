"""Outline -> text: `(28,28,1) -> conv2d_1 (26,26,32) -> ...`, as one writes it on a blackboard.

What is read by one layer alone goes on in the line. Where several read, or one layer reads several, a line begins with
the names of what it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.look import Shades

_ARROW = "-> "
_INDENT = "  "
_CYAN, _RESET = "\x1b[36m", "\x1b[0m"


def line_text(outline: Outline, width: int | None = None, *, shades: Shades | None = None, color: bool = False) -> str:
    """The lines, wrapped before an arrow where they would be wider than `width` columns."""
    single = sum(part.is_input for part in outline.parts) == 1
    lines: list[str] = []
    for run in _runs(outline):
        words = [_taken(run[0], color=color)] if run[0].inputs else []
        words += [_part(part, shades, alone=single, color=color) for part in run]
        lines += _wrapped(words, width)
    return "\n".join(lines) + "\n"


def _runs(outline: Outline) -> list[list[Part]]:
    """The parts in lines: what one part alone reads, and it nothing else, is in its line."""
    runs: dict[str, list[Part]] = {}
    for part in outline.parts:
        before = part.inputs[0] if len(set(part.inputs)) == 1 else ""
        run = runs.pop(before, None) if before and len(outline.readers[before]) == 1 else None
        if run is None:
            run = []
        run.append(part)
        runs[part.name] = run
    places = {part.name: number for number, part in enumerate(outline.parts)}
    return sorted(runs.values(), key=lambda run: places[run[0].name])


def _taken(part: Part, *, color: bool) -> str:
    names = [_painted(text.safe(name), color=color) for name in part.inputs]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _part(part: Part, shades: Shades | None, *, alone: bool, color: bool) -> str:
    said = compact(part.shape)
    if shades is not None and part.name in shades.texts:
        said += f" [{shades.before(part.name)}]"
    return said if part.is_input and alone else f"{_painted(text.safe(part.name), color=color)} {said}"


def compact(shape: Sequence[int]) -> str:
    """`(28,28,1)`, and a vector as its length, as the chapter writes it."""
    return str(shape[0]) if len(shape) == 1 else f"({','.join(map(str, shape))})"


def _painted(name: str, *, color: bool) -> str:
    return f"{_CYAN}{name}{_RESET}" if color else name


def _wrapped(words: Sequence[str], width: int | None) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {_ARROW}{word}"
        if width is None or _width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(f"{_INDENT}{_ARROW}{word}")
    return lines


def _width(line: str) -> int:
    return text.display_width(line.replace(_CYAN, "").replace(_RESET, ""))
