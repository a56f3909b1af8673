"""Holds a piece of work to its time and memory, from inside the process that does it."""

from __future__ import annotations

import resource
import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

MIB = 2**20
CPU_SECONDS = 10.0
"""The most computing that one command may take."""
WALL_SECONDS = 300.0
"""The most that it may take altogether: a machine may be busy with thirty times as much."""
IDLE_SECONDS, IDLE_SHARE = 15.0, 0.02
"""Who has computed for no more than this share of the time, after so long, waits for what never comes."""
PEAK_MIB = 600
"""The most memory that one command may take beside what the process had."""
ADDRESS_SPACE_MIB = 8 * 1024
FILE_MIB = 256
_AGAIN = 1.0
"""Seconds after which the alarm goes off again, if something caught the first."""
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class OverTimeError(BaseException):
    """Time is over. No Exception, so that nobody takes it for an error of the work."""


def limit_process() -> None:
    """What no worker may pass, whatever happens: addresses, the size of a file."""
    for what, mebibytes in ((resource.RLIMIT_AS, ADDRESS_SPACE_MIB), (resource.RLIMIT_FSIZE, FILE_MIB)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (mebibytes * MIB, hard))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@contextmanager
def bounded(seconds: float = CPU_SECONDS, mebibytes: float = PEAK_MIB) -> Iterator[None]:
    """Raise a Finding if the block takes more of either."""
    before = _reset_peak()
    try:
        with _alarms(seconds):
            yield
    except OverTimeError as over:
        raise Finding(str(over), _where(over)) from None
    taken = (_peak() - before) / MIB
    if taken > mebibytes:
        raise Finding(f"takes {taken:,.0f} MiB, {mebibytes:,.0f} are allowed")


@contextmanager
def _alarms(seconds: float) -> Iterator[None]:
    started, begun = time.process_time(), time.monotonic()

    def computed(_number: int, _frame: FrameType | None) -> None:
        raise OverTimeError(f"computes for over {seconds:g} s")

    def waited(_number: int, _frame: FrameType | None) -> None:
        used, passed = time.process_time() - started, time.monotonic() - begun
        if passed > WALL_SECONDS:
            raise OverTimeError(f"takes over {WALL_SECONDS:g} s")
        if used < IDLE_SHARE * passed:
            raise OverTimeError("waits for what does not come")

    try:
        signal.signal(signal.SIGPROF, computed)
        signal.signal(signal.SIGALRM, waited)
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
        signal.setitimer(signal.ITIMER_REAL, IDLE_SECONDS, IDLE_SECONDS)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _where(over: BaseException) -> str:
    """The innermost functions in which time ran out."""
    names, step = [], over.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        names.append(f"{Path(code.co_filename).name}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return "in " + " > ".join(names[-6:-1])


def _reset_peak() -> int:
    """Forget the peak so far; the bytes that the process has."""
    with suppress(OSError):  # then the peak only grows, and a case counts what it adds to it
        _CLEAR.write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    """The most bytes that the process had."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
