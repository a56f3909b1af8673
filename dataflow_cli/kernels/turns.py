"""Threads that take turns at what is many short calls of NumPy.

Only one thread at a time is in Python. One that returns from a call while another is there sleeps until it is woken,
which takes longer than many a call; and threads that do the same work fall into step, so that they meet at every call.
Where the short calls of a piece are one thread's turn, the other one is in its long product meanwhile.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from threading import local
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from threading import Lock


class _Mine(local):
    """What the calling thread shares with the one that it takes turns with."""

    lock: AbstractContextManager[Any] = nullcontext()


_mine = _Mine()


SHORT = 2**15
"""Elements up to which a call is short: of larger ones a piece has too few to be worth waiting for a turn."""


def turn(elements: int) -> AbstractContextManager[Any]:
    """The calling thread's turn, until the block ends, if calls on so many elements are short.

    A turn must not begin another one.
    """
    return _mine.lock if elements <= SHORT else nullcontext()


@contextmanager
def sharing(lock: Lock) -> Iterator[None]:
    """The calling thread takes turns with whoever shares the lock, until the block ends."""
    before = _mine.lock
    _mine.lock = lock
    try:
        yield
    finally:
        _mine.lock = before
