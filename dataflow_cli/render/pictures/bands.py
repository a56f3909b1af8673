"""Bands under a curve: from where to where the values lie that the curve stands in the middle of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.shapes import Area
from dataflow_cli.render.pictures.themes import mixed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.render.pictures.model import Band, Color, Plot
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

_TINTS = (0.18, 0.4)
"""How much of the curve's color is in a band, from the widest to the narrowest."""


def tints(panel: Plot, theme: Theme) -> list[tuple[Band, Color]]:
    """The bands and their colors, from the back to the front."""
    return [
        (band, mixed(theme.background, theme.curves[0], share))
        for band, share in zip(panel.bands, _TINTS, strict=False)
    ]


def band_areas(panel: Plot, at: Callable[[float, float], tuple[float, float]], theme: Theme) -> Iterator[Area]:
    """The bands; `at` says where a point stands. They are interrupted where an end is not finite."""
    for band, color in tints(panel, theme):
        for run in _runs(np.isfinite(band.low) & np.isfinite(band.high)):
            there, back = (
                [at(panel.curves[0].x[place].item(), ends[place].item()) for place in run]
                for ends in (band.high, band.low)
            )
            yield Area(0, 0, (*there, *back[::-1]), color)


def _runs(there: Array) -> Iterator[Array]:
    """The places that follow on one another."""
    places = np.flatnonzero(there)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        if len(run) > 1:
            yield run
