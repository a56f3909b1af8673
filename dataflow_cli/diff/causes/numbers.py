"""A field that is any number, such as `epsilon`: the one is sought under which the layer is equal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.fields import number_fields, with_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.diff.causes.change import Change
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Parameters

SMALLEST, LARGEST = -14, 7
"""Powers of ten between which it is sought."""
EACH = 2
"""Numbers a power of ten that are tried at first."""
STEPS = 24
"""How often the range between the best one's neighbours is narrowed."""
GOLDEN = (math.sqrt(5) - 1) / 2
DIGITS = 6


def changes(
    node: Node, parameters: Parameters, distance: Callable[[Change], float], fields: Sequence[str] | None = None
) -> Iterator[Change]:
    """The layer with the number that brings it nearest, in as few digits as may be. `distance` says how near."""
    for name in number_fields(node.layer) if fields is None else fields:

        def apart(power: float, name: str = name) -> float:
            change = with_field(node, parameters, name, 10.0**power)
            return math.inf if change is None else distance(change)

        best = _nearest(apart)
        for digits in range(1, DIGITS + 1):
            change = with_field(node, parameters, name, float(f"{10.0**best:.{digits}g}"))
            if change is not None:
                yield change


def _nearest(apart: Callable[[float], float]) -> float:
    """The power of ten at which a distance is least: on a grid, then by golden sections."""
    grid = [SMALLEST + step / EACH for step in range((LARGEST - SMALLEST) * EACH + 1)]
    middle = min(grid, key=apart)
    low, high = middle - 1 / EACH, middle + 1 / EACH
    for _ in range(STEPS):
        one, other = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        low, high = (low, other) if apart(one) < apart(other) else (one, high)
    return (low + high) / 2
