"""Where the program `dftrace` starts, also as `python -m dataflow_cli`: what comes before anything is imported."""

import _signal  # type: ignore[import-not-found]  # `signal` would first make enumerations, and time for a traceback
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_COLLECT_AFTER = 100_000
"""New objects after which Python looks for some that only hold each other: more than what a short run imports."""
_STOPPING = [getattr(_signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(_signal, name)]
"""What asks a program to stop: Ctrl-C, `kill`, a terminal that was closed (Windows knows no such)."""
_KILLED = 128
"""Exit codes above it say which signal ended a program: 130 is SIGINT, 143 SIGTERM, 129 SIGHUP."""


def main() -> "NoReturn":
    """Run the command line and leave with its exit code."""
    _heed_signals()
    _collect_rarely()
    from dataflow_cli.commands import main as command_line

    command_line.main()


def _heed_signals() -> None:
    """Leave at once, without a word, when told to; what the caller ignores (a job in the background) stays ignored."""
    for number in _STOPPING:
        if _signal.getsignal(number) in (_signal.SIG_DFL, _signal.default_int_handler):
            _signal.signal(number, _leave)


def _leave(number: int, _frame: object) -> None:
    """Take back what is unfinished, and go. It may be called anywhere, so nothing is raised that others could catch."""
    for one in _STOPPING:
        _signal.signal(one, _signal.SIG_IGN)
    undo_all = getattr(sys.modules.get("dataflow_cli.files.unfinished"), "undo_all", None)
    if undo_all is not None:  # else nothing has been begun that needs it
        undo_all()
    os._exit(_KILLED + number)


def _collect_rarely() -> None:
    """Spare a short program the search for garbage: often while it imports, and once over everything at its end.

    Nothing waits for that search: a tensor is let go with the last name for it, and a file is closed by who opened it.
    """
    import atexit
    import gc

    gc.set_threshold(_COLLECT_AFTER)
    atexit.register(gc.freeze)


if __name__ == "__main__":
    main()
