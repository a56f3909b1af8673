"""Files and folders that stand beside what they are to become, and what is left of them if their program was killed.

Each is locked for as long as it is needed. The lock goes with the program, however that ends, so what nobody has locked
is dead, and whoever writes in its folder next clears it away.
"""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dataflow_cli.files.unfinished import undone_unless_finished
from dataflow_cli.lazy import pattern

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

BESIDE = ".dftrace-"
"""How their names begin."""
_NAME = pattern(re.escape(BESIDE) + r"[0-9a-f]{16}(\.tmp)?")
_OLD = 3600.0
"""Seconds after which something is taken for dead where nothing can be locked."""
_LOOK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def temporary_file(folder: Path, *, private: bool = False) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file and a stream into it; it is removed if the block fails, and to be moved away before it ends.

    Its mode is what the umask leaves; if `private`, nobody else may look into it.
    """
    clear_dead(folder)
    while True:
        path = folder / f"{_new_name()}.tmp"
        with undone_unless_finished(partial(_remove, path)), _created(path, private=private) as stream:
            if _lock(stream.fileno()) is not False and path.exists():
                yield path, stream
                return


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """A new folder that goes with all that is still in it when the block ends."""
    import shutil  # noqa: F401  removing it must not have to wait for an import that a signal has interrupted

    clear_dead(folder)
    while True:
        path = folder / _new_name()
        with undone_unless_finished(partial(_remove, path)):
            path.mkdir()
            with _looked_at(path) as lock:
                if lock is not False and path.exists():
                    yield path
                    _remove(path)
                    return


def clear_dead(folder: Path) -> None:
    """Remove what killed programs have left in a folder. What cannot be removed stays."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(BESIDE) and _NAME.fullmatch(entry.name):
                _clear_if_dead(Path(entry.path))


def _clear_if_dead(path: Path) -> None:
    with suppress(OSError), _looked_at(path) as lock:
        if lock or (lock is None and time.time() - path.lstat().st_mtime > _OLD):
            _remove(path)


def _new_name() -> str:
    return f"{BESIDE}{os.urandom(8).hex()}"


def _created(path: Path, *, private: bool) -> BinaryIO:
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600 if private else 0o666))


@contextmanager
def _looked_at(path: Path) -> Iterator[bool | None]:
    """Whether the lock of a file or folder is ours for the time of the block; None where there are no locks."""
    if sys.platform == "win32":
        yield None
        return
    descriptor = os.open(path, _LOOK)
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Whether the lock is ours now; it goes when the descriptor is closed. None where there are no locks."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that knows none
        return None
    return True


def _remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; if it cannot be, it stays for whoever comes next."""
    from shutil import rmtree

    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
