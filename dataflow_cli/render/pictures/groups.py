"""What the inputs are called, and which belong together."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.render import text
from dataflow_cli.trace.prediction import classes_of, classified, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace


def sample_names(trace: Trace) -> tuple[str, ...]:
    """The end of each input's path, as short as keeps them apart; numbers if the inputs have no names of their own."""
    if len(trace.sources) != trace.samples:
        return tuple(f"sample {index}" for index in range(trace.samples))
    return _tails(trace.sources)


def names_in_groups(trace: Trace, groups: Sequence[str]) -> tuple[str, ...]:
    """The inputs' names, as short as keeps those of one group apart."""
    names = list(sample_names(trace))
    if len(trace.sources) == trace.samples:
        for group in set(groups):
            members = [index for index, own in enumerate(groups) if own == group]
            for index, name in zip(members, _tails([trace.sources[member] for member in members]), strict=True):
                names[index] = name
    return tuple(names)


def _tails(sources: Sequence[str]) -> tuple[str, ...]:
    longest = max(len(PurePath(source).parts) for source in sources)
    for depth in range(1, longest + 1):
        tails = ["/".join(PurePath(source).parts[-depth:]) for source in sources]
        if len(set(tails)) == len(set(sources)):
            return tuple(text.safe(tail) for tail in tails)
    return tuple(map(text.safe, sources))


def group_names(trace: Trace, by: str, labels: Array | None) -> tuple[str, ...]:
    """The group of every sample: its given label, its folder, or the network's answer; empty if there is none.

    `auto` takes labels if they are given, else folders if there are several. Raises InputError.
    """
    folders = tuple(PurePath(source).parent.name for source in trace.sources)
    by_folder = len(folders) == trace.samples
    if by == "auto":
        by = "label" if labels is not None else "folder" if by_folder and len(set(folders)) > 1 else "none"
    if by == "label":
        if labels is None:
            raise InputError("--group label needs the labels", hint="give them with --labels FILE", code="E303")
        return _classes(trace, labels.tolist())
    if by == "answer":
        return _classes(trace, classes_of(classified(trace)).tolist())
    return tuple(map(text.safe, folders)) if by == "folder" and by_folder else ("",) * trace.samples


def _classes(trace: Trace, indices: Sequence[int]) -> tuple[str, ...]:
    return tuple(text.safe(label(trace.classes, index)) for index in indices)
