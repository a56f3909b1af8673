"""The tensors of a file put together as modules: those that one layer of it has, by what stands before their words.

`features.0.weight` and `features.0.bias` are one module, `features.0`; so are `W1`, `b1`, and `fc1_w`, `fc1_b`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.weights.hints import COUNTERS, WORDS, parts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dataflow_cli.shapes import Shape

_SHORT = {"w": "kernel", "b": "bias", "weights": "kernel", "biases": "bias"}
"""What people call parameters by hand."""
_ANY = "|".join(sorted((*WORDS, *_SHORT), key=len, reverse=True))
_BEHIND = re.compile(rf"(.*?)_?({_ANY})", re.IGNORECASE)
_BEFORE = re.compile(rf"({_ANY})_?([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Stored:
    """One tensor of a file: its name, the word in it that says which parameter it is, its shape."""

    name: str
    word: str
    shape: Shape


@dataclass(frozen=True)
class Module:
    """What one layer of a file has, in the file's order."""

    name: str
    tensors: tuple[Stored, ...]


def modules_of(names: Sequence[str], shapes: Mapping[str, Shape], nested: Collection[str] = ()) -> tuple[Module, ...]:
    """The modules of a file with these tensors, in the order of their first ones; counters left out.

    `nested` are words with a module in them that belongs to the one around it: `out_proj.weight` of attention.
    """
    found: dict[str, list[Stored]] = {}
    for name in names:
        if name in shapes and parts(name)[1] not in COUNTERS:
            module, word = next(filter(None, (_within(name, word) for word in nested)), None) or _parts(name)
            found.setdefault(module, []).append(Stored(name, word, shapes[name]))
    return tuple(Module(name, tuple(tensors)) for name, tensors in found.items())


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """By which names are sorted as people count: `conv2` before `conv10`."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"([0-9]+)", name) if part)


def in_order(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of the layers: the file's, or as people count where the file has sorted them as text."""
    return tuple(sorted(names, key=natural)) if is_sorted(names) else tuple(names)


def is_sorted(names: Sequence[str]) -> bool:
    """Whether a file has its tensors in the order of the alphabet, as some formats do."""
    return list(names) == sorted(names)


def _parts(name: str) -> tuple[str, str]:
    module, word = parts(name)
    if module or word.lower() in WORDS:
        return module, _SHORT.get(word.lower(), word)
    behind, before = _BEHIND.fullmatch(word), _BEFORE.fullmatch(word)
    if behind is not None:
        return behind[1], _said(behind[2])
    return (before[2], _said(before[1])) if before is not None else (word, "")


def _within(name: str, word: str) -> tuple[str, str] | None:
    return (name.removesuffix(f".{word}"), word) if name.endswith(f".{word}") else None


def _said(word: str) -> str:
    return _SHORT.get(word.lower(), word.lower())
