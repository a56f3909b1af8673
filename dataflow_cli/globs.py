"""Which names a word means: a GLOB such as `conv*`, and what a layer was called where it came from.

Inner tensors are meant only by what has a colon, as `conv*:sum`. A word that fits none of our names is tried on those
of the model that a network was imported from, then on all names but for their marks: `layer1.0.conv1` is
`layer1_0/conv1`, if no two layers are called so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.tensors import is_inner, layer_of, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

_MARKS = re.compile(r"[/_.-]+")
_NOBODY: Mapping[str, str] = {}


def matching(
    patterns: Sequence[str],
    names: Collection[str],
    unknown: Callable[[str], object],
    sources: Mapping[str, str] = _NOBODY,
) -> tuple[str, ...]:
    """The names that any of the patterns matches, in their own order. `sources` are names of layers elsewhere, by ours.

    `unknown` is told the first pattern that matches nothing, and raises what has to be said about it.
    """
    found: set[str] = set()
    for pattern in patterns:
        meant = _meant(pattern, names, sources)
        if not meant:
            unknown(pattern)
        found.update(meant)
    return tuple(name for name in names if name in found)


def called(word: str, names: Collection[str], sources: Mapping[str, str] = _NOBODY) -> str:
    """Which of the layers `names` is called so; nothing if none is, or two are."""
    if word in names:
        return word
    theirs = [name for name in names if sources.get(name) == word] or _but_for_marks(word, names, sources)
    return theirs[0] if len(theirs) == 1 else ""


def ours(words: Sequence[str], names: Collection[str], sources: Mapping[str, str] = _NOBODY) -> tuple[str, ...]:
    """The words with names from elsewhere as ours, also before an index: `features.3[0]`. What means nothing stays."""
    found: list[str] = []
    for word in words:
        base, bracket, index = word.partition("[")
        meant = _meant(word, names, sources)
        if not meant and bracket and not any(character in base for character in "*?"):
            meant = [f"{name}[{index}" for name in _meant(base, names, sources)]
        found += [word] if not meant or any(map(names.__contains__, (word, base))) else meant
    return tuple(found)


def _meant(pattern: str, names: Collection[str], sources: Mapping[str, str]) -> Collection[str]:
    from fnmatch import fnmatchcase

    alike = [name for name in names if is_inner(name) == is_inner(pattern)]
    ours = [name for name in alike if fnmatchcase(name, pattern)]
    if ours:
        return ours
    theirs = {name: moved(name, sources.get(layer_of(name), layer_of(name))) for name in names}
    return (
        [name for name in names if theirs[name] == pattern]
        or [name for name in alike if fnmatchcase(theirs[name], pattern)]
        or _but_for_marks(pattern, alike, sources)
    )


def _but_for_marks(word: str, names: Collection[str], sources: Mapping[str, str]) -> list[str]:
    """The names, ours or theirs, that are equal to the word but for `/`, `_`, `.` and `-`; none if they are several."""
    wanted = plain(word)
    found = [
        name
        for name in names
        if wanted in (plain(name), plain(moved(name, sources.get(layer_of(name), layer_of(name)))))
    ]
    return found if len(found) == 1 else []


def plain(name: str) -> str:
    """A name with all marks alike."""
    return _MARKS.sub("_", name).strip("_")
