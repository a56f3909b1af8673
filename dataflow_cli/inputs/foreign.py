"""Files that are known and not read as an input."""

from __future__ import annotations

from dataflow_cli.files.foreign import HINTS, called, unpacked
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.first_bytes import FORMATS


def refuse_foreign(head: bytes) -> None:
    """Raise FileProblem for a file that begins with `head` if it is of a known kind that is not read."""
    name = called(head)
    if name:
        raise FileProblem(f"is {name}, which is not read as an input", hint=HINTS.get(name, FORMATS))
    inside = called(unpacked(head))
    if inside:
        hint = HINTS.get(inside, "unpack it with gunzip, then convert it")
        raise FileProblem(f"is {inside}, gzipped, which is not read as an input", hint=hint)
