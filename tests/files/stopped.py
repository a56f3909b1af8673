"""A program that is stopped at each of its steps in turn."""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from itertools import count

from dataflow_cli.__main__ import _heed_signals

STEPS = ("import", "open", "ctypes", "os.", "shutil.", "fcntl.")
"""Events of Python's audit after which something is another than before."""
SIGNALS = [getattr(signal, name) for name in ("SIGKILL", "SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def stopped_at_each_step(work, number):
    """Forks a program that does the work and gets the signal at one of its steps, the next step each time.

    Yields its exit code (negative for what ended it) each time, until it comes through.
    """
    for step in count():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # threads of other tests do not matter: the child has only this one
            child = os.fork()
        if child == 0:
            _work_until(work, number, step)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            return
        yield code


def _work_until(work, number, last):
    """Never comes back."""
    code = 99
    gc.disable()  # it would touch, and so copy, all that the tests hold
    try:
        for one in SIGNALS[1:]:
            signal.signal(one, signal.default_int_handler if one == signal.SIGINT else signal.SIG_DFL)
        _heed_signals()
        sys.modules.pop("shutil", None)  # what a program imports late may be imported when the signal comes
        steps = count()

        def at_a_step(event, _arguments):
            if event.startswith(STEPS) and next(steps) == last:
                os.kill(os.getpid(), number)

        sys.addaudithook(at_a_step)
        work()
        code = 0
    finally:
        os._exit(code)
