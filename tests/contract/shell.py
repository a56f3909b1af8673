"""The real command in a process of its own, small networks to give it, and the quick way to call it (`inside`)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.contract.inside import (
    SECONDS,
    dftrace,
    dftrace_into,
    environment,
    in_terminal,
    opened_terminal,
    read_terminal,
    text_of,
)

__all__ = ["dftrace", "dftrace_into", "environment", "in_terminal", "text_of"]

DFTRACE = Path(sys.executable).parent / "dftrace"
ROOT = Path(__file__).parents[2]
MNIST = ROOT / "configs" / "mnist-cnn.yaml"
SEVEN = ROOT / "configs" / "digits" / "7.png"
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


def process(*arguments, stdin=b"", env=None, cwd=None, **settings):
    """What the command answers in a process of its own: returncode, stdout and stderr as bytes."""
    return subprocess.run(
        [DFTRACE, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment(**(env or {})),
        cwd=cwd,
        timeout=SECONDS,
        check=False,
        **settings,
    )


def python(code, env=None):
    """What a Python program prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment(**(env or {})), check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def process_in_terminal(*arguments, columns=80, env=None):
    """What the command in a process of its own writes to a terminal of so many columns, and its exit code."""
    ours, theirs = opened_terminal(columns)
    process = subprocess.Popen(
        [DFTRACE, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**(env or {}))
    )
    os.close(theirs)
    watch = threading.Timer(SECONDS, process.kill)
    watch.start()
    try:
        written = b"".join(iter(lambda: read_terminal(ours), b""))
        code = process.wait()
    finally:
        watch.cancel()
        os.close(ours)
    return written.decode().replace("\r\n", "\n"), code


def written(folder, text, name="net.yaml"):
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
