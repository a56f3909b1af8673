"""`map:` of a weights file: the name it has for a parameter of ours, written out or by a pattern.

    map:
      conv2d_1/kernel: features.0.weight       one name
      '*/kernel': '*.weight'                   what the * stands for is put in, a / becoming a . where the name has dots
      'block_*/a/kernel': 'h.{*-1}.weight'     one less: block_1 is called h.0 there

A name that is written out stands over a pattern; of several patterns the first that fits holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STAR = "*"
ONE_LESS = "{*-1}"
"""A number less one, for files that count from 0."""
_MARK = "\0"


def stored_name(names: Mapping[str, str], full: str) -> str | None:
    """The name in the file for `layer/parameter`; None if the map says nothing of it."""
    if full in names:
        return names[full]
    for pattern, stored in names.items():
        if STAR in pattern and (parts := match(pattern, full)) is not None:
            return _filled(stored, parts)
    return None


def match(pattern: str, name: str) -> list[str] | None:
    """What each * of a pattern stands for in a name, the shortest first; None if it does not fit."""
    first, *middle, last = pattern.split(STAR)
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return None
    at, end = len(first), len(name) - len(last)
    parts = []
    for text in middle:
        found = name.find(text, at, end)
        if found < 0:
            return None
        parts.append(name[at:found])
        at = found + len(text)
    return [*parts, name[at:end]]


def _filled(stored: str, parts: list[str]) -> str:
    dotted = "." in stored and "/" not in stored
    first, *rest = stored.replace(ONE_LESS, f"{_MARK}{STAR}").split(STAR)
    words = [part.replace("/", ".") if dotted else part for part in parts]
    name = first
    for word, text in zip(words, rest, strict=False):
        counted = name.endswith(_MARK) and word.isdecimal()
        name = name.removesuffix(_MARK) + (str(int(word) - 1) if counted else word) + text
    return name
