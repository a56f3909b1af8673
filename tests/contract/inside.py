"""The command called in this process: what a process of its own would write, without starting one.

`test_process.py` holds the two side by side. What only a process can show (its start, what it imports, its signals, its
file descriptors) is tested in one: `shell.process`.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import struct
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from unittest.mock import patch

import pytest

from dataflow_cli.cli import streams

CONFUSING = frozenset(
    {
        *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"),
        *("PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE"),
    }
)
"""What the caller's environment may hold and no test wants."""
POSIX = "only POSIX has it"
"""Why a test is skipped on Windows."""
SECONDS = 60
"""After which a command is taken to hang."""


class Done(NamedTuple):
    """What a command answered."""

    returncode: int
    stdout: bytes
    stderr: bytes


class Kept(io.BytesIO):
    """What has been written can be read when the stream around it has gone."""

    def close(self):
        pass


def environment(**changes):
    """The environment of a plain user, changed; None removes a variable."""
    plain = {name: value for name, value in os.environ.items() if name not in CONFUSING and not name.startswith("LC_")}
    wanted = plain | {"LANG": "C.UTF-8", "TERM": "xterm"} | changes
    return {name: value for name, value in wanted.items() if value is not None}


def dftrace(*arguments, stdin=b"", env=None, cwd=None):
    """What the command answers: returncode, stdout and stderr as bytes."""
    out = Kept()
    code, said = _answer(arguments, out, stdin, env, cwd)
    return Done(code, out.getvalue(), said)


def dftrace_into(descriptor, *arguments):
    """What the command answers whose stdout is this descriptor: nothing arrives in the answer's stdout."""
    with open(descriptor, "wb", buffering=0, closefd=False) as out:
        code, said = _answer(arguments, out, b"", None, None)
    return Done(code, b"", said)


def text_of(*arguments, **settings):
    """The text that the command writes to stdout; it must succeed."""
    done = dftrace(*arguments, **settings)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def in_terminal(*arguments, columns=80, env=None, cwd=None, clock=lambda: 0.0):
    """What the command writes to a terminal (stdout and stderr alike) of so many columns, and its exit code.

    On the clock of the progress bar no time passes, however busy the machine is.
    """
    ours, theirs = opened_terminal(columns)
    written = []
    reader = Thread(target=lambda: written.extend(iter(lambda: read_terminal(ours), b"")))
    reader.start()
    try:
        with ExitStack() as opened, patch("dataflow_cli.cli.progress.monotonic", clock):
            standard = [
                opened.enter_context(open(theirs, mode, encoding="utf-8", errors=errors, closefd=False))
                for mode, errors in (("r", "surrogateescape"), ("w", "surrogateescape"), ("w", "backslashreplace"))
            ]
            code = _exit_code(arguments, standard, environment(**(env or {})), cwd)
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return b"".join(written).decode().replace("\r\n", "\n"), code


def _answer(arguments, out, stdin, env, cwd):
    surroundings = environment(**(env or {}))
    encoding = _encoding(surroundings)
    err = Kept()
    standard = [
        io.TextIOWrapper(io.BytesIO(stdin), encoding=encoding, errors="surrogateescape"),
        io.TextIOWrapper(out, encoding=encoding, errors="surrogateescape"),
        io.TextIOWrapper(err, encoding=encoding, errors="backslashreplace"),
    ]
    code = _exit_code(arguments, standard, surroundings, cwd)
    return code, err.getvalue()


def opened_terminal(columns):
    """Both ends of a terminal of so many columns: the one of who looks, and the one of the program.

    Where a system has none that a program can open, the test that asked is skipped.
    """
    pty, fcntl, termios = (pytest.importorskip(name, reason=POSIX) for name in ("pty", "fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return ours, theirs


def read_terminal(descriptor):
    """What has been written to a terminal; nothing once nobody can write to it any more."""
    try:
        return os.read(descriptor, 65536)
    except OSError as error:  # Linux says so when the last writer has gone
        if error.errno == errno.EIO:
            return b""
        raise


def _encoding(surroundings):
    """The one that Python gives its standard streams."""
    asked = surroundings.get("PYTHONIOENCODING")
    plain = surroundings.get("LC_ALL") in ("C", "POSIX") and surroundings.get("PYTHONUTF8") == "0"
    return asked or ("ascii" if plain else "utf-8")


def _exit_code(arguments, standard, surroundings, cwd):
    from dataflow_cli.cli import output
    from dataflow_cli.commands import main

    with ExitStack() as undo:
        undo.enter_context(patch.object(sys, "argv", ["dftrace", *map(str, arguments)]))
        for name, stream in zip(("stdin", "stdout", "stderr"), standard, strict=True):
            undo.enter_context(patch.object(sys, name, stream))
            undo.enter_context(patch.object(sys, f"__{name}__", stream))  # of which Python asks the terminal's width
        undo.enter_context(patch.dict(os.environ, surroundings, clear=True))
        for module in (main, output):
            undo.enter_context(patch.object(module, "abandon", lambda number: _abandon(standard[number])))
        undo.enter_context(_working_folder(cwd or Path.cwd()))
        undo.enter_context(_in_time())
        try:
            main.main()
        except SystemExit as leave:
            for stream in standard[1:]:
                stream.flush()
            return leave.code
    return None


def _abandon(stream):
    """As the command does with its numbers 1 and 2, which are pytest's here."""
    with suppress(io.UnsupportedOperation):  # a stream in memory never fails
        streams.abandon(stream.fileno())


@contextmanager
def _working_folder(folder):
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _in_time():
    def late(_signal, _frame):
        pytest.fail(f"the command takes longer than {SECONDS} s")

    if not hasattr(signal, "SIGALRM"):  # on Windows a command that hangs hangs
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
