"""Signals (length, channels) as curves on one axis, each value at the position of the input that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.model import Curve, Plot, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step

MOST_CURVES = 6
"""More curves on one axis cannot be told apart."""


def plot_row(steps: Sequence[Step], signals: Mapping[str, Array]) -> Row:
    """The signals (N, length, channels) of steps, by their names, all on one axis, one panel a sample."""
    samples = len(next(iter(signals.values())))
    panels = tuple(
        Plot(tuple(curve for step in steps for curve in _curves(step, signals[step.name][sample])))
        for sample in range(samples)
    )
    if len(signals) == 1:
        name, array = next(iter(signals.items()))
        return Row(name, (text.shape(array.shape[1:]),), panels)
    return Row("signals", tuple(f"{name} {text.shape(array.shape[1:])}" for name, array in signals.items()), panels)


def _curves(step: Step, signal: Array) -> list[Curve]:
    """One sample (length, channels) or (length,), a curve a channel."""
    columns = signal.reshape(len(signal), -1).astype(np.float64)
    x = np.array([step.drawing.positions.at(place) for place in range(len(columns))], np.float64)
    several, name = columns.shape[1] > 1, step.name
    return [
        Curve(f"{name}[{channel}]" if several else name, x, columns[:, channel]) for channel in range(columns.shape[1])
    ]
