"""What is learned of a tensor tile by tile, while the tile is still in the cache: its moments, and how long it took."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from dataflow_cli.kernels.living import Living
from dataflow_cli.kernels.statistics import Histogram, Part, histogram, parts_of

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


class Clock:
    """When the last thing was done to each piece; a piece is worked on by one thread."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}


class Observer:
    """Looks at every tile of one tensor. Tensors that are made tile by tile one after the other share a clock."""

    def __init__(self, clock: Clock, *, moments: bool = True, histogram: bool = False, units: int = 0) -> None:
        self._clock = clock.at
        self._moments = moments
        self._histogram = histogram
        self._seconds: dict[int, float] = {}
        self._looking: dict[int, float] = {}
        self._parts: dict[int, list[Part]] = {}
        self._counts: dict[int, Histogram] = {}
        self.living = Living(units) if units else None
        """Which of the units, the last axis, put out anything, if that is wanted: in all runs together."""

    @property
    def looks(self) -> bool:
        """Whether it wants to see the values, beside how long they take."""
        return self._moments or self._histogram or self.living is not None

    def started(self, piece: int) -> None:
        """A piece is about to be computed."""
        self._clock[piece] = perf_counter()

    def ended(self, piece: int) -> float:
        """A piece is computed; what time it is."""
        now = perf_counter()
        self._seconds[piece] = now - self._clock[piece]
        return now

    def see(self, piece: int, tile: Array, first: int = 0) -> None:
        """A tile is what it is to be; its channels are those from the `first` on."""
        now = self.ended(piece)
        if self._moments:
            self._parts[piece] = parts_of(tile)
        if self._histogram:
            self._counts[piece] = histogram(tile)
        if self.living is not None:
            self.living.look(tile, first, negative=not self._moments or _negative(self._parts[piece]))
        ended = perf_counter()
        self._looking[piece] = ended - now
        self._clock[piece] = ended

    @property
    def looking(self) -> float:
        """How long looking took."""
        return sum(self._looking.values())

    @property
    def seconds(self) -> float:
        """How long all tiles took, without looking at them; the sum of what each thread took."""
        return sum(self._seconds.values())

    def parts(self) -> list[Part]:
        """The moments of all parts in order, which is the same for any number of threads."""
        return [part for piece in sorted(self._parts) for part in self._parts[piece]]

    def histogram(self) -> Histogram:
        """The histogram of the whole."""
        total = Histogram()
        for piece in sorted(self._counts):
            total = total.merged(self._counts[piece])
        return total


def _negative(parts: list[Part]) -> bool:
    """Whether there may be numbers below zero."""
    return any(
        (part[2] if isinstance(part, tuple) else part.minimum) < 0 or not isinstance(part, tuple) for part in parts
    )
