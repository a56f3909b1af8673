"""How a network's outputs are read: as classes, of a sample or of each place of it, or as numbers; one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.trace.reading import Reading

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Trace


def reading_of(trace: Trace, output: str) -> Reading | None:
    """How an output is read; None if it is numbers, of no classes."""
    if output == trace.outputs[0] and trace.score:
        return Reading(trace.score, 0)
    return trace.readings.get(output)


def places_of(trace: Trace, output: str) -> Shape:
    """The shape of the places of an output that have an answer each: () for one answer a sample."""
    reading, shape = reading_of(trace, output), trace.step(output).output_shape
    return () if reading is None else (*shape[: reading.axis], *shape[reading.axis + 1 :])


def alone(trace: Trace, output: str, labels: Array | None = None) -> Trace:
    """The trace as that of one output of classes, each place a sample of it.

    Of places with labels (N, *places), those whose label is negative are left out.
    """
    reading = reading_of(trace, output)
    if reading is None or output not in trace.values:
        return trace
    scores = np.moveaxis(trace.value(output), reading.axis + 1, -1)
    scores = scores.reshape(-1, scores.shape[-1])
    flat = None if labels is None else labels.reshape(-1)
    if flat is not None and (flat < 0).any():
        scores, flat = scores[flat >= 0], flat[flat >= 0]
    step = replace(trace.step(output), output_shape=scores.shape[1:])
    named = trace.classes if output == trace.outputs[0] else ()
    return replace(
        trace,
        samples=len(scores),
        sources=trace.sources if len(scores) == trace.samples else (),
        steps=(step,),
        outputs=(output,),
        values={output: scores},
        classes=named,
        score=reading.score,
        readings={},
        labels=flat,
        judged=(),
    )
