"""What goes into a page of a size: everything exactly, else rounded, else the arithmetic of the layers that fit.

Of the others, the numbers alone where there is room. How a layer's elements came about is found out only where what is
known to be needed may fit, and that is guessed by packing a part of each tensor: both take long.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.page.tensors import Tensors
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from dataflow_cli.shapes import Array

MOST_PACKING = 8
"""How many times smaller a tensor gets at most; one that would still be too large is not packed to find out."""
PIECES, PIECE = 16, 1024
"""So many pieces of so many numbers are packed to guess how small a tensor gets."""
DOUBT = 1.25
"""How many times too large a guess may be."""


@dataclass(frozen=True, eq=False)
class Wish:
    """A tensor that a page may hold: how many bytes it is as float16, and how it is made."""

    key: Hashable
    nbytes: int
    make: Callable[[], Array]
    exact: bool = False
    """Whether it stays of its type, however little room there is."""


@dataclass(frozen=True, eq=False)
class Need:
    """What a layer needs: the tensors that are known before it is explained; and all, with the bytes that are said."""

    first: Sequence[Wish]
    explained: Callable[[], tuple[int, Sequence[Wish]]] | None = None

    def whole(self) -> tuple[int, Sequence[Wish]]:
        """All of it."""
        return (0, self.first) if self.explained is None else self.explained()


@dataclass(frozen=True)
class Fitted:
    """The tensors that fit, and the names of the layers of which not all did."""

    tensors: Tensors
    held: frozenset[Hashable]
    left_out: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    """Those of `left_out` whose own numbers fit."""


def fitted(needs: Mapping[str, Need], room: int, own: Mapping[str, Sequence[Wish]] | None = None) -> Fitted:
    """What fits into so many bytes, of what each layer needs; what several need is held once.

    `own` are a layer's own numbers, which are worth having without what they came from.
    """
    guesses = Guesses()
    first = {wish.key: wish for need in needs.values() for wish in need.first}
    if sum(map(guesses.of, first.values())) <= room * DOUBT:
        every = [need.whole() for need in needs.values()]
        wishes = {wish.key: wish for _, needed in every for wish in needed}
        for half in (False, True):
            whole = _all(wishes, room - sum(said for said, _ in every), half=half)
            if whole is not None:
                return whole
    return _most(needs, room, own or {}, guesses)


class Guesses:
    """How many bytes tensors take as float16, about."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}

    def of(self, wish: Wish) -> int:
        """Bytes of the page that a tensor takes."""
        if wish.key not in self._known:
            self._known[wish.key] = _guess(wish)
        return self._known[wish.key]


def _guess(wish: Wish) -> int:
    flat = wish.make().reshape(-1)
    step = max(len(flat) // PIECES, PIECE)
    some = np.concatenate([flat[start : start + PIECE] for start in range(0, len(flat), step)] or [flat])
    packed = Tensors(half=True).cost("some", lambda: some)
    return packed * len(flat) // max(len(some), 1)


def _all(wishes: Mapping[Hashable, Wish], room: int, *, half: bool) -> Fitted | None:
    """Everything, the small ones first so that it shows soon if it is too much."""
    tensors = Tensors(half=half)
    if sum(wish.nbytes for wish in wishes.values()) * (1 if half else 2) > room * MOST_PACKING:
        return None
    for wish in sorted(wishes.values(), key=lambda wish: wish.nbytes):
        tensors.add(wish.key, wish.make, exact=wish.exact)
        if tensors.size > room:
            return None
    return Fitted(tensors, frozenset(wishes))


def _most(needs: Mapping[str, Need], room: int, own: Mapping[str, Sequence[Wish]], guesses: Guesses) -> Fitted:
    """The layers that cost least, as many as fit, rounded."""
    tensors = Tensors(half=True)
    waiting, left_out = dict(needs), set()
    held: set[Hashable] = set()

    def guessed(name: str) -> int:
        return sum(guesses.of(wish) for wish in waiting[name].first if not tensors.holds(wish.key))

    while waiting:
        name = min(waiting, key=guessed)
        if guessed(name) > (room - tensors.size) * DOUBT:
            break
        said, wishes = waiting.pop(name).whole()
        if said + _cost(tensors, wishes, room - tensors.size) > room - tensors.size:
            left_out.add(name)
            continue
        room -= said
        for wish in wishes:
            tensors.add(wish.key, wish.make, exact=wish.exact)
            held.add(wish.key)
    missing = tuple(name for name in needs if name in waiting or name in left_out)
    alone = _alone({name: own[name] for name in missing if own.get(name)}, tensors, room)
    held |= {wish.key for name in alone for wish in own[name]}
    return Fitted(tensors, frozenset(held), missing, alone)


def _alone(own: Mapping[str, Sequence[Wish]], tensors: Tensors, room: int) -> tuple[str, ...]:
    """The layers whose own numbers still fit, small ones first."""
    found = []
    for name in sorted(own, key=lambda name: sum(wish.nbytes for wish in own[name])):
        left = room - tensors.size
        if _cost(tensors, own[name], left) > left:
            continue
        for wish in own[name]:
            tensors.add(wish.key, wish.make, exact=wish.exact)
        found.append(name)
    return tuple(found)


def _cost(tensors: Tensors, needed: Iterable[Wish], room: int) -> float:
    """How many bytes more a layer's tensors are; infinite for what is too large to try."""
    total = 0
    for wish in needed:
        if tensors.holds(wish.key):
            continue
        if wish.nbytes > room * MOST_PACKING:
            return math.inf
        total += tensors.cost(wish.key, wish.make, exact=wish.exact)
        if total > room:
            return math.inf
    return total
