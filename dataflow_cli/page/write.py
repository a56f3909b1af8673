"""Writes the page of a run for a Python program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.explain.origin import known_origin
from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.lazy import unwarned
from dataflow_cli.page.beside import NOTHING, of_profile
from dataflow_cli.page.build import MAX_SIZE, build

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.profile.model import Profile
    from dataflow_cli.trace.model import Trace


@unwarned()
def write(trace: Trace, path: str | Path, max_size: int | None, profile: Profile | None) -> tuple[str, ...]:
    """What `Trace.page` does. Raises what that raises."""
    beside = NOTHING if profile is None else of_profile(profile)
    page = build(trace, known_origin(trace), MAX_SIZE if max_size is None else max_size, beside)
    with atomic_write(path) as stream:
        stream.write(page.text.encode())
    return page.omitted
