"""The page's modules as one script: a page that is opened from a file cannot load any.

Each module imports by `import { name } from "./file.js";` and puts `export` before what others may use. Joined in the
order in which they need each other, within one function, these lines are not needed: names are the same everywhere.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from dataflow_cli.lazy import pattern

ENTRY = "main.js"
_IMPORT = pattern(r'(?m)^import\s*\{[^}]*\}\s*from\s*"\./([\w-]+\.js)";\n?')
_EXPORT = pattern(r"(?m)^export (?=async function|function|const|let|class)")


def source(name: str) -> str:
    """The text of a file of the page."""
    return (files("dataflow_cli.page") / "static" / name).read_text(encoding="utf-8")


def names(ending: str) -> list[str]:
    """The page's files with an ending, in order."""
    return sorted(one.name for one in (files("dataflow_cli.page") / "static").iterdir() if one.name.endswith(ending))


def needed(entry: str = ENTRY) -> list[str]:
    """A module and all that it imports, each behind what it needs itself."""
    order: list[str] = []
    _visit(entry, order, ())
    return order


def _visit(name: str, order: list[str], above: tuple[str, ...]) -> None:
    if name in order or name in above:
        return
    for other in _IMPORT.findall(source(name)):
        _visit(other, order, (*above, name))
    order.append(name)


def plain(text: str) -> str:
    """A module without what only modules may say."""
    without: str = _EXPORT.sub("", _IMPORT.sub("", text))
    return without.strip("\n")


@cache
def script(entry: str = ENTRY) -> str:
    """All modules as the text of one script."""
    body = "\n\n".join(f"// ---- {name} ----\n{plain(source(name))}" for name in needed(entry))
    return f'(() => {{\n"use strict";\n{body}\n}})();\n'


@cache
def style_sheet() -> str:
    """All style sheets as the text of one."""
    return "\n".join(source(name).strip("\n") for name in names(".css")) + "\n"


def top_level_names(text: str) -> list[str]:
    """What a module declares for all of the script."""
    return re.findall(r"(?m)^(?:export )?(?:async function|function|const|let|class)\*?\s+([\w$]+)", text)
