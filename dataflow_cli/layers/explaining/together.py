"""What the explanations of several elements have in common, such as the run along a sequence: once for all of them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from dataflow_cli.shapes import Array

Made = TypeVar("Made")
_KEPT: ContextVar[dict[Hashable, tuple[Any, Any]] | None] = ContextVar("kept", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Until the block ends, what `once` makes is kept for the next one. Nobody may change an array meanwhile."""
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def are_together() -> bool:
    """Whether more explanations follow."""
    return _KEPT.get() is not None


def once(key: Hashable, arrays: Sequence[Array], make: Callable[[], Made]) -> Made:
    """What `make` gives for this key and these very arrays: made anew, unless explanations are asked for together."""
    kept = _KEPT.get()
    if kept is None:
        return make()
    whole = (key, *map(id, arrays))
    if whole not in kept:
        kept[whole] = tuple(arrays), make()  # the arrays are held, else another one might get the same id
    found: Made = kept[whole][1]
    return found
