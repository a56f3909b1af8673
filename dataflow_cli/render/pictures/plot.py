"""Signals (length, channels) as curves on one axis, each value at the position of the input that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.model import Curve, Plot, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array

MOST_CURVES = 6
"""More curves on one axis cannot be told apart."""


def plot_row(network: Network, signals: Mapping[str, Array]) -> Row:
    """The signals (N, length, channels) by their step's name, all on one axis, one panel a sample."""
    samples = len(next(iter(signals.values())))
    panels = tuple(
        Plot(tuple(curve for name, array in signals.items() for curve in _curves(network, name, array[sample])))
        for sample in range(samples)
    )
    if len(signals) == 1:
        name, array = next(iter(signals.items()))
        return Row(name, (text.shape(array.shape[1:]),), panels)
    return Row("signals", tuple(f"{name} {text.shape(array.shape[1:])}" for name, array in signals.items()), panels)


def _curves(network: Network, name: str, signal: Array) -> list[Curve]:
    """One sample (length, channels) or (length,), a curve a channel."""
    columns = signal.reshape(len(signal), -1).astype(np.float64)
    x = positions(network, name, len(columns))
    several = columns.shape[1] > 1
    return [
        Curve(f"{name}[{channel}]" if several else name, x, columns[:, channel]) for channel in range(columns.shape[1])
    ]


def positions(network: Network, name: str, length: int) -> Array:
    """The middle of the receptive field of every value, counted in elements of the network's input from 0."""
    node = network.by_name.get(name)
    axes = node.sees.axes if node else None
    if not axes or len(axes) != 1 or axes[0] is None:
        return np.arange(length, dtype=np.float64)
    return np.array([axes[0].middle(place) for place in range(length)], np.float64)
