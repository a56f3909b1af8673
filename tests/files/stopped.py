"""A program that is stopped at each of its steps in turn.

The programs are forked by a small one that is started for it: a process that runs tests has far more memory, which each
fork would take over.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

from dataflow_cli.__main__ import _heed_signals
from dataflow_cli.files import together
from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.files.together import write_together

ROOT = Path(__file__).parents[2]
STEPS = ("import", "open", "ctypes", "os.", "shutil.", "fcntl.")
"""Events of Python's audit after which something is another than before."""
SIGNALS = [getattr(signal, name) for name in ("SIGKILL", "SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def stopped_at_each_step(number, work, *arguments):
    """Forks a program that does the work and gets the signal at one of its steps, the next step each time.

    Yields its exit code (negative for what ended it) each time, until it comes through.
    """
    forking = [sys.executable, "-c", "from tests.files.stopped import fork; fork()"]
    with subprocess.Popen(forking, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as forks:
        pickle.dump((number, work, arguments), forks.stdin)
        forks.stdin.flush()
        while code := int(forks.stdout.readline()):
            yield code
            forks.stdin.write(b"\n")
            forks.stdin.flush()


def write_one(path, content):
    with atomic_write(path) as stream:
        stream.write(content)


def write_all(files, folder):
    write_together(files, folder, overwrite=True)


def write_one_by_one(files, folder):
    """As on a system where two folders cannot change places."""
    together.exchange = lambda *_: False
    write_all(files, folder)


def fork():
    """The small program: for every line that it reads one that is stopped, a step later each time."""
    number, work, arguments = pickle.load(sys.stdin.buffer)
    for step in count():
        child = os.fork()
        if child == 0:
            _work_until(lambda: work(*arguments), number, step)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, flush=True)  # noqa: T201  to the test
        if code == 0 or not sys.stdin.buffer.readline():
            return


def _work_until(work, number, last):
    """Never comes back."""
    code = 99
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
