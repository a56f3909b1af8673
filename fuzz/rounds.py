"""A round: some cases of one attack by one seed. Hypothesis draws them and makes smaller what fails."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from fuzz.attacks import attack
from fuzz.bounds import OverTimeError
from fuzz.case import Case
from fuzz.failures import kind_of
from fuzz.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES = 24
"""Cases of a round, unless one fails: few, so that the time is kept and a round is soon run again."""
ROUND_SECONDS = 8.0
"""After so long a round begins no more cases; one that is run again has all of them."""
SHRINKING_SECONDS = 15.0


@dataclass(frozen=True)
class Task:
    """Which round of which attack."""

    attack: str
    seed: int
    number: int
    known: frozenset[str] = frozenset()
    """Kinds of failures that were seen before: they are counted, and the round goes on."""

    @property
    def number_of_chance(self) -> int:
        """What makes the round's cases what they are."""
        return int.from_bytes(hashlib.sha256(f"{self.attack} {self.seed} {self.number}".encode()).digest()[:8])


@dataclass(frozen=True)
class Result:
    """How many cases ran, and what the smallest that failed says; its files lie in the folder `kept`."""

    task: Task
    cases: int
    failure: str = ""
    kept: str = ""
    again: Counter[str] = field(default_factory=Counter)
    """How often failures of known kinds came."""


class _EnoughError(KeyboardInterrupt):
    """Time is over: what Hypothesis stops for at once, and does not take for a failure."""


class Round:
    """Runs the cases of one task, each in the same emptied folder."""

    def __init__(self, task: Task, scratch: Path, seconds: float = math.inf) -> None:
        self.task = task
        self.folder = scratch / "case"
        self.kept = scratch / "kept"
        self.cases = 0
        self.failure = ""
        self.smallest = 0
        self.until = time.monotonic() + seconds
        self.again: Counter[str] = Counter()

    def run(self) -> Result:
        """All cases, then smaller and smaller ones if one fails."""
        attacked = attack(self.task.attack)

        @seed(self.task.number_of_chance)
        @settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=Verbosity.quiet,
        )
        @given(st.randoms(use_true_random=False), st.data())
        def one(rng, data):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            if time.monotonic() > self.until:
                raise _EnoughError
            self.try_case(attacked, Case(rng, data, self.emptied()))

        try:
            one()
        except _EnoughError:
            pass
        except Exception as error:  # noqa: BLE001  the failure itself, or that it did not come twice
            self.failure = self.failure or f"{self.task.attack} itself: {error!r}\n{traceback.format_exc()}"
        return Result(self.task, self.cases, self.failure, str(self.kept) if self.failure else "", self.again)

    def try_case(self, attacked: Callable[[Case], None], case: Case) -> None:
        """One case; what it raises is kept if it is smaller than what was kept before."""
        if not self.failure:
            self.cases += 1
        try:
            attacked(case)
        except OverTimeError:
            raise Finding("time ran out between two commands") from None
        except Exception as error:
            if _of_hypothesis(error):
                raise
            said = str(error) if isinstance(error, Finding) else f"{_last(error)}\n{traceback.format_exc()}"
            if not self.is_known(said):
                self.keep(said)
                raise

    def is_known(self, failure: str) -> bool:
        """Count a failure of a kind that was seen before."""
        kind = kind_of(self.task.attack, failure)
        if kind in self.task.known:
            self.again[kind] += 1
        return kind in self.task.known

    def keep(self, failure: str) -> None:
        """Hold on to a failure and its files."""
        if not self.failure:
            self.until = time.monotonic() + SHRINKING_SECONDS
        size = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        if self.failure and size >= self.smallest:
            return
        self.failure, self.smallest = failure, size
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(self.folder, self.kept, symlinks=True, ignore=shutil.ignore_patterns("pipe*"))

    def emptied(self) -> Path:
        """The case's folder with nothing in it, as the current one."""
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        os.chdir(self.folder)
        return self.folder


def _last(error: Exception) -> str:
    """The error, and the innermost place of ours or of dftrace's."""
    step = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {step.name}: {error}".splitlines()[0]


def _of_hypothesis(error: Exception) -> bool:
    """Whether Hypothesis steers by it: a case that is too long, or stopped."""
    return type(error).__module__.startswith("hypothesis")
