"""Threads beside the caller's that wait for work.

Much of a network is done in a millisecond or less, so handing work over has to be quick: one queue that all helpers
wait at, one lock that says that a helper is done, and threads that stay awake while more is likely to come.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING
from zlib import crc32

from dataflow_cli.kernels.running.settings import computing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.running.task import Task


AWAKE = 1e-3
"""Seconds that a thread with nothing to do stays awake: to wake it takes a tenth of a millisecond, or several."""
_NOTHING = bytes(2**14)
"""What takes some microseconds to go through."""


class Team:
    """So many helpers."""

    def __init__(self, helpers: int) -> None:
        self._shares: SimpleQueue[_Share | None] = SimpleQueue()
        self._threads = [
            Thread(target=_help, args=(self._shares,), name=f"dftrace_{number}", daemon=True)
            for number in range(helpers)
        ]
        for thread in self._threads:
            thread.start()

    def do(self, tasks: Sequence[Task], helpers: int) -> None:
        """Do all tasks together with so many helpers.

        An error, or the user's interrupt, ends the others after the task they are at.
        """
        queue = deque(tasks)
        shares = [_Share(queue) for _ in range(helpers)]
        for share in shares:
            self._shares.put(share)
        try:
            _work(queue)
        finally:
            queue.clear()
            for share in shares:
                if not _awaited(partial(share.done.acquire, blocking=False)):
                    share.done.acquire()
        for share in shares:
            if share.error is not None:
                raise share.error

    def close(self) -> None:
        """End the threads, after the task they are at."""
        for _ in self._threads:
            self._shares.put(None)
        for thread in self._threads:
            thread.join()


class _Share:
    """What one helper is asked to help with."""

    def __init__(self, queue: deque[Task]) -> None:
        self.queue = queue
        self.error: BaseException | None = None
        self.done = Lock()
        self.done.acquire()


def _help(shares: SimpleQueue[_Share | None]) -> None:
    with computing():
        while (share := _next(shares)) is not None:
            try:
                _work(share.queue)
            except BaseException as error:  # noqa: BLE001  it is raised again in the thread that asked for help
                share.error = error
                share.queue.clear()
            share.done.release()


def _next(shares: SimpleQueue[_Share | None]) -> _Share | None:
    _awaited(lambda: not shares.empty())
    return shares.get()


def _awaited(happened: Callable[[], bool]) -> bool:
    """Whether it happens within a while. Until then the thread is awake, but most of the time not in Python."""
    limit = perf_counter() + AWAKE
    while not happened():
        if perf_counter() > limit:
            return False
        crc32(_NOTHING)  # of this size it is computed without Python's lock
    return True


def _work(queue: deque[Task]) -> None:
    """Do tasks until there are none."""
    while queue:
        try:
            task = queue.popleft()
        except IndexError:
            return
        task()
