"""Changes of bytes, of words and of trees: what is sound becomes what nobody wrote."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from fuzz.making.values import EXTREME_NUMBERS, EXTREMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_TOKEN = re.compile(rb"[A-Za-z_][A-Za-z0-9_./-]*|[0-9][0-9.e+-]*|[^\sA-Za-z0-9]")
_TOKENS = (
    *(b"[", b"]", b"{", b"}", b":", b"- ", b",", b"|", b">", b"&a", b"*a", b"!!str", b"%", b"---", b"<<", b"#", b"?"),
    *(b"'", b'"', b"\t", b"\n", b"~", b"null", b"true", b"no", b".nan", b".inf", b"1e999", b"0x10", b"1_000", b"010"),
    *(b"$x", b"input", b"block", b"\x00", b"\xff", b"\xc2\x85", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80", b"\x1b[2J"),
)
_WORDS = ("", "~", "input", "$x", "conv2d", "dense_1", "a/b", "x" * 300, "\x1b[31m", "1/255", "/dev/zero", "..", "é")
_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)


def mutated(rng: Random, data: bytes, most: int = 4) -> bytes:
    """The bytes after a few changes."""
    for _ in range(1 + rng.randrange(most)):
        data = rng.choice(_BYTE_CHANGES)(rng, data)
    return data


def _stretch(rng: Random, data: bytes, most: int = 64) -> tuple[int, int]:
    """Where a short piece begins and ends; the beginning, where headers are, more often."""
    start = rng.randrange(min(len(data), 256) if rng.randrange(2) else len(data)) if data else 0
    return start, min(len(data), start + rng.randrange(1, most))


def _flip(rng: Random, data: bytes) -> bytes:
    start, _ = _stretch(rng, data)
    changed = bytes([data[start] ^ (1 << rng.randrange(8))]) if data else b""
    return data[:start] + changed + data[start + 1 :]


def _number(rng: Random, data: bytes) -> bytes:
    """A number of the format becomes another: sizes that lie."""
    size = rng.choice((1, 2, 4, 8))
    start, _ = _stretch(rng, data)
    number: bytes = (rng.choice(_INTERESTING) % 256**size).to_bytes(size, "little")
    return data[:start] + (number if rng.randrange(2) else number[::-1]) + data[start + size :]


def _delete(rng: Random, data: bytes) -> bytes:
    start, stop = _stretch(rng, data)
    return data[:start] + data[stop:]


def _double(rng: Random, data: bytes) -> bytes:
    start, stop = _stretch(rng, data)
    return data[:stop] + data[start:stop] * rng.choice((1, 2, 50)) + data[stop:]


def _cut(rng: Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _insert(rng: Random, data: bytes) -> bytes:
    start, _ = _stretch(rng, data)
    return data[:start] + rng.choice(_TOKENS) + data[start:]


_BYTE_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (_flip, _number, _delete, _double, _cut, _insert, _number)


def reworded(rng: Random, data: bytes, most: int = 4) -> bytes:
    """The text after a few words, numbers or signs were exchanged."""
    for _ in range(1 + rng.randrange(most)):
        found = list(_TOKEN.finditer(data))
        if not found:
            return data
        spot, other = rng.choice(found), rng.choice(found)
        number = str(rng.choice((*EXTREMES, *EXTREME_NUMBERS))).encode()
        new = rng.choice((other[0], other[0], number, rng.choice(_TOKENS), b"", spot[0] * 2))
        data = data[: spot.start()] + new + data[spot.end() :]
    return data


def transplanted(rng: Random, tree: Any, most: int = 3) -> Any:
    """The tree of a document after a few branches were cut, doubled, exchanged or replaced."""
    for _ in range(1 + rng.randrange(most)):
        spots = list(_spots(tree))
        if not spots:
            return tree
        parent, key = rng.choice(spots)
        other_parent, other_key = rng.choice(spots)
        what = rng.randrange(6)
        if what == 0:
            del parent[key]
        elif what == 1:
            parent[key] = deepcopy(other_parent[other_key])
        elif what == 2 and isinstance(parent, list):
            parent.insert(key, deepcopy(parent[key]))
        else:
            parent[key] = _odd(rng, parent[key])
    return tree


def _spots(tree: Any, depth: int = 0) -> Any:
    """Every place in a tree, as what holds it and its key there."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        if depth < 8:
            yield from _spots(tree[key], depth + 1)


def _odd(rng: Random, value: Any) -> Any:
    """Something else in place of a value."""
    if rng.randrange(2):
        return rng.choice((*EXTREMES, *EXTREME_NUMBERS, float("nan"), float("-inf")))
    word = rng.choice(_WORDS)
    return rng.choice((None, True, [], {}, [value], {"type": value}, [value] * 40, word, word))
