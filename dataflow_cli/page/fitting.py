"""What goes into a page of a size: everything exactly, else rounded, else the arithmetic of the layers that fit.

Of the others, the numbers alone where there is room.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.page.tensors import Tensors
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from dataflow_cli.shapes import Array

MOST_PACKING = 8
"""How many times smaller a tensor gets at most; one that would still be too large is not packed to find out."""


@dataclass(frozen=True, eq=False)
class Wish:
    """A tensor that a page may hold: how many bytes it is as float16, and how it is made."""

    key: Hashable
    nbytes: int
    make: Callable[[], Array]
    exact: bool = False
    """Whether it stays of its type, however little room there is."""


@dataclass(frozen=True)
class Fitted:
    """The tensors that fit, and the names of the layers of which not all did."""

    tensors: Tensors
    held: frozenset[Hashable]
    left_out: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    """Those of `left_out` whose own numbers fit."""


def fitted(wishes: Mapping[str, Sequence[Wish]], room: int, own: Mapping[str, Sequence[Wish]] | None = None) -> Fitted:
    """What fits into so many bytes. `wishes` are what each layer needs; what several need is held once.

    `own` are a layer's own numbers, which are worth having without what they came from.
    """
    for half in (False, True):
        whole = _all(wishes, room, half=half)
        if whole is not None:
            return whole
    return _most(wishes, room, own or {})


def _all(wishes: Mapping[str, Sequence[Wish]], room: int, *, half: bool) -> Fitted | None:
    """Everything, the small ones first so that it shows soon if it is too much."""
    tensors = Tensors(half=half)
    every = {wish.key: wish for wish in _each(wishes)}
    if sum(wish.nbytes for wish in every.values()) * (1 if half else 2) > room * MOST_PACKING:
        return None
    for wish in sorted(every.values(), key=lambda wish: wish.nbytes):
        tensors.add(wish.key, wish.make, exact=wish.exact)
        if tensors.size > room:
            return None
    return Fitted(tensors, frozenset(every))


def _most(wishes: Mapping[str, Sequence[Wish]], room: int, own: Mapping[str, Sequence[Wish]]) -> Fitted:
    """The layers that cost least, as many as fit, rounded."""
    tensors = Tensors(half=True)
    waiting = dict(wishes)
    held: set[Hashable] = set()
    while waiting:
        left = room - tensors.size
        costs = {name: _cost(tensors, needed, left) for name, needed in waiting.items()}
        name = min(costs, key=costs.__getitem__)
        if costs[name] > left:
            break
        for wish in waiting.pop(name):
            tensors.add(wish.key, wish.make, exact=wish.exact)
            held.add(wish.key)
    left_out = tuple(name for name in wishes if name in waiting)
    alone = _alone({name: own[name] for name in left_out if own.get(name)}, tensors, room)
    held |= {wish.key for name in alone for wish in own[name]}
    return Fitted(tensors, frozenset(held), left_out, alone)


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


def _each(wishes: Mapping[str, Sequence[Wish]]) -> Iterable[Wish]:
    return (wish for needed in wishes.values() for wish in needed)
