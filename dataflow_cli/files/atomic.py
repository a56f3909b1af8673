"""Writing a file that appears whole or not at all: write beside it, then rename."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN_STREAM = re.compile(r"/dev/(?:(stdout)|(stderr)|fd/([0-9]{1,9}))")
_BESIDE = ".dftrace-"
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A binary stream whose bytes become the file at `path` when the block ends without an error.

    After an error, a KeyboardInterrupt included, the old file is untouched and nothing is left beside it. Symbolic
    links are followed, an existing file keeps its mode, a new one gets what the umask leaves. Pipes and devices
    (`/dev/stdout`) are written directly.

    Raises:
        OutputError: if the file cannot be written.
        BrokenPipeError: if the reader of a pipe has gone.
    """
    if str(path).endswith(("/", os.sep)):
        raise OutputError(f"{printable(path)}: is a folder, expected a file", hint="add a file name")
    with _explained(Path(path)), _opened(Path(path)) as stream:
        yield stream


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    if match := _OPEN_STREAM.fullmatch(str(path)):
        number = 1 if match[1] else 2 if match[2] else int(match[3])
        return os.fdopen(os.dup(number), "wb")
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode if target.exists() else None
    if mode is None or stat.S_ISREG(mode):
        return _replacing(target, mode)
    return os.fdopen(os.open(path, os.O_WRONLY), "wb")


@contextmanager
def _replacing(target: Path, mode: int | None) -> Iterator[BinaryIO]:
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "permission denied", str(target))
    beside = target.with_name(f"{_BESIDE}{os.urandom(8).hex()}.tmp")
    try:
        with beside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            beside.chmod(stat.S_IMODE(mode))
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what the operating system says about this output into an OutputError; other files' errors pass."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if not _about(path, error):
            raise
        message, hint = _said(path, error)
        raise OutputError(f"{printable(path)}: {message}", hint=hint) from error


def _about(path: Path, error: OSError) -> bool:
    """Whether the error is of this output, not of a file that the block read meanwhile."""
    if error.filename is None:
        return True
    found, target = Path(os.fsdecode(error.filename)), Path(os.path.realpath(path))
    return found in (path, target) or (found.parent == target.parent and found.name.startswith(_BESIDE))


def _said(path: Path, error: OSError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return "its folder does not exist", f"create it first: mkdir -p {printable(path.parent)}"
    if isinstance(error, IsADirectoryError):
        return "is a folder, expected a file", "add a file name"
    if isinstance(error, PermissionError):
        return "permission denied", "check who may write there, or write elsewhere"
    if error.errno in _FULL:
        return "no space left on the device", "free some space, or write elsewhere"
    return reason(error)
