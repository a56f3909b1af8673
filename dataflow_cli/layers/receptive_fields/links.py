"""How one axis of a layer's output hangs on that axis of its input.

Place p of the output is made from every place q of the input with

    q · growth = p · stride + shift + k · dilation        for k from 0 to taps - 1

A convolution or pooling has growth 1 (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016);
a transposed convolution, or up-sampling, has stride 1.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from dataflow_cli.layers.receptive_fields.steps import TooIrregular
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Link:
    """One axis of the output and the same one of the input."""

    stride: int = 1
    shift: int = 0
    dilation: int = 1
    taps: int = 1
    growth: int = 1

    @property
    def mirrored(self) -> Link:
        """The same with both axes counted backwards: -p is made from -q."""
        return Link(self.stride, -self.shift - self.dilation * (self.taps - 1), self.dilation, self.taps, self.growth)

    def places(self, place: int) -> list[int]:
        """The places of an input axis without ends that one of the output is made from."""
        steps = (place * self.stride + self.shift + k * self.dilation for k in range(self.taps))
        return [step // self.growth for step in steps if step % self.growth == 0]

    def takers(self, places: Iterable[int], most: int) -> set[int]:
        """The places of an output axis from 0 on that are made from any of some of the input. Raises TooIrregular."""
        found: set[int] = set()
        for place in places:
            if self.taps * (len(found) + 1) > most:
                raise TooIrregular
            steps = (place * self.growth - self.shift - k * self.dilation for k in range(self.taps))
            found.update(step // self.stride for step in steps if step >= 0 and step % self.stride == 0)
        return found

    def meets(self, place: int, length: int) -> tuple[range, range]:
        """The places of an input axis of `length` that one of the output is made from, and by which k each."""
        base = place * self.stride + self.shift
        common = gcd(self.dilation, self.growth)
        if base % common:
            return range(0), range(0)
        every, gap = self.growth // common, self.dilation // common
        first = -(base // common) * pow(gap, -1, every) % every  # the first k that meets a place and not between two
        start = (base + self.dilation * first) // self.growth
        count = -(-(self.taps - first) // every)
        low, high = max(-(start // gap), 0), min((length - 1 - start) // gap + 1, count)
        if low >= high:
            return range(0), range(0)
        places = range(start + gap * low, start + gap * (high - 1) + 1, gap)
        return places, range(first + every * low, first + every * (high - 1) + 1, every)
