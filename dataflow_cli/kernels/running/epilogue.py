"""What is done to every tile of a result while it is still in the cache, and what is learned of it there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.job import in_turn
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.kernels.running.observer import Observer
    from dataflow_cli.kernels.running.task import Function, Task
    from dataflow_cli.shapes import Array


LINE = 4096
"""Elements of a line at most: vectors of channels are repeated to that length. NumPy's inner loop is one line."""


@dataclass(frozen=True, eq=False)
class Stage:
    """result · scale + shift + other, then a function of every element; each of them may be missing."""

    scale: Array | None = None
    """(channels,)"""
    shift: Array | None = None
    """(channels,)"""
    other: Array | None = None
    """A tensor of the result's shape."""
    function: Function | None = None
    observer: Observer | None = None
    """Sees every tile after the stage."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what there is to do."""
        return tuple(name for name, part in vars(self).items() if part is not None)


Stages = Sequence[Stage]


class Epilogue:
    """The stages of one result (..., channels), to be bound to its tiles."""

    def __init__(self, stages: Stages, out: Array, numbers: Iterator[int] | None = None, first: int = 0) -> None:
        self.stages = [stage for stage in stages if stage.parts]
        self.out = out
        self._numbers = count() if numbers is None else numbers
        self._first = first
        """Which of the whole tensor's channels the first is."""
        self._repeated: dict[tuple[int, int, int], Array] = {}

    def after(self, step: Task, place: tuple[slice, ...], number: int | None = None) -> Task:
        """A step that fills `out[place]`, with all stages after it. `place` may end with a slice of the channels.

        `number` is the piece's for the observers, if they have seen some of it before.
        """
        if not self.stages:
            return step
        number = next(self._numbers) if number is None else number
        observers = [stage.observer for stage in self.stages if stage.observer is not None]
        starting = [partial(observer.started, number) for observer in observers[:1]]
        tile = self.out[place]
        channels = slice(None) if len(place) < self.out.ndim else place[-1]
        others = [None if stage.other is None else stage.other[place] for stage in self.stages]
        return in_turn([*starting, step, *self._bound(tile, channels, others, number)])

    def timed(self, step: Task) -> Task:
        """A step before there is anything to finish, whose time is the first observer's."""
        observer = next((stage.observer for stage in self.stages if stage.observer is not None), None)
        if observer is None:
            return step
        number = next(self._numbers)
        return in_turn([partial(observer.started, number), step, partial(observer.ended, number)])

    def finish(self, tile: Array, channels: slice, number: int) -> None:
        """Do all stages to a tile that is not in `out`, but of these channels. No stage may add another tensor."""
        for task in self._bound(tile, channels, [None] * len(self.stages), number):
            task()

    def of_channels(self, some: slice) -> Epilogue:
        """The same for a part of the channels alone."""
        stages = [
            Stage(
                scale=None if stage.scale is None else stage.scale[some],
                shift=None if stage.shift is None else stage.shift[some],
                other=None if stage.other is None else stage.other[..., some],
                function=stage.function,
                observer=stage.observer,
            )
            for stage in self.stages
        ]
        return Epilogue(stages, self.out[..., some], self._numbers, self._first + (some.start or 0))

    def lines(self, tile: Array, vector: Array) -> tuple[Array, Array]:
        """A tile as lines of some positions each, and a vector (channels,) repeated to their length."""
        repeats = _repeats(tile)
        return _lines(tile, repeats), self._line(vector, repeats)

    def _bound(self, tile: Array, channels: slice, others: Sequence[Array | None], number: int) -> list[Task]:
        repeats = _repeats(tile)
        lines = _lines(tile, repeats)
        tasks: list[Task] = []
        for stage, other in zip(self.stages, others, strict=True):
            if stage.scale is not None:
                tasks.append(partial(np.multiply, lines, self._line(stage.scale[channels], repeats), lines))
            if stage.shift is not None:
                tasks.append(partial(np.add, lines, self._line(stage.shift[channels], repeats), lines))
            if other is not None:
                tasks.append(partial(np.add, tile, other, tile))
            if stage.function is not None:
                tasks.append(partial(stage.function, lines, lines))
            if stage.observer is not None:
                tasks.append(partial(stage.observer.see, number, tile, self._first + (channels.start or 0)))
        return tasks

    def _line(self, vector: Array, repeats: int) -> Array:
        """The vector, repeated to the length of a line."""
        if repeats < 2:
            return vector
        key = (vector.ctypes.data, vector.size, repeats)
        if key not in self._repeated:
            self._repeated[key] = np.tile(vector, repeats)
        return self._repeated[key]


def _lines(tile: Array, repeats: int) -> Array:
    """The tile with so many positions a line; as it is where it is not in one piece."""
    return tile.reshape(-1, repeats * tile.shape[-1]) if repeats else tile


def _repeats(tile: Array) -> int:
    """How many positions of a tile make a line; 0 if the tile is not in one piece."""
    if not tile.flags.c_contiguous:
        return 0
    positions, most = tile.size // max(tile.shape[-1], 1), LINE // max(tile.shape[-1], 1)
    return next((number for number in range(min(positions, most), 1, -1) if positions % number == 0), 1)
