"""What labels say of answers, by how the output is read: one class a sample, one a place, or numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written
from dataflow_cli.trace.prediction import count_right
from dataflow_cli.trace.reading import Judged
from dataflow_cli.trace.readings import alone, places_of, reading_of

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Trace


def takes_targets(trace: Trace, output: str) -> bool:
    """Whether labels of an output are an array with something for each of its places, or its numbers; not one class a
    sample, nor what may be one.
    """
    if reading_of(trace, output) is not None:
        return bool(places_of(trace, output)) or output != trace.outputs[0]
    shape = trace.step(output).output_shape
    return output != trace.outputs[0] or shape == (1,)


def judged(trace: Trace, output: str, targets: Array, name: str) -> Trace:
    """The trace with how an output compares with targets: classes (N, *places), where negative ones do not count, or
    numbers (N, *shape). `name` is what they are called.

    Raises InputError E303 if there are not as many, E302 for a class that there is not.
    """
    reading, shape = reading_of(trace, output), trace.step(output).output_shape
    expected = (trace.samples, *(shape if reading is None else places_of(trace, output)))
    fitted = _fitted(targets, expected, name)
    found = _error(trace, output, fitted) if reading is None else _right(trace, output, fitted, name)
    return replace(trace, judged=(*(one for one in trace.judged if one.output != output), found))


def _fitted(targets: Array, expected: Shape, name: str) -> Array:
    """The targets in the shape of the answers; a sample's axis, or axes of one, may be missing, and rows be flat."""
    if targets.size != int(np.prod(expected)):
        message = f"{name}: labels {written(targets.shape)}, expected {written(expected)}"
        raise InputError(message, hint="give one label an answer: a row a sample", code="E303")
    return targets.reshape(expected)


def _error(trace: Trace, output: str, targets: Array) -> Judged:
    with np.errstate(all="ignore"):
        apart = np.abs(trace.value(output).astype(np.float64) - targets.astype(np.float64))
        return Judged(output, apart.size, None, float(apart.sum()), float((apart**2).sum()))


def _right(trace: Trace, output: str, targets: Array, name: str) -> Judged:
    if not (np.isfinite(targets).all() and (targets == np.round(targets)).all()):
        raise InputError(f"{name}: classes are whole numbers", hint="give the number of the class", code="E302")
    view = alone(trace, output, targets.astype(np.int64))
    labels = view.labels
    if labels is None or not len(labels):
        return Judged(output, 0, 0)
    return Judged(output, len(labels), count_right(view, labels, name))
