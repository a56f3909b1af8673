"""One axis brought to another length: from which elements each new one is made, and with what weights.

A new element stands somewhere on the old axis. The nearest old one stands for it, or those around it are weighed by how
far off they are (Keys, "Cubic convolution interpolation for digital image processing", 1981; Duchon, "Lanczos filtering
in one and two dimensions", 1979). To keep small things from being stepped over, `antialias` makes the filter as much
wider as the axis gets shorter.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, lru_cache

from dataflow_cli.layers.receptive_fields.receptive_field import MOST_LISTED, Sampling
from dataflow_cli.records import dataclass

SUPPORT = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""How far a filter reaches, in elements, by what the interpolation is called."""
CROPPED = "tf_crop_and_resize"
COORDINATES = (
    *("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"),
    *("tf_half_pixel_for_nn", CROPPED),
)
"""Where the new elements stand on the old axis, as ONNX calls it."""
ROUNDED = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round_prefer_floor": lambda place: math.ceil(place - Fraction(1, 2)),
    "round_prefer_ceil": lambda place: math.floor(place + Fraction(1, 2)),
}
"""Which element is the nearest one to a place between two, by `nearest_mode`."""


@dataclass(frozen=True)
class Rule:
    """How new elements come from old ones, on any axis."""

    interpolation: str = "bilinear"
    antialias: bool = False
    coordinates: str = "half_pixel"
    """Where the new elements stand, one of `COORDINATES`."""
    nearest: str = "round_prefer_ceil"
    cubic: float = -0.5
    """The slope of the cubic filter where it crosses zero."""
    exclude_outside: bool = True
    """Whether elements beyond the ends take no part; else the last one stands for them."""

    def weight(self, distance: Fraction) -> float:
        """How much an element counts that is so far off."""
        if distance.denominator == 1:
            return float(
                distance == 0
            )  # every filter is zero at the other elements, also where rounding says it is not
        t = abs(float(distance))
        if t >= SUPPORT[self.interpolation]:
            return 0.0
        if self.interpolation == "bilinear":
            return 1 - t
        if self.interpolation == "bicubic":
            return _cubic(t, self.cubic)
        return _sinc(t) * _sinc(t / SUPPORT[self.interpolation])


@dataclass(frozen=True)
class Resampling:
    """One axis: `length` elements, the first at place `offset` of the input, become `count`."""

    rule: Rule
    length: int
    count: int
    offset: int = 0
    scale: Fraction | None = None
    """New elements for every old one, where that is not what the lengths say."""
    part: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1))
    """Where on the axis, from 0 to 1, the first and the last new element stand, if it is cropped."""

    @cached_property
    def step(self) -> Fraction:
        """How far apart the new elements stand."""
        if self.rule.coordinates in ("align_corners", CROPPED):
            stretch = (self.part[1] - self.part[0]) * (self.length - 1)
            return stretch / (self.count - 1) if self.count > 1 else Fraction(0)
        return Fraction(self.length, self.count) if self.scale is None else 1 / self.scale

    @property
    def stretch(self) -> Fraction:
        """How many times wider the filter is."""
        return max(Fraction(1), self.step) if self.rule.antialias else Fraction(1)

    def centre(self, place: int) -> Fraction:
        """Where a new element stands on the old axis."""
        return self._first + place * self.step

    @cached_property
    def _first(self) -> Fraction:
        """Where the first new element stands."""
        half = self.step / 2
        match self.rule.coordinates:
            case "half_pixel":
                return half - Fraction(1, 2)
            case "pytorch_half_pixel":
                return half - Fraction(1, 2) if self.count > 1 else Fraction(0)
            case "half_pixel_symmetric":
                return (self.length - self.count * self.step) / 2 + half - Fraction(1, 2)
            case "tf_half_pixel_for_nn":
                return half
            case "tf_crop_and_resize":
                first, last = self.part
                return (first if self.count > 1 else (first + last) / 2) * (self.length - 1)
        return Fraction(0)

    def is_outside(self, place: int) -> bool:
        """Whether a new element stands beyond the ends of an axis that is cropped."""
        return self.rule.coordinates == CROPPED and not 0 <= self.centre(place) <= self.length - 1

    def reach(self, place: int) -> range:
        """From the first to the last element that counts for a new one, as if the axis went on for ever."""
        centre = self.centre(place)
        if self.rule.interpolation == "nearest":
            nearest = ROUNDED[self.rule.nearest](centre)
            return range(nearest, nearest + 1)
        if self.stretch == 1 and centre.denominator == 1:
            return range(int(centre), int(centre) + 1)
        support = SUPPORT[self.rule.interpolation] * self.stretch
        return range(math.floor(centre - support) + 1, math.ceil(centre + support))

    @property
    def most(self) -> int:
        """How many elements a new one is made of, at most."""
        return max(math.ceil(2 * SUPPORT[self.rule.interpolation] * self.stretch), 1)

    @property
    def sampling(self) -> Sampling:
        """The same as the receptive field needs it, in places of the input."""

        def places(place: int) -> range:
            reach = self.reach(place)
            return range(reach.start + self.offset, reach.stop + self.offset)

        if self.rule.coordinates == CROPPED:
            return Sampling(self.count, 0, lambda place: self._inside(place % self.count))
        return Sampling(self.step.denominator, self.step.numerator, places)

    def _inside(self, place: int) -> range:
        """What counts for a new element of an axis that is cropped, which goes on nowhere."""
        reach = self.reach(place)
        return range(0) if self.is_outside(place) else range(max(reach.start, 0), min(reach.stop, self.length))

    @property
    def at_ends(self) -> dict[int, list[int]]:
        """For the new elements whose filter reaches beyond an end the places that make them, the end in its stead."""
        found: dict[int, list[int]] = {}
        for places in (range(self.count), range(self.count - 1, -1, -1)):
            for place in places:
                reach = self.reach(place)
                if 0 <= reach.start <= reach.stop <= self.length or place in found or len(found) > MOST_LISTED:
                    break
                found[place] = [
                    at + self.offset for at, weight in _weighed(replace(self, offset=0), place) if weight and at >= 0
                ]
        return found

    def weights(self) -> list[dict[int, float]]:
        """For every new element what each of those that make it counts, by its place in the input."""
        return [{at + self.offset: one for at, one in some} for some in _weights(replace(self, offset=0))]


@lru_cache(64)
def _weights(axis: Resampling) -> list[list[tuple[int, float]]]:
    return [_weighed(axis, place) for place in range(axis.count)]


def _weighed(axis: Resampling, place: int) -> list[tuple[int, float]]:
    """The elements that make a new one, in order, each with its weight; together they weigh 1."""
    rule, last = axis.rule, axis.length - 1
    if axis.is_outside(place):
        return [(-1, 1.0)]  # beyond the end, where the layer's padding stands
    reach, centre = axis.reach(place), axis.centre(place)
    if len(reach) == 1 or rule.interpolation == "nearest":
        return [(min(max(reach.start, 0), last), 1.0)]
    found: dict[int, float] = {}
    for at in reach:
        weight = rule.weight((at - centre) / axis.stretch)
        inside = min(max(at, 0), last)
        if weight and (inside == at or not rule.exclude_outside):
            found[inside] = found.get(inside, 0.0) + weight
    if not found:
        return [(min(max(math.floor(centre), 0), last), 1.0)]  # all lie beyond an end, which stands for them
    whole = math.fsum(found.values())
    return [(at, weight / whole) for at, weight in found.items()]


def _cubic(t: float, a: float) -> float:
    if t < 1:
        return ((a + 2) * t - (a + 3)) * t * t + 1
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a


def _sinc(t: float) -> float:
    return math.sin(math.pi * t) / (math.pi * t)
