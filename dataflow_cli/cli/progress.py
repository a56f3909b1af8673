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
        passed = monotonic() - self.started
        if total <= 0 or passed < PATIENCE:
            return
        self.drawn = True
        filled = round(30 * done / total)
        bar = f"[{'#' * filled}{' ' * (30 - filled)}] {done:,} of {total:,} {self.what}"
        sys.stderr.write(f"\r{bar}{_speed(done, total, passed)}\x1b[K")
        sys.stderr.flush()

    def close(self) -> None:
        """Take the line away."""
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _speed(done: int, total: int, seconds: float) -> str:
    """How many are done a second, and how long the others take at that."""
    if not 0 < done < total:
        return ""
    rate, left = done / seconds, (total - done) * seconds / done
    return f", {rate:,.0f} a second, {_clock(left)} left" if rate >= 1 else f", {_clock(left)} left"


def _clock(seconds: float) -> str:
    """`12 s`, `3:05 min`, `1:02 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02} h" if hours else f"{rest // 60}:{rest % 60:02} min"
