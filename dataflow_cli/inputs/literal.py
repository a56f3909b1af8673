"""Numbers written where a file could stand: `--value "1,0"`, `--value "[[1, 0], [0, 1]]"`, a network file's example.

Lists nest in brackets; the outermost pair may be left out; commas or blanks separate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.inputs.table_rows import number
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


_TOKEN = re.compile(r"[\[\]]|[^\[\],\s]+")
_DEEPEST = 32
_RECTANGULAR = "write lists of one length on every level, such as [[1, 0], [0, 1]]"


def read_literal(text: str) -> Array:
    """The array of numbers that the text writes, float64. Raises FileProblem."""
    top: list[Any] = []
    open_lists = [top]
    for part in _TOKEN.findall(text):
        if part == "[":
            inner: list[Any] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
            if len(open_lists) > _DEEPEST:
                raise FileProblem(f"lists nest deeper than {_DEEPEST}", hint=_RECTANGULAR)
        elif part == "]" and len(open_lists) > 1:
            open_lists.pop()
        else:
            open_lists[-1].append(part)
    if len(open_lists) > 1:
        raise FileProblem("a bracket is not closed", hint=_RECTANGULAR)
    return from_plain(top[0] if len(top) == 1 and isinstance(top[0], list) else top)


def from_plain(value: Any) -> Array:
    """The array of a number or nested lists of numbers, each a number or its text, float64. Raises FileProblem."""
    shape, numbers = laid_out(value)
    return np.array(numbers, np.float64).reshape(shape)


def laid_out(value: Any) -> tuple[tuple[int, ...], list[float]]:
    """The shape of a number or nested lists of numbers, and the numbers in their order. Raises FileProblem."""
    shape, items = spread(value)
    return shape, [_number(item) for item in items]


def spread(value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of nested lists, and what is in them in its order. Raises FileProblem."""
    shape: list[int] = []
    level = value
    while isinstance(level, list):
        shape.append(len(level))
        if not level:
            raise FileProblem("an empty list, expected numbers", hint=_RECTANGULAR)
        if len(shape) > _DEEPEST:
            raise FileProblem(f"lists nest deeper than {_DEEPEST}", hint=_RECTANGULAR)
        level = level[0]
    items = [value]
    for length in shape:
        items = _flattened(items, length)
    return tuple(shape), items


def _flattened(items: list[Any], length: int) -> list[Any]:
    for item in items:
        if not isinstance(item, list) or len(item) != length:
            raise FileProblem(
                f"expected a list of {length}, found {_shown(item)}",
                hint=_RECTANGULAR,
            )
    return [inner for item in items for inner in item]


def _number(item: Any) -> float:
    value = number(item) if isinstance(item, str) else item
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FileProblem(f"expected a number, found {_shown(item)}", hint=_RECTANGULAR)
    return float(value)


def _shown(item: Any) -> str:
    if item is None:
        return "nothing"
    return f"a list of {len(item)}" if isinstance(item, list) else f"'{printable(str(item)[:40])}'"
