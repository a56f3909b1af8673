"""Several files that appear in a folder all together or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.files.problem import printable, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BESIDE = ".dftrace-"


def write_together(files: Mapping[str, bytes], folder: Path, *, overwrite: bool = False) -> None:
    """Write files, by their paths relative to `folder`, which is made if it is not there.

    They are written out beside their places first and moved there last, so whatever fails, a full disk or
    KeyboardInterrupt included, leaves the folder as it was.

    Raises:
        OutputError: if one of the files is there already and not to be overwritten, or cannot be written.
    """
    _refuse_taken(files, folder, overwrite=overwrite)
    stage = folder / f"{_BESIDE}{os.urandom(8).hex()}"
    with _explained(folder), ExitStack() as undo:
        _make_folder(folder, undo)
        undo.callback(shutil.rmtree, stage, ignore_errors=True)
        for name, content in files.items():
            _write(stage / "new" / name, content)
        for name in files:
            _make_folder((folder / name).parent, undo)
            _set_aside(folder / name, stage / "old" / name, undo)
            _move(stage / "new" / name, folder / name, undo)
        undo.pop_all()
    shutil.rmtree(stage, ignore_errors=True)


def _refuse_taken(files: Mapping[str, bytes], folder: Path, *, overwrite: bool) -> None:
    taken = [folder / name for name in files if os.path.lexists(folder / name)]
    for path in taken:
        if path.is_dir():
            raise OutputError(f"{printable(path)}: is a folder, expected a file", hint="name another folder")
    if taken and not overwrite:
        others = len(taken) - 1
        more = f", and so {'is' if others == 1 else 'are'} {others} more" if others else ""
        hint = "name another folder, or overwrite with --force"
        raise OutputError(f"{printable(taken[0])}: is there already{more}", hint=hint)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder and those above it; the new ones go again if something fails."""
    for path in reversed((folder, *folder.parents)):
        if not path.is_dir():
            undo.callback(_quietly_remove_folder, path)
            path.mkdir()


def _quietly_remove_folder(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _set_aside(path: Path, aside: Path, undo: ExitStack) -> None:
    """Move a file that is there out of the way; it comes back if something fails."""
    if os.path.lexists(path):
        aside.parent.mkdir(parents=True, exist_ok=True)
        undo.callback(_move_if_there, aside, path)
        path.replace(aside)


def _move_if_there(source: Path, target: Path) -> None:
    if os.path.lexists(source):
        source.replace(target)


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    undo.callback(_quietly_remove_moved, source, target)
    source.replace(target)


def _quietly_remove_moved(source: Path, target: Path) -> None:
    """Remove the target unless the move has not happened: then it is not ours."""
    if not source.exists():
        target.unlink(missing_ok=True)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turns what the operating system says into an OutputError."""
    try:
        yield
    except OSError as error:
        name = printable(os.fsdecode(error.filename) if error.filename else folder)
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise OutputError(f"{name}: a file is where a folder is needed", hint="name another folder") from error
        message, hint = reason(error)
        raise OutputError(f"{name}: {message}", hint=hint or "name another folder") from error
