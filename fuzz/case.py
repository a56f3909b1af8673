"""One case: what it draws its chances from, and the folder in which it leaves its files."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fuzz.answers import hold
from fuzz.bounds import PEAK_MIB
from fuzz.command import Answer, dftrace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from hypothesis.strategies import DataObject

COMMANDS = "commands.txt"


@dataclass(frozen=True)
class Case:
    """The chances of one case, which Hypothesis makes smaller, and the (current) folder for its files."""

    rng: Random
    data: DataObject
    folder: Path
    called: list[str] = field(default_factory=list)

    def write(self, name: str, content: bytes | str) -> str:
        """Write a file; returns its name, which is enough as the folder is the current one."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def ask(
        self,
        *words: str,
        stdin: bytes = b"",
        encoding: str = "utf-8",
        mebibytes: float = PEAK_MIB,
        drawn: bool = False,
        colored: bool = False,
    ) -> Answer:
        """What the command line answers, held to what every answer must be, and to so much memory."""
        self.note(words, stdin)
        answer = dftrace(words, stdin=stdin, encoding=encoding, mebibytes=mebibytes)
        hold(answer, drawn=drawn, colored=colored)
        return answer

    def note(self, words: Sequence[str], stdin: bytes = b"") -> None:
        """Leave the command beside its files before it runs: it may never come back."""
        self.called.append(shlex.join(["dftrace", *words]) + (" < stdin" if stdin else ""))
        self.write(COMMANDS, "\n".join(self.called).encode(errors="backslashreplace") + b"\n")
        if stdin:
            self.write("stdin", stdin)

    def few(self, most: int) -> int:
        """A count from 1 on, small ones more often."""
        return min(self.rng.randrange(most), self.rng.randrange(most)) + 1

    def chance(self, share: float) -> bool:
        """Whether something with this share happens; it does not in the smallest case."""
        return self.rng.randrange(1000) >= 1000 * (1 - share)
