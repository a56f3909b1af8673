"""A progress bar on stderr: on a terminal only, and only once the work has taken a second."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 1.0
"""Seconds of silence before the bar appears."""


@contextmanager
def progress_bar(*, quiet: bool, what: str = "samples") -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with how many (`what`) are done, and how many there are; None where no bar is wanted."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from dataflow_cli.files.unfinished import undone_unless_finished

    bar = _Bar(what)
    with undone_unless_finished(bar.close):
        yield bar
    bar.close()


class _Bar:
    """One line that is drawn over itself."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.started = monotonic()
        self.drawn = False

    def __call__(self, done: int, total: int) -> None:
        if total <= 0 or monotonic() - self.started < PATIENCE:
            return
        self.drawn = True
        filled = round(30 * done / total)
        sys.stderr.write(f"\r[{'#' * filled}{' ' * (30 - filled)}] {done:,} of {total:,} {self.what}")
        sys.stderr.flush()

    def close(self) -> None:
        """Take the line away."""
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
