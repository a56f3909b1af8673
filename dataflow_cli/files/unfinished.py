"""What has to be taken back if it does not come to its end, also when the program is told to stop in the middle."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UNDO: dict[object, Callable[[], object]] = {}
"""How to take back all that is under way, in the order in which it began."""


@contextmanager
def undone_unless_finished(undo: Callable[[], object]) -> Iterator[None]:
    """Calls `undo` if the block ends with an error, or if the program is stopped by a signal in it."""
    key = object()
    _UNDO[key] = undo
    try:
        yield
    except BaseException:
        undo()
        raise
    finally:
        del _UNDO[key]


def undo_all() -> None:
    """Take back what is under way, the latest first: the program ends now, whatever goes wrong meanwhile."""
    for undo in reversed(list(_UNDO.values())):
        with suppress(Exception):
            undo()
