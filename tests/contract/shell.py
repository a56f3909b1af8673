"""The real command in a process of its own, and small networks to give it."""

from __future__ import annotations

import errno
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from fcntl import ioctl
from pathlib import Path

DFTRACE = Path(sys.executable).parent / "dftrace"
ROOT = Path(__file__).parents[2]
MNIST = ROOT / "configs" / "mnist-cnn.yaml"
SEVEN = ROOT / "configs" / "digits" / "7.png"
CONFUSING = frozenset(
    {
        *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"),
        *("PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE"),
    }
)
"""What the caller's environment may hold and no test wants."""

TINY = """\
dftrace: 1
name: tiny
input: {shape: [2], example: [1, 2]}
classes: [left, right]
layers:
  - {type: dense, units: 2, activation: softmax, weights: {kernel: [[1, 0], [0, 1]], bias: [0, 0]}}
"""

OVERFLOWING = """\
dftrace: 1
name: overflowing
input: {shape: [2], example: [1.0e+38, -1.0e+38]}
layers:
  - {type: dense, name: calm, units: 2, weights: {kernel: [[1, 0], [0, 1]], bias: 0}}
  - {type: dense, name: burst, units: 2, weights: {kernel: [[1.0e+38, 0], [0, 1.0e+38]], bias: 0}}
  - {type: subtract, name: void, inputs: [burst, burst]}
"""
"""In float32, `burst` puts out infinity and minus infinity, `void` NaN."""


def environment(**changes):
    """The environment of a plain user, changed; None removes a variable."""
    plain = {name: value for name, value in os.environ.items() if name not in CONFUSING and not name.startswith("LC_")}
    wanted = plain | {"LANG": "C.UTF-8", "TERM": "xterm"} | changes
    return {name: value for name, value in wanted.items() if value is not None}


def dftrace(*arguments, stdin=b"", env=None, cwd=None, timeout=60, **settings):
    """What the command answers: returncode, stdout and stderr as bytes."""
    return subprocess.run(
        [DFTRACE, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment(**(env or {})),
        cwd=cwd,
        timeout=timeout,
        check=False,
        **settings,
    )


def text_of(*arguments, **settings):
    """The text that the command writes to stdout; it must succeed."""
    done = dftrace(*arguments, **settings)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def python(code, env=None):
    """What a Python program prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment(**(env or {})), check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def in_terminal(*arguments, columns=80, env=None, timeout=60):
    """What the command writes to a terminal (stdout and stderr alike) of so many columns, and its exit code."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [DFTRACE, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**(env or {}))
    )
    os.close(theirs)
    watch = threading.Timer(timeout, process.kill)
    watch.start()
    try:
        written = b"".join(iter(lambda: _read(ours), b""))
        code = process.wait()
    finally:
        watch.cancel()
        os.close(ours)
    return written.decode().replace("\r\n", "\n"), code


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError as error:  # Linux says so when the last writer has gone
        if error.errno == errno.EIO:
            return b""
        raise


def written(folder, text, name="net.yaml"):
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
