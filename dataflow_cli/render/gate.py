"""The gate that all text passes before it is written: what would not show, or would be obeyed, is escaped.

Whatever writes a name asks `text.safe` where it stands, so that a line stays a line. This is for what forgets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import pattern
from dataflow_cli.render.formats import JSON_FORMATS, MACHINE_FORMATS
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

_COLORS = pattern(r"(\x1b\[[0-9;]*m)")
_TABS = pattern(r"(\t)")
_NOTHING = pattern(r"(?!)()")
_COLORED = frozenset({"table", "text", "plain"})
"""The formats that are ever colored; `text` is what has no format to choose."""
_ASCII = str.maketrans(
    {"·": "*", "×": "x", "⌊": "floor(", "⌋": ")", "█": "#", "…": "...", "µ": "u", "→": "->", "≥": ">=", "≤": "<="}
    | {"Σ": "sum", "Φ": "Phi", "√": "sqrt", "π": "pi", "σ": "sigma", "∘": "*", "²": "^2", "³": "^3", "ˣ": "^x"}
    | {"∫": "integral", "₀": "_0", "─": "-"}
)
"""How what we write ourselves is written where only ASCII can be."""


def passed(text: str, form: str, encoding: str, *, color: bool = False, ascii_only: bool = False) -> bytes:
    """The text in a format as the bytes to write.

    Line ends pass everywhere, tabs where they part cells, colors if there are any. In ASCII our own signs are written
    in other words where that changes no data; what an encoding does not have is escaped as the format has it.
    """
    if form in JSON_FORMATS:
        return _encoded_json(_lines(text, _NOTHING, _json_escape), "ascii" if ascii_only else encoding)
    own = _TABS if form == "tsv" else _COLORS if color and form in _COLORED else _NOTHING
    harmless = _lines(text, own, safe)
    if ascii_only and form not in MACHINE_FORMATS:
        harmless = harmless.translate(_ASCII).encode("ascii", "backslashreplace").decode()
    return harmless.encode(encoding, "backslashreplace")


def _lines(text: str, own: re.Pattern[str], escape: Callable[[str], str]) -> str:
    """The text with everything escaped but line ends and what matches `own`."""
    return "\n".join(line if line.isprintable() else _line(line, own, escape) for line in text.split("\n"))


def _line(line: str, own: re.Pattern[str], escape: Callable[[str], str]) -> str:
    parts = own.split(line)
    return "".join(part if number % 2 else escape(part) for number, part in enumerate(parts))


def _json_escape(text: str) -> str:
    """Text of a JSON string."""
    import json

    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _encoded_json(text: str, encoding: str) -> bytes:
    """JSON in an encoding; if that does not have all of it, in the ASCII that means the same."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        import json

        return "".join(one if one.isascii() else json.dumps(one)[1:-1] for one in text).encode(encoding)
