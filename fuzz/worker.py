"""A process that runs one round after another until it is told to stop."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz.bounds import limit_process
from fuzz.rounds import Round, Task

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def serve(tasks: Connection[Any, Any], scratch: str, seconds: float) -> None:
    """Answer every Task with a Result, each within about so many seconds; None ends it."""
    _quiet()
    limit_process()
    _meet_libraries()
    while isinstance(task := tasks.recv(), Task):
        tasks.send(Round(task, Path(scratch), seconds).run())


def _quiet() -> None:
    """Nothing of what is attacked reaches our own streams; a warning of Python's is an error."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  lives as long as the process
    warnings.simplefilter("error")
    os.environ.pop("COLUMNS", None)


def _meet_libraries() -> None:
    """Load what commands load, so that no case pays for it."""
    from PIL import Image

    Image.init()
    for name in (
        "dataflow_cli.api",
        "dataflow_cli.explaining",
        "dataflow_cli.render.explanation",
        "dataflow_cli.render.trace",
    ):
        import_module(name)
