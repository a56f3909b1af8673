"""Which steps of a finished trace are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.globs import matching
from dataflow_cli.trace.picture_facts import Offered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.trace.model import Trace


_KEEP = "keep some with it: `dftrace run NET --save trace.npz` keeps all tensors"


def steps_of(trace: Trace, patterns: Sequence[str], *, kept: bool = False) -> tuple[str, ...]:
    """The names of the steps that the patterns match, or of all; with `kept` only those whose tensors the trace has.

    Raises UnknownName if a pattern matches nothing of that.
    """
    names = [step.name for step in trace.steps if not kept or step.name in trace.values]
    if kept and not names:
        raise UnknownName("the trace was saved without tensors", hint=_KEEP)
    if not patterns:
        return tuple(names)
    return matching(patterns, names, lambda pattern: refuse_missing(trace, pattern), trace.step_sources)


def refuse_missing(trace: Trace, pattern: str) -> None:
    """Raise UnknownName for a pattern: what it matches was not kept, or it matches no step at all."""
    first, *_ = matching([pattern], [step.name for step in trace.steps], trace.step, trace.step_sources)
    raise UnknownName(f"the trace was saved without the values of '{first}'", hint=_KEEP)


def offered(trace: Trace) -> tuple[Offered, ...]:
    """The steps that can be drawn: all whose tensors the trace has. Raises UnknownName if there is none."""
    kept = frozenset(steps_of(trace, (), kept=True))
    return tuple(
        Offered(step.name, step.output_shape, step.drawing.redrawn) for step in trace.steps if step.name in kept
    )
