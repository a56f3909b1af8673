"""Runs other programs and measures them: wall time and peak memory of a whole process, or answers of a worker."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent
SCRATCH = ROOT / "build" / "benchmarks"
DFTRACE = (sys.executable, "-c", "from dataflow_cli.__main__ import main; main()")
"""What the installed program `dftrace` does."""
CLOCK = "DFTRACE_BENCHMARK_CLOCK"
"""The variable that names the function of `time` that workers look at, if it is not `perf_counter`."""
_UNWANTED = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"})
"""Variables that would slow every Python program down."""


class Failed(Exception):  # noqa: N818  it reads as what it says
    """A program that is measured did not do its work."""


@dataclass(frozen=True)
class Finished:
    """A process that has ended."""

    seconds: float
    peak_bytes: int


def run(command: Sequence[str], threads: int | None = None) -> Finished:
    """Run a program to its end. Raises Failed, with what it said, if it ends badly."""
    started = perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(threads), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    errors = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    took = perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{' '.join(command)}: {_last(errors) or process.returncode}")
    return Finished(took, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def seconds(command: Sequence[str], threads: int | None = None) -> float:
    """How long a program takes. Raises Failed as `run` does."""
    return run(command, threads).seconds


def python(*code: str) -> tuple[str, ...]:
    """A command that runs Python with these arguments."""
    return (sys.executable, *code)


def peer(name: str, *arguments: object) -> tuple[str, ...]:
    """A command that runs a script of the folder `peers`."""
    return python(str(HERE / "peers" / f"{name}.py"), *map(str, arguments))


def dftrace(*arguments: object) -> tuple[str, ...]:
    """A command that runs our program."""
    return (*DFTRACE, *map(str, arguments))


class Worker:
    """A process that does one thing over and over, and tells how long it took each time.

    Workers get ready side by side; a first turn of each, before anything is measured, waits for all of them.
    """

    def __init__(self, engine: str, network: str, samples: int, threads: int) -> None:
        self.name = f"{engine} {network}"
        self.process = subprocess.Popen(
            python(str(HERE / "worker.py"), engine, network, str(samples), str(threads)),
            cwd=ROOT,
            env=environment(threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self) -> float:
        """Seconds of one more turn, once it is ready. Raises Failed if the worker has ended."""
        self.start()
        return self.finish()

    def start(self) -> None:
        """Begin a turn."""
        if self.process.stdin is None:
            raise Failed(self.name)
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        except OSError:
            raise self._failed() from None

    def finish(self) -> float:
        """Seconds of the turn that was begun. Raises Failed if the worker has ended."""
        if self.process.stdout is None:
            raise Failed(self.name)
        try:
            return float(self.process.stdout.readline())
        except ValueError:
            raise self._failed() from None

    def _failed(self) -> Failed:
        """What the worker said at its end."""
        return Failed(f"{self.name}: {_last(self.process.stderr.read() if self.process.stderr else '')}")

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def environment(threads: int | None = None) -> dict[str, str]:
    """Ours, with as many threads for every library as are measured, the package to be found, and bytecode kept."""
    found = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    found |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(SCRATCH / "bytecode"), "KERAS_BACKEND": "torch"}
    return found if threads is None else found | {"OMP_NUM_THREADS": str(threads)}


def _last(errors: str) -> str:
    """What a program says at the end, if it says anything: two lines, for an error and how to fix it."""
    return " / ".join(errors.strip().splitlines()[-2:])
