"""Which captured tensor is a given one but for rounding, element by element: the strongest evidence that there is.

Quantiles are the same in any order of the elements, so they tell quickly what cannot be; the elements, what is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.alignment import ALIKE, FITS, aligned
from dataflow_cli.diff.budget import STORED
from dataflow_cli.diff.looks import HALF, NEARER, alike, look
from dataflow_cli.diff.order import apart, in_our_order
from dataflow_cli.diff.pairing import same_elements
from dataflow_cli.diff.storing import stored_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.looks import Look
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array

CLOSE = 1e-3
"""Of what a tensor's elements vary by: what lies nearer is the same but for rounding, or a fault in few elements."""
ROUNDED = 1e-6
"""The same of what is rounded otherwise in one layer."""
STEPS = 4
"""Of half precision, that an element may be off for its rounding."""
DIGITS = 7.0
"""That two tensors of float32 have in common at most."""
ROOM = (1e-6 - FITS) / ALIKE
"""How like one of ours a tensor is that is none of them: it tells of two equal ways, and weighs nothing beside them."""


class Content:
    """What stands in both sides' tensors."""

    def __init__(self, run: Run, other: Captured) -> None:
        self.run = run
        self.other = other
        self._looks: dict[str, Look] = {}

    def look(self, b: str) -> Look:
        """Quantiles of a tensor of the other side."""
        if b not in self._looks:
            self._looks[b] = look(self.other[b])
        return self._looks[b]

    def fits(self, name: str, b: str) -> bool:
        """Whether a tensor of the other side can be one of ours in another order of axes."""
        return same_elements(self.run.shapes[name], self.other.shapes[b])

    def in_our_order(self, name: str, b: str, wanted: Array | None = None) -> Array | None:
        """The tensor of the other side as ours stands."""
        return in_our_order(self.run, name, self.other[b], wanted)

    def apart(self, name: str, wanted: Array, b: str, seen: Look | None = None) -> float:
        """How far a tensor of the other side lies from what is `wanted` (N, *shape) of one of ours.

        Infinite if they are not the same but for rounding. `seen` are the quantiles of `wanted`.
        """
        if not self.fits(name, b) or alike(look(wanted) if seen is None else seen, self.look(b)) < HALF:
            return math.inf
        array = self.in_our_order(name, b, wanted)
        distance = math.inf if array is None else apart(wanted, array)
        return (
            distance if distance <= CLOSE or distance <= STEPS * STORED.get(stored_as(self.other[b]), 0) else math.inf
        )

    def nearest(self, name: str, wanted: Array, among: Iterable[str]) -> str | None:
        """Of some tensors of the other side that which is `wanted`, but for rounding; None if none is."""
        seen = look(wanted)
        found = [(self.apart(name, wanted, b, seen), place, b) for place, b in enumerate(among)]
        distance, _, b = min(found, default=(math.inf, 0, ""))
        return b if math.isfinite(distance) else None

    def same(self, ours: Sequence[str], theirs: Sequence[str]) -> Same:
        """Which tensors of the other side are what ours are; of several, in the order of both, if they can be.

        One that is another of ours but for rounding is none that this hardly differs from, as a sum with what a
        network has hardly learned yet.
        """
        near = {}
        for name in ours:
            values = self.run.values[name]
            seen = look(values)
            for b in theirs:
                distance = self.apart(name, values, b, seen)
                if math.isfinite(distance):
                    near[name, b] = distance
        explained = {b for _, b in near}
        near = {pair: distance for pair, distance in near.items() if not self.is_rather_another(*pair, distance)}
        found = self._in_order(ours, theirs, near)
        for name, b in sorted(near, key=near.__getitem__):
            if name not in found and b not in found.values():
                found[name] = b
        return Same(found, explained)

    def is_rather_another(self, name: str, b: str, distance: float) -> bool:
        """Whether a tensor of the other side that lies so far from one of ours lies much nearer to another of ours."""
        values = self.run.values
        return distance > ROUNDED and any(
            NEARER * self.apart(other, values[other], b) < distance for other in values if other != name
        )

    def _in_order(
        self, ours: Sequence[str], theirs: Sequence[str], near: Mapping[tuple[str, str], float]
    ) -> dict[str, str]:
        """Those of the pairs that are near that stand in the order of both.

        Of two of ours that are the same, it is the one that leaves the other's place to a tensor that is like none.
        """
        like_ours = {b for _, b in near}

        def fits(a: str, b: str) -> bool:
            return (a, b) in near or (b not in like_ours and self.fits(a, b))

        found = aligned(ours, theirs, fits, lambda a, b: _digits(near[a, b]) if (a, b) in near else ROOM)
        return {name: b for name, b in found.items() if (name, b) in near}


class Same:
    """What is the same but for rounding."""

    def __init__(self, partner: Mapping[str, str], explained: set[str]) -> None:
        self.partner = partner
        self.explained = explained
        """Tensors of the other side that are one of ours, or one of them again."""


def _digits(distance: float) -> float:
    """How many digits two tensors share, to half a one, of DIGITS."""
    return min(DIGITS, round(-2 * math.log10(max(distance, 1e-12))) / 2) / DIGITS
