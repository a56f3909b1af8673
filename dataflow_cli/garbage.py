"""Python's search for garbage in circles, put off while much is made that stays.

Every so many new objects it goes through all that there are. Reading a file of a million values makes a million
objects, none of which is garbage, and would take twice as long.

What was put off is made up for: a program that reads network after network would otherwise never come to a search, as
each of them is counted as old before Python has counted how much is new.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_UNSEARCHED = 250_000
"""Objects that may be made unsearched, or a quarter of all that there are, if that is more: Python's own share."""


class _Unsearched:
    """What was counted as old without being gone through, since all was."""

    objects = 0
    most = MOST_UNSEARCHED


@contextmanager
def search_put_off() -> Iterator[None]:
    """No search until this ends, nor at once then; where the program has turned it off, it stays off."""
    if not (gc.isenabled() and gc.get_threshold()[0]):
        yield
        return
    if _Unsearched.objects > _Unsearched.most:
        search()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # what others froze stays so
            _Unsearched.objects += _new()
            gc.freeze()
            gc.unfreeze()  # all that was made counts as old now, without being gone through
        gc.enable()


def search() -> None:
    """Make up for the searches that were put off. It is done before more is made, so that a command pays for none."""
    gc.collect()
    _Unsearched.objects, _Unsearched.most = 0, max(MOST_UNSEARCHED, len(gc.get_objects()) // 4)


def _new() -> int:
    """How many objects Python has counted and not yet gone through with the old ones, at most."""
    young, middle, old = gc.get_count()
    each, times, _ = gc.get_threshold()
    return young + each * (middle + times * old)
