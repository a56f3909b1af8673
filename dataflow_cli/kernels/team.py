"""Threads beside the caller's that wait for work.

Much of a network is done in a millisecond or less, so handing work over has to be quick: one queue that all helpers
wait at, one lock that says that a helper is done.
"""

from __future__ import annotations

from collections import deque
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from dataflow_cli.kernels.settings import computing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.job import Task


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
            with computing():
                _work(queue)
        finally:
            queue.clear()
            for share in shares:
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
        while (share := shares.get()) is not None:
            try:
                _work(share.queue)
            except BaseException as error:  # noqa: BLE001  it is raised again in the thread that asked for help
                share.error = error
                share.queue.clear()
            share.done.release()


def _work(queue: deque[Task]) -> None:
    """Do tasks until there are none."""
    while queue:
        try:
            task = queue.popleft()
        except IndexError:
            return
        task()
