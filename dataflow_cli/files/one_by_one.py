"""Files that are moved into a folder one by one, and taken back if that does not come to its end."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from dataflow_cli.files.unfinished import undone_unless_finished

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def move_one_by_one(names: Sequence[str], source: Path, target: Path, *, keep: Path) -> None:
    """Move files, by their paths relative to the folder `source`, to the same in `target`, replacing what is there.

    None of them is missing at any moment. `keep`, a folder beside the source, is where the old ones are found if the
    moves fail or the program is stopped by a signal: then the target becomes what it was.
    """
    undo = ExitStack()
    with undone_unless_finished(undo.close):
        for name in names:
            new, old, place = source / name, keep / name, target / name
            _make_folder(place.parent, undo)
            _keep(place, old)
            undo.callback(_put_back, new, old, place)
            new.replace(place)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder and those above it; the new ones go again if something fails."""
    for path in reversed((folder, *folder.parents)):
        if not path.is_dir():
            undo.callback(_quietly_remove_folder, path)
            path.mkdir()


def _quietly_remove_folder(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()


def _keep(path: Path, old: Path) -> None:
    """Let a file that is there have a second name, or a copy where it cannot have one."""
    from shutil import copy2

    if os.path.lexists(path):
        old.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, old, follow_symlinks=False)
        except OSError:
            copy2(path, old, follow_symlinks=False)


def _put_back(new: Path, old: Path, place: Path) -> None:
    """Undo a move, if it has happened."""
    if os.path.lexists(new):
        return
    if os.path.lexists(old):
        old.replace(place)
    else:
        place.unlink(missing_ok=True)
