"""Keeps what failed: a folder with the small files, the commands, and what was found."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.rounds import Task

FINDING = "finding.txt"


def keep(task: Task, failure: str, files: Path, kept: Path) -> Path:
    """Copy a case's files into a folder of its own under `kept`; returns that folder."""
    folder = kept / f"{task.attack}-{task.seed}-{task.number}"
    shutil.rmtree(folder, ignore_errors=True)
    if files.is_dir():
        shutil.copytree(files, folder, symlinks=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FINDING).write_text(f"{again(task)}\n\n{failure}\n", encoding="utf-8", errors="backslashreplace")
    return folder


def kind_of(attack: str, failure: str) -> str:
    """What failures of one kind have in common: the attack and the first line without its numbers and names."""
    return f"{attack}: " + re.sub(r"'[^']*'|[0-9.,e+-]*[0-9]", "#", failure.splitlines()[0])


def again(task: Task) -> str:
    """The command that runs the round once more."""
    return f"python -m fuzz --seed {task.seed} --only {task.attack} --round {task.number}"
