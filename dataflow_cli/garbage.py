"""Python's search for garbage in circles, put off while much is made that stays.

Every so many new objects it goes through all that there are. Reading a file of a million values makes a million
objects, none of which is garbage, and would take twice as long.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def search_put_off() -> Iterator[None]:
    """No search until this ends, nor at once then; where the program has turned it off, it stays off."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # what others froze stays so
            gc.freeze()
            gc.unfreeze()  # all that was made counts as old now, without being gone through
        gc.enable()
