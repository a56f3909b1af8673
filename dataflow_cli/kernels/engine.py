"""How the arithmetic is done: on how many threads, how exactly, and what is kept from one call to the next.

A kernel asks `current()`. Whoever runs a network says how with `running(...)`; without it there is one thread and
nothing is kept. What comes out does not depend on the number of threads: the tasks are the same for any.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels import scratch
from dataflow_cli.kernels.prepared import Prepared
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor

WORTHWHILE = 12_000_000
"""Multiply-accumulates that take so long that handing half of them to another thread pays."""


@dataclass
class Engine:
    """One way to compute. `prepared` holds kernels in the form that a method wants them."""

    threads: int = 1
    fast_math: bool = False
    prepared: Prepared = field(default_factory=Prepared)
    _pool: ThreadPoolExecutor | None = None

    def spread(self, tasks: Sequence[Callable[[], Any]], operations: int) -> None:
        """Do all tasks, in any order; they must not touch each other's results.

        The caller's thread works too, and alone if there are few `operations` in all. An error, or the user's
        interrupt, ends the others after the task they are at.
        """
        helpers = min(self.threads, len(tasks)) - 1 if operations >= WORTHWHILE else 0
        if helpers < 1:
            for task in tasks:
                task()
            return
        queue = deque(tasks)
        running = [self.pool.submit(_work, queue) for _ in range(helpers)]
        try:
            _work(queue)
        finally:
            queue.clear()
            errors = [future.exception() for future in running]
        for error in errors:
            if error is not None:
                raise error

    @property
    def pool(self) -> ThreadPoolExecutor:
        """The threads beside the caller's, started when they are first needed."""
        from concurrent.futures import ThreadPoolExecutor

        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="dftrace")
        return self._pool

    def close(self) -> None:
        """End the threads and let go of what was kept."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self.prepared.clear()
        scratch.release()


_current: ContextVar[Engine | None] = ContextVar("engine", default=None)
_plain = Engine()


def current() -> Engine:
    """The engine that is running, else a plain one."""
    return _current.get() or _plain


@contextmanager
def running(*, threads: int = 1, fast_math: bool = False, keep: bool = False) -> Iterator[Engine]:
    """Compute on so many threads until the block ends.

    `fast_math` allows methods with larger rounding errors. `keep` keeps prepared kernels, which pays from the second
    minibatch on; parameters must not be changed in the meantime.
    """
    engine = Engine(threads, fast_math, Prepared(keep=keep))
    token = _current.set(engine)
    try:
        yield engine
    finally:
        _current.reset(token)
        engine.close()


def _work(queue: deque[Callable[[], Any]]) -> None:
    """Do tasks until there are none. Floating-point warnings are off, as in the thread that runs a network."""
    with np.errstate(all="ignore"):
        while queue:
            try:
                task = queue.popleft()
            except IndexError:
                return
            task()
