"""Several files that appear in a folder all together or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.files.atomic import refusal
from dataflow_cli.files.exchange import exchange
from dataflow_cli.files.one_by_one import move_one_by_one
from dataflow_cli.files.problem import printable
from dataflow_cli.files.temporary import BESIDE, clear_dead, temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Files = Mapping[str, bytes]

_MOST = 1000
"""A folder with more in it is not built anew beside its place."""


def write_together(files: Files, folder: Path, *, overwrite: bool = False) -> None:
    """Write files, by their paths relative to `folder`, which is made if it is not there.

    Whatever fails or stops the program leaves the folder as it was: a new one gets its name when all is in it, and one
    that is there changes places with a copy that has the new files. Where that cannot be (the current folder, a place
    where others mount things, a system without such a step) the files are moved in one by one, the first of them last,
    and taken back if that is not finished.

    Raises:
        OutputError: if one of the files is there already and not to be overwritten, or cannot be written.
    """
    _refuse_taken(files, folder, overwrite=overwrite)
    with _explained(folder):
        _refuse_files_for_folders(files, folder)
        clear_dead(folder)
        if not folder.is_dir():
            _write_new(files, folder)
        elif not _swapped(files, Path(os.path.realpath(folder))):
            with temporary_folder(folder) as stage:
                _write(files, stage / "new")
                # what the user runs is the first of the files: it appears last
                move_one_by_one([*files][::-1], stage / "new", folder, keep=stage / "old")


def _refuse_taken(files: Files, folder: Path, *, overwrite: bool) -> None:
    taken = [folder / name for name in files if os.path.lexists(folder / name)]
    for path in taken:
        if path.is_dir():
            raise OutputError(f"{printable(path)}: is a folder, expected a file", hint="name another folder")
    if taken and not overwrite:
        others = len(taken) - 1
        more = f", and so {'is' if others == 1 else 'are'} {others} more" if others else ""
        hint = "name another folder, or overwrite with --force"
        raise OutputError(f"{printable(taken[0])}: is there already{more}", hint=hint)


def _folders(files: Files, folder: Path) -> list[Path]:
    """All folders that the files stand in, those above `folder` first."""
    return sorted({above for name in files for above in (folder / name).parents})


def _refuse_files_for_folders(files: Files, folder: Path) -> None:
    for place in _folders(files, folder):
        if os.path.lexists(place) and not place.is_dir():
            raise FileExistsError(0, "", str(place))


def _write_new(files: Files, folder: Path) -> None:
    """Make the folder and those above it that are missing, with all that is to be in it, and then give it its name."""
    place = [path for path in (folder, *folder.parents) if not path.is_dir()][-1]
    with temporary_folder(place.parent) as stage:
        _write(files, stage / "new" / folder.relative_to(place))
        (stage / "new").rename(place)


def _swapped(files: Files, folder: Path) -> bool:
    """Let a copy of the folder that has the new files change places with it. Whether that could be done."""
    from shutil import copytree

    try:
        if not _may_be_swapped(folder) or any(map(os.path.islink, _folders(files, folder))):
            return False
        with temporary_folder(folder.parent) as stage:
            copytree(folder, stage / "new", symlinks=True, copy_function=os.link)
            for name in files:
                (stage / "new" / name).unlink(missing_ok=True)  # else what is written would be written to both
            _write(files, stage / "new")
            return exchange(stage / "new", folder)
    except OSError:  # no place beside it, or no links: moving the files one by one will say what is wrong
        return False


def _may_be_swapped(folder: Path) -> bool:
    """Whether the folder is ours, nobody stands in it, as far as we know, and it is no great work."""
    here = Path.cwd()
    if folder in (here, *here.parents) or os.path.ismount(folder):
        return False
    found = 0
    for _, folders, names in os.walk(folder):
        found += len(folders) + len(names)
        if found > _MOST:
            return False
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def _write(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turns what the operating system says into an OutputError."""
    try:
        yield
    except OSError as error:
        about = os.fsdecode(error.filename) if error.filename else ""
        name = printable(folder if BESIDE in about or not about else about)
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise OutputError(f"{name}: a file is where a folder is needed", hint="name another folder") from error
        message, hint = refusal([folder, *folder.parents][-1], error)  # missing folders are made: that is not why
        raise OutputError(f"{name}: {message}", hint=hint or "name another folder") from error
