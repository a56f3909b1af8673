"""Traces of parts of the samples, merged into the trace of all of them."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np
from dataflow_cli.trace.model import Dead, Step, known_sum
from dataflow_cli.trace.reading import Judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace

_SAME = ("network", "weights", "dtype", "outputs", "classes", "data_format", "score", "readings", "init")
"""What traces of one network have in common."""
_FACTS = tuple(field.name for field in fields(Step) if field.name not in {"statistics", "seconds", "dead", "left_out"})
"""What steps that are the same have in common."""


def merged(traces: Sequence[Trace]) -> Trace:
    """The trace of all samples, in this order: their statistics merged, what was kept of each one after the other.

    Raises InputError if they are not of one network with the same weights, or did not keep the same.
    """
    first, *others = traces
    for number, other in enumerate(others, 2):
        _check(first, other, number)
    if not others:
        return first
    return replace(
        first,
        sources=tuple(source for trace in traces for source in trace.sources),
        sources_of={
            name: tuple(source for trace in traces for source in trace.sources_of[name])
            for name in first.sources_of
            if all(name in trace.sources_of for trace in traces)
        },
        samples=sum(trace.samples for trace in traces),
        steps=tuple(_step(steps) for steps in zip(*(trace.steps for trace in traces), strict=True)),
        values={name: _joined([trace.values[name] for trace in traces]) for name in first.values},
        warnings=tuple(dict.fromkeys(problem for trace in traces for problem in trace.warnings)),
        labels=None if first.labels is None else _joined([trace.labels for trace in traces]),
        provenance=None if first.provenance is None else replace(first.provenance, inputs={}),
        judged=tuple(reduce(Judged.merged, parts) for parts in zip(*(trace.judged for trace in traces), strict=True)),
        origin=next((trace.origin for trace in traces if trace.origin is not None), None),
    )


def _step(parts: Sequence[Step]) -> Step:
    """One step of all traces."""
    statistics = parts[0].statistics
    for part in parts[1:]:
        statistics = statistics.merged(part.statistics)
    known = all(part.seconds is not None for part in parts)
    return replace(
        parts[0],
        statistics=statistics,
        seconds=known_sum(part.seconds for part in parts) if known else None,
        dead=_dead([part.dead for part in parts]),
        left_out=_left_out([part.left_out for part in parts]),
    )


def _dead(parts: Sequence[Dead | None]) -> Dead | None:
    """The units that are dead in all parts."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Dead(tuple(sorted(set.intersection(*({*part.places} for part in known)))), known[0].units)


def _left_out(parts: Sequence[tuple[tuple[int, ...], ...]]) -> tuple[tuple[int, ...], ...]:
    """The places that count in none of the parts; a part where all count says nothing."""
    if not all(parts):
        return ()
    found = tuple(tuple(sorted(set.intersection(*map(set, places)))) for places in zip(*parts, strict=True))
    return found if any(found) else ()


def _joined(arrays: Sequence[Any]) -> Array:
    joined: Array = np.concatenate(arrays)
    return joined


def _check(first: Trace, other: Trace, number: int) -> None:
    """Raise InputError for what does not fit the first trace in the one of that number."""
    for name in _SAME:
        _same(name, getattr(first, name), getattr(other, name), number)
    if first.provenance is not None and other.provenance is not None:
        _same("fingerprint of the weights", first.provenance.weights, other.provenance.weights, number)
    _same("steps", [step.name for step in first.steps], [step.name for step in other.steps], number)
    for one, two in zip(first.steps, other.steps, strict=True):
        for name in _FACTS:
            _same(f"{name} of step '{one.name}'", getattr(one, name), getattr(two, name), number)
    if first.values.keys() != other.values.keys():
        name = min(first.values.keys() ^ other.values.keys())
        hint = "keep the same steps in every part, or merge statistics alone: `replace(trace, values={})`"
        raise InputError(f"trace {number} cannot be merged: the tensor of '{name}' is not in all of them", hint=hint)
    judged = [one.output for one in first.judged] != [one.output for one in other.judged]
    if (first.labels is None) != (other.labels is None) or judged:
        hint = "give labels for every part or for none"
        raise InputError(f"trace {number} cannot be merged: some have labels, some have not", hint=hint)


def _same(what: str, expected: Any, found: Any, number: int) -> None:
    if expected != found:
        raise InputError(
            f"trace {number} cannot be merged: its {what} is {found!r:.80}, that of the first {expected!r:.80}",
            hint="merge traces of one network with the same weights",
        )
