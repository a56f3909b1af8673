"""Writing a file that appears whole or not at all: write beside it, then rename."""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable, reason
from dataflow_cli.files.temporary import BESIDE, temporary_file
from dataflow_cli.lazy import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer

_OPEN_STREAM = pattern(r"/dev/(?:(stdout)|(stderr)|fd/([0-9]{1,9}))")
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A binary stream whose bytes become the file at `path` when the block ends without an error.

    After an error, an interrupt included, the old file is untouched and nothing is left beside it; what a program that
    was killed has left there is cleared away. Symbolic links are followed, an existing file keeps its mode and its
    owner, a new one gets what the umask leaves. Pipes and devices (`/dev/stdout`) are written directly, from the first
    byte to the last: there is no going back in them.

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
        return _forward(os.dup(number))
    target = Path(os.path.realpath(path))
    status = target.stat() if target.exists() else None
    if status is None or stat.S_ISREG(status.st_mode):
        return _replacing(target, status)
    return _forward(os.open(path, os.O_WRONLY))


@contextmanager
def _replacing(target: Path, before: os.stat_result | None) -> Iterator[BinaryIO]:
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "permission denied", str(target))
    with temporary_file(target.parent, private=before is not None) as (beside, stream):
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
        if before is not None:
            _make_like(beside, before)
        if os.name == "nt":
            stream.close()  # where a file that is open cannot be moved
        beside.replace(target)


def _make_like(path: Path, before: os.stat_result) -> None:
    """Give a file the owner, as far as that is allowed, and the mode of the one it replaces."""
    now = path.stat()
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(OSError):
            os.chown(path, before.st_uid, before.st_gid)
    path.chmod(stat.S_IMODE(before.st_mode))


class _Forward(io.RawIOBase):
    """A pipe, a device, or a stream that others have opened. Some let one go back and do nothing of what it is for."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        return os.write(self._descriptor, data)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _forward(descriptor: int) -> BinaryIO:
    return cast("BinaryIO", io.BufferedWriter(_Forward(descriptor)))


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
        message, hint = refusal(path, error)
        raise OutputError(f"{printable(path)}: {message}", hint=hint) from error


def _about(path: Path, error: OSError) -> bool:
    """Whether the error is of this output, not of a file that the block read meanwhile."""
    if error.filename is None:
        return True
    found, target = Path(os.fsdecode(error.filename)), Path(os.path.realpath(path))
    return found in (path, target) or (found.parent == target.parent and found.name.startswith(BESIDE))


def refusal(path: Path, error: OSError) -> tuple[str, str]:
    """What the operating system says against writing to `path`, and what to do about it."""
    if isinstance(error, FileNotFoundError) and path.parent.is_dir():
        return "no file can be made in this folder", "write elsewhere"
    if isinstance(error, FileNotFoundError):
        return "its folder does not exist", f"create it first: mkdir -p {printable(path.parent)}"
    if isinstance(error, IsADirectoryError):
        return "is a folder, expected a file", "add a file name"
    if isinstance(error, PermissionError):
        return "permission denied", "check who may write there, or write elsewhere"
    if error.errno in _FULL:
        return "no space left on the device", "free some space, or write elsewhere"
    return reason(error)
