"""How the arithmetic is done: on how many threads, how exactly, and what is kept from one call to the next.

Whoever runs a network makes an engine with `running(...)` and hands it on to all that makes jobs. A kernel that is
handed none has one thread, and nothing is kept. What comes out does not depend on the number of threads: the tasks are
the same for any.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running import scratch
from dataflow_cli.kernels.running.blas import one_thread
from dataflow_cli.kernels.running.packed import PackedWeights
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.running.team import Team
    from dataflow_cli.shapes import Array

WORTHWHILE = 8_000_000
"""Multiply-accumulates that take so long that handing half of them to another thread pays."""


@dataclass
class Engine:
    """One way to compute. `packed` holds kernels in the form that a method wants them."""

    threads: int = 1
    fast_math: bool = False
    packed: PackedWeights = field(default_factory=PackedWeights)
    _team: Team | None = None
    _memory: dict[tuple[str, tuple[int, ...], str], Array] = field(default_factory=dict)

    def spread(self, tasks: Sequence[Task], operations: int) -> None:
        """Do all tasks, in any order; they must not touch each other's results.

        The caller's thread works too, and alone if there are few `operations` in all.
        """
        helpers = min(self.threads, len(tasks)) - 1 if operations >= WORTHWHILE else 0
        if helpers > 0:
            self.team.do(tasks, helpers)
            return
        for task in tasks:
            task()

    def memory(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """An array of any content for what a job works out on its way: all its jobs share it, one after the other.

        If nothing is kept, it is a new one.
        """
        if not self.packed.keep:
            return np.empty(shape, dtype)
        key = (name, shape, np.dtype(dtype).str)
        if key not in self._memory:
            self._memory[key] = scratch.made(shape, dtype)
        return self._memory[key]

    @property
    def team(self) -> Team:
        """The threads beside the caller's, started when they are first needed."""
        if self._team is None:
            from dataflow_cli.kernels.running.team import Team

            self._team = Team(self.threads - 1)
        return self._team

    def close(self) -> None:
        """End the threads and let go of what was kept."""
        if self._team is not None:
            self._team.close()
            self._team = None
        self.packed.clear()
        self._memory.clear()
        scratch.release()


PLAIN_ENGINE = Engine()
"""For what is computed by itself. It keeps nothing and starts no threads, so that any threads may share it."""


@contextmanager
def running(*, threads: int = 1, fast_math: bool = False, keep: bool = False) -> Iterator[Engine]:
    """An engine with so many threads, until the block ends.

    `fast_math` allows methods with larger rounding errors. `keep` keeps packed weights, which pays from the second
    minibatch on; parameters must not be changed in the meantime.
    """
    engine = Engine(threads, fast_math, PackedWeights(keep=keep))
    try:
        with one_thread():
            yield engine
    finally:
        engine.close()
