"""What goes into a page of a size: everything exactly, else rounded, else the arithmetic of the layers that fit."""

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


def fitted(wishes: Mapping[str, Sequence[Wish]], room: int) -> Fitted:
    """What fits into so many bytes. `wishes` are what each layer needs; what several need is held once."""
    for half in (False, True):
        whole = _all(wishes, room, half=half)
        if whole is not None:
            return whole
    return _most(wishes, room)


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


def _most(wishes: Mapping[str, Sequence[Wish]], room: int) -> Fitted:
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
    return Fitted(tensors, frozenset(held), tuple(name for name in wishes if name in waiting))


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
