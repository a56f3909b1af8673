"""The real command line inside this process, with streams of its own."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from unittest.mock import patch

from fuzz.bounds import PEAK_MIB, bounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    words: tuple[str, ...]
    code: int
    out: bytes
    err: bytes
    crash: str = ""
    """The traceback of what passed the one place that catches."""
    seconds: float = 0.0
    """Of computing, the command alone."""

    @property
    def messages(self) -> str:
        """Its stderr as text."""
        return self.err.decode(errors="replace")

    @property
    def first(self) -> str:
        """The first line of its stderr."""
        return self.messages.partition("\n")[0]


def dftrace(
    words: Sequence[str], *, stdin: bytes = b"", encoding: str = "utf-8", mebibytes: float = PEAK_MIB
) -> Answer:
    """Call the program as its entry point does. Raises Finding for what takes too long or too much."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with (
            _streams(out, err, stdin, encoding),
            patch.object(sys, "argv", ["dftrace", *words]),
            bounded(mebibytes=mebibytes),
        ):
            started = time.process_time()
            code, crash = _called()
            seconds = time.process_time() - started
        return Answer(tuple(words), code, _content(out), _content(err), crash, seconds)


def _called() -> tuple[int, str]:
    from dataflow_cli.commands.main import main

    try:
        main()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1, ""
    except Exception:  # noqa: BLE001  whatever it is, it is a finding
        return -1, traceback.format_exc()


@contextmanager
def _streams(out: IO[bytes], err: IO[bytes], stdin: bytes, encoding: str) -> Iterator[None]:
    """The standard streams are these files, as Python would open them."""

    def text(stream: Any, errors: str) -> io.TextIOWrapper:
        return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")

    with ExitStack() as stack:
        stack.callback(_give_back, os.dup(1))
        written = [text(out, "strict"), text(err, "backslashreplace")]
        stack.enter_context(patch.object(sys, "stdin", text(io.BytesIO(stdin), "strict")))
        stack.enter_context(patch.object(sys, "stdout", written[0]))
        stack.enter_context(patch.object(sys, "stderr", written[1]))
        try:
            yield
        finally:
            for stream in written:
                stream.flush()
                stream.detach()


def _give_back(stdout: int) -> None:
    """The process's own stdout, which a failing command points at nothing."""
    os.dup2(stdout, 1)
    os.close(stdout)


def _content(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()
