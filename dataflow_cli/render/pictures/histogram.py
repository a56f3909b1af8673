"""How the values of a tensor are distributed, over all inputs: how many lie in each of even steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.bins import binned
from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.curves import extent
from dataflow_cli.render.pictures.model import Curve, Picture, Plot, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace

STEPS = 50
"""Between the smallest and the largest value."""


def histogram_picture(trace: Trace, names: Sequence[str]) -> Picture:
    """A row a tensor."""
    said = [
        "How many values lie in each of 50 even steps from the smallest to the largest.",
        "Values that are exactly 0 are counted beside, and not drawn: after a ReLU they would hide all others.",
    ]
    if trace.parameter_count and not all(trace.step(name).is_input for name in names):
        said.append(notes.weights(trace.weights, trace.init, answers=False))
    return Picture(text.safe(trace.network), (), tuple(_row(trace, name) for name in names), tuple(said))


def _row(trace: Trace, name: str) -> Row:
    values = trace.value(name).astype(np.float64).ravel()
    finite = values[np.isfinite(values)]
    zeros, bad = int((finite == 0).sum()), len(values) - len(finite)
    drawn = finite[finite != 0]
    x, y = staircase(drawn)
    lines = [text.shape(trace.value(name).shape[1:]), f"{len(values):,} values"]
    if trace.samples > 1:
        lines[1] += f" of {trace.samples:,} inputs"
    if zeros:
        lines.append(f"{text.share(zeros / len(values))} are 0")
    if bad:
        lines.append(f"{bad:,} NaN or infinite")
    return Row(text.safe(name), tuple(lines), (Plot((Curve(name, x, y),), across="value", filled=True),))


def staircase(values: Array) -> tuple[Array, Array]:
    """The outline of the counts of values in even steps, from its lower left to its lower right corner."""
    low, high = extent([values]) if values.size else (0.0, 1.0)
    counts, edges = binned(values, low, high, STEPS)
    x, y = np.repeat(edges, 2), np.concatenate([[0], np.repeat(counts, 2), [0]]).astype(np.float64)
    return x, y
