"""Where the program `dftrace` starts, also as `python -m dataflow_cli`: what comes before anything is imported."""

from __future__ import annotations

import atexit
import gc
from typing import NoReturn

_COLLECT_AFTER = 100_000
"""New objects after which Python looks for some that only hold each other: more than what a short run imports."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    _collect_rarely()
    from dataflow_cli.commands import main as command_line

    command_line.main()


def _collect_rarely() -> None:
    """Spare a short program the search for garbage: often while it imports, and once over everything at its end.

    Nothing waits for that search: a tensor is let go with the last name for it, and a file is closed by who opened it.
    """
    gc.set_threshold(_COLLECT_AFTER)
    atexit.register(gc.freeze)


if __name__ == "__main__":
    main()
