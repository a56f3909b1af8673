"""A finished record of how fast a network ran: plain data with units. Knows no Network; `measure.py` makes it."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.sizes import STORED_SIZE

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class Times:
    """Seconds of the same work, once a pass."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """The shortest."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class LayerTimes:
    """How long one layer took, and how it was computed. The shape is of one sample."""

    name: str
    type: str
    output_shape: Shape
    method: str
    why: str
    """Why this method; nothing where there is no choice."""
    macs: int
    """Multiply-accumulates for one sample."""
    output_bytes: int
    """Of all samples of a pass."""
    times: Times


@dataclass(frozen=True)
class Benchmark:
    """What was measured: the layers in network order, and passes, each the sum of its layers."""

    network: str
    file: str
    weights: str
    source: str
    """Where the input came from, in words."""
    samples: int
    """Samples a pass."""
    dtype: str
    threads: int
    fast_math: bool
    parameters: int
    """How many numbers all parameters are."""
    warm_up: int
    """Passes that are not counted."""
    first: float
    """Seconds of the very first of them."""
    sgemm: float
    """Floating-point operations a second of a large matrix product: the median of one measurement a pass."""
    peak_bytes: int
    """The most memory that the process had at once, program and parameters included."""
    whole: Times
    layers: tuple[LayerTimes, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one sample."""
        return sum(layer.macs for layer in self.layers)

    @property
    def output_bytes(self) -> int:
        """Of what all layers put out in a pass."""
        return sum(layer.output_bytes for layer in self.layers)

    @property
    def parameter_bytes(self) -> int:
        """Of all parameters."""
        return self.parameters * STORED_SIZE[self.dtype]

    @property
    def samples_a_second(self) -> float | None:
        """By the median; None where a pass takes no time that could be measured."""
        median = self.whole.median
        return self.samples / median if median else None

    def share(self, times: Times) -> float | None:
        """The part of a pass that a layer takes, 0 to 1, by the medians; None if none of them takes any time."""
        whole = sum(layer.times.median for layer in self.layers)
        return times.median / whole if whole else None

    def speed(self, macs: int, times: Times) -> float | None:
        """Floating-point operations a second, of so many multiply-accumulates a sample, by the median.

        None where none are counted, and of what took no time that could be measured, as where views are made once.
        """
        return 2 * macs * self.samples / times.median if macs and times.median else None

    def sgemm_share(self, macs: int, times: Times) -> float | None:
        """That speed as a part of what large matrix products have."""
        speed = self.speed(macs, times)
        return None if speed is None else speed / self.sgemm
