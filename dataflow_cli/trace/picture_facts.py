"""What pictures ask of a step beside its values: where a signal's places lie, what was done to an input."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class Positions:
    """Where the places of a signal lie on the network's input, in elements from 0: the middle of what each sees."""

    middles: tuple[float, ...] = (0.0,)
    """Of the places of one period, or of all that there are."""
    rise: float = 1.0
    """How much further on those of the next period lie."""

    def at(self, place: int) -> float:
        """Where a place lies."""
        turns, rest = divmod(place, len(self.middles))
        return self.middles[rest] + turns * self.rise


@dataclass(frozen=True)
class Preparation:
    """What was done to the values of an input before they went in: multiplied, then less the mean, then divided."""

    scale: float | None = None
    mean: tuple[float, ...] = ()
    """One number a channel, or one for all; none if there was none."""
    std: tuple[float, ...] = ()
    channels_first: bool = False
    """Whether the channels are the first axis of a sample."""
    blue_first: bool = False
    """Whether the network took blue, green, red, so that a picture shows them the other way round."""


@dataclass(frozen=True)
class Sliding:
    """How a layer's window moves along an axis of its input, in elements."""

    start: int
    """Where it lies first; before 0 is padding."""
    step: int
    span: int
    """From its first element to its last."""


@dataclass(frozen=True)
class Patch:
    """A rectangle of an input that a place of a sequence stands for."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Patches:
    """Which part of a picture every query and every key of attention stands for; None for one that sees none of it."""

    of: str
    """The network's input that the picture is."""
    queries: tuple[Patch | None, ...]
    keys: tuple[Patch | None, ...]


@dataclass(frozen=True)
class Drawing:
    """How a step is drawn."""

    redrawn: bool = True
    """Whether its picture shows something else than that of its input: if not it is drawn only where asked for."""
    has_sequences: bool = False
    """Whether two axes of a tensor at the layer are those of a sequence: (length, channels)."""
    heads: tuple[str, ...] = ()
    """What runs down and across the picture of each head, where the first axis are heads: `query`, `key`."""
    by_step: bool = False
    """Whether it is (steps, units) of a layer that goes along a sequence: drawn as curves over the steps."""
    over_steps: bool = False
    """Whether it is (steps, ...) of one picture with channels a step: drawn as a column a step."""
    shares: bool = False
    """Whether its numbers are the shares that queries take of keys."""
    patches: Patches | None = None
    """Where these are parts of a picture."""
    positions: Positions = field(default_factory=Positions)
    prepared: Preparation | None = None
    """Of an input."""
    windows: tuple[Sliding, ...] = ()
    """On each axis over which a window moves."""


@dataclass(frozen=True)
class Offered:
    """A step that may be drawn: what is known of it before anything was run."""

    name: str
    shape: Shape
    redrawn: bool = True
    """As in Drawing."""
    under: tuple[str, ...] = ()
    """The inputs that it may be drawn over."""
