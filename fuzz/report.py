"""What a person reads while it runs and at the end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from fuzz.failures import again, kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.campaign import Tally

_SHOWN = 3
"""Lines of a failure that are shown; its folder has all."""


def progress(tally: Tally) -> None:
    """One line that changes, on a terminal only."""
    if sys.stderr.isatty():
        done, failed = sum(tally.cases.values()), len(tally.failures)
        sys.stderr.write(f"\r{tally.seconds:6.0f} s  {done:,} cases, {failed} failed ")
        sys.stderr.flush()


def final(tally: Tally, kept: Path) -> int:
    """Cases by attack, every failure, and the exit code."""
    lines = [f"{name:14} {cases:>8,} cases" for name, cases in tally.cases.items()]
    for task, failure, folder in tally.failures:
        first = failure.strip().splitlines()[:_SHOWN]
        often = tally.again[kind_of(task.attack, failure)]
        lines += ["", f"{task.attack}: {first[0]}" + (f" ({often} times)" if often > 1 else "")]
        lines += [f"    {line[:200]}" for line in first[1:]]
        lines += [f"    files: {os.path.relpath(folder)}", f"    again: {again(task)}"]
    total, failed = sum(tally.cases.values()), len(tally.failures)
    lines += ["", f"{total:,} cases in {tally.seconds:.0f} s, {failed} failed" + (f"; see {kept}/" if failed else "")]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    return 1 if failed else 0
