"""Deals rounds out to workers until the time is over; kills a worker that does not come back."""

from __future__ import annotations

import math
import multiprocessing
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz.bounds import WALL_SECONDS
from fuzz.failures import keep, kind_of
from fuzz.rounds import ROUND_SECONDS, SHRINKING_SECONDS, Result, Task
from fuzz.worker import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

HANGING_SECONDS = 1.5 * WALL_SECONDS + SHRINKING_SECONDS
"""After so long a round is stuck where no alarm is heard."""
_PATIENCE = 5.0


@dataclass
class Tally:
    """Cases and failures so far, by attack."""

    cases: dict[str, int]
    failures: list[tuple[Task, str, Path]] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    """How often each kind of failure came; only the first of a kind is kept."""
    seconds: float = 0.0


@dataclass
class Worker:
    """A process, what it works on, and for how many seconds it was waited for."""

    process: BaseProcess
    tasks: Connection[Any, Any]
    scratch: Path
    task: Task | None = None
    waited: float = 0.0

    def give(self, task: Task) -> None:
        """The next round."""
        self.task, self.waited = task, 0.0
        self.tasks.send(task)


class Campaign:
    """Some attacks by one seed."""

    def __init__(self, attacks: tuple[str, ...], seed: int, kept: Path, jobs: int) -> None:
        self.attacks, self.seed, self.kept, self.jobs = attacks, seed, kept, jobs
        self.tally = Tally(dict.fromkeys(attacks, 0))
        self.base = Path(tempfile.mkdtemp(prefix="dftrace-fuzz-"))
        self.started = 0
        self.seconds = math.inf

    def rounds(self, seconds: float, only: int | None = None) -> Iterator[Tally]:
        """The tally after every round: of `seconds`, or of one round of every attack."""
        begun = time.monotonic()
        left = self.tasks(only)
        self.seconds = ROUND_SECONDS if only is None else math.inf
        workers = [self.start() for _ in range(self.jobs)]
        try:
            while busy := self.busy(workers, left, time.monotonic() - begun < seconds):
                for worker in self.answered(busy, workers):
                    self.count(worker)
                    self.tally.seconds = time.monotonic() - begun
                    yield self.tally
        finally:
            for worker in workers:
                worker.process.kill()
            shutil.rmtree(self.base, ignore_errors=True)

    def tasks(self, only: int | None) -> Iterator[Task]:
        """Round after round, the attacks in turn."""
        number = 0 if only is None else only
        while only is None or number == only:
            yield from (Task(name, self.seed, number) for name in self.attacks)
            number += 1

    def busy(self, workers: list[Worker], left: Iterator[Task], more: bool) -> list[Worker]:  # noqa: FBT001
        """Those who have work, once it is dealt out."""
        for worker in workers if more else ():
            task = None if worker.task else next(left, None)
            if task is not None:
                worker.give(replace(task, known=frozenset(self.tally.again)))
        return [worker for worker in workers if worker.task]

    def start(self) -> Worker:
        """A new worker with a folder of its own."""
        self.started += 1
        scratch = self.base / str(self.started)
        scratch.mkdir()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, str(scratch), self.seconds), daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours, scratch)

    def answered(self, busy: list[Worker], workers: list[Worker]) -> list[Worker]:
        """Workers that have something to say; one that hangs is replaced, and its task is a failure."""
        begun = time.monotonic()
        ready = wait([worker.tasks for worker in busy], timeout=_PATIENCE)
        for worker in busy:
            worker.waited += min(time.monotonic() - begun, _PATIENCE)  # more, and the machine itself stood still
            if worker.tasks not in ready and worker.waited > HANGING_SECONDS:
                self.lose(worker, "hangs where no signal is heard")
                workers[workers.index(worker)] = self.start()
        return [worker for worker in busy if worker.tasks in ready]

    def count(self, worker: Worker) -> None:
        """Take in a result, or that the worker died of the case."""
        try:
            result: Result = worker.tasks.recv()
        except EOFError:
            worker.process.join()
            self.lose(worker, f"the process died ({worker.process.exitcode})")
            fresh = self.start()
            worker.process, worker.tasks, worker.scratch = fresh.process, fresh.tasks, fresh.scratch
            return
        self.tally.cases[result.task.attack] += result.cases
        self.tally.again += result.again
        if result.failure:
            self.note(result.task, result.failure, Path(result.kept))
        worker.task = None

    def lose(self, worker: Worker, what: str) -> None:
        """Give a worker up, and keep the files of the case that it was at."""
        worker.process.kill()
        task, worker.task = worker.task, None
        if task is not None:
            self.note(task, what, worker.scratch / "case")

    def note(self, task: Task, failure: str, files: Path) -> None:
        """Keep a failure, if it is the first of its kind."""
        kind = kind_of(task.attack, failure)
        self.tally.again[kind] += 1
        if self.tally.again[kind] > 1:
            return
        self.tally.failures.append((task, failure, keep(task, failure, files, self.kept)))
