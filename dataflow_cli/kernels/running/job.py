"""Arithmetic that is ready to be done: arrays are bound, pieces are cut; what is left are calls of NumPy.

Making a job takes longer than some of them take to be done. A network that runs many minibatches makes its jobs once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, eq=False)
class Job:
    """A result, and the tasks that fill it, in any order; none touches what another one writes.

    `last` comes after all.

    A job can be done again, with other values in the same arrays, as long as its engine runs and keeps kernels.
    """

    engine: Engine | None
    """Who does it; None is a plain one."""
    out: Array
    tasks: Sequence[Task]
    operations: int
    """About as many multiply-accumulates take as long."""
    last: Task | None = None
    first: Task | None = None
    """What is done before all tasks, which read what it makes."""

    def done(self) -> Array:
        """The result, once the tasks are done."""
        if self.first is not None:
            self.first()
        (self.engine or PLAIN_ENGINE).spread(self.tasks, self.operations)
        if self.last is not None:
            self.last()
        return self.out


def side_by_side(jobs: Sequence[Job]) -> Job:
    """One job of several whose results do not depend on one another; its own result is that of the first."""
    steps = [step for job in jobs for step in (job.first, job.last) if step is not None]
    if steps:
        tasks: Sequence[Task] = [in_turn([job.done for job in jobs])]
        return Job(jobs[0].engine, jobs[0].out, tasks, 0)
    tasks = [task for job in jobs for task in job.tasks]
    return Job(jobs[0].engine, jobs[0].out, tasks, sum(job.operations for job in jobs))


def in_turn(steps: Sequence[Task]) -> Task:
    """One task of several steps."""
    return steps[0] if len(steps) == 1 else _Steps(tuple(steps))


class _Steps:
    """Calls one step after the other."""

    def __init__(self, steps: tuple[Task, ...]) -> None:
        self.steps = steps

    def __call__(self) -> None:
        for step in self.steps:
            step()


def result(out: Array | None, shape: Sequence[int], dtype: Any) -> Array:
    """The array to fill: `out` if it was given, else a new one."""
    return np.empty(shape, dtype) if out is None else out
