"""What a network answers all over a plane: a finished record, which pictures of it start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

Corner = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Regions:
    """The answers to an even grid of the two values that go in."""

    low: Corner
    high: Corner
    """The corners of the plane, as they go into the network."""
    answers: Array
    """(rows, columns), the class in the middle of each cell: the largest second value first, the first value rising."""
