"""A guessed map of weights as a table, for a person to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

if TYPE_CHECKING:
    from dataflow_cli.weights.guess import Entry, Guess

COLUMNS = (
    Column("parameter", "parameter", keep=0),
    Column("shape", "shape", text.shape, keep=4),
    Column("tensor", "tensor", text.text, keep=1),
    Column("tensor_shape", "its shape", text.shape, keep=5),
    Column("by", "by", text.text, keep=3),
    Column("doubt", "doubt", text.text, keep=2),
)


def guess_report(guess: Guess, network: str) -> Report:
    """A row a parameter: the tensor that it seems to be, what that is guessed by, and why it may be another."""
    return Report(
        schemas.GUESSED_MAP,
        "parameters",
        COLUMNS,
        tuple(map(_row, guess.entries)),
        title=text.safe(f"{guess.spec.path} -> {network}"),
        head={"file": guess.spec.path, "network": network, "layout": guess.spec.layout},
        tail={"unused": list(guess.unused)},
        notes=tuple(_notes(guess)),
    )


def _row(entry: Entry) -> dict[str, Any]:
    found = entry.tensor
    return {
        "parameter": entry.wanted.full,
        "shape": entry.wanted.parameter.shape,
        "tensor": None if found is None else found.name,
        "tensor_shape": None if found is None else found.shape,
        "by": entry.by or None,
        "doubt": entry.doubt or None,
    }


def _notes(guess: Guess) -> list[str]:
    counts = [f"{sum(entry.by == by for entry in guess.entries):,} by {by}" for by in ("name", "shape", "order")]
    lines = [f"layout {guess.spec.layout}; {', '.join(counts)}; {len(guess.doubtful):,} in doubt"]
    if any(entry.by == "order" and not entry.doubt for entry in guess.entries):
        lines.append("By order: several modules of one shape, as many as layers, the first for the first. Check them.")
    if guess.missing:
        lines.append(f"nothing fits {_some([entry.wanted.full for entry in guess.missing])}")
    if guess.unused:
        lines.append(f"no parameter is {_some(list(guess.unused))}")
    return lines + [text.safe(problem.message) for problem in guess.problems]


def _some(names: list[str]) -> str:
    from dataflow_cli.weights.hints import named

    return text.safe(named(names))
