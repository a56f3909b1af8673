"""Two profiles compared: which layers and channels behave otherwise over B's data set than over A's.

A channel's mean has shifted if it lies further from A's than a tenth of both standard deviations' root mean square, and
than chance moves the means of so many samples: a data set is a draw, and another draw of the same kind is no change.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.kernels.octaves import share_beyond
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.profile.answers import Answers
    from dataflow_cli.profile.model import LayerProfile, Profile
    from dataflow_cli.shapes import Array

SAME, CLOSE, CHANGED, MISSING = "same", "close", "changed", "missing"
SHIFT = 0.1
"""Of a standard deviation, by which a mean may move."""
SPREAD = 0.25
"""By which a standard deviation may grow or shrink, of the larger one."""
ACCURACY = 0.005
"""By which a share of right answers may move."""
SIGMAS = 4.0
"""Standard errors that are put down to chance: once in 16,000 channels."""
RESCALED = 16.0
"""Times the other's, an input's largest magnitude: it is scaled otherwise, however few samples tell so."""
SURELY = 7.0
"""So many values above zero are expected where none came: chance does that once in 1,000 channels."""


@dataclass(frozen=True)
class Allowed:
    """How far means and standard deviations may lie apart: |A - B| <= atol + rtol |A|, in place of what chance does."""

    rtol: float = 0.0
    atol: float = 0.0


@dataclass(frozen=True)
class LayerChange:
    """One tensor of both profiles. Arrays (C,) have a number a channel."""

    a: LayerProfile
    b: LayerProfile
    allowed: Allowed | None = None

    @property
    def name(self) -> str:
        return self.a.name

    @cached_property
    def shift(self) -> Array:
        """B's mean minus A's in standard deviations, the root mean square of both; infinite where neither varies."""
        scale = np.sqrt((self.a.deviations**2 + self.b.deviations**2) / 2)
        apart = self.b.tally.mean - self.a.tally.mean
        found: Array = np.where(apart == 0, 0.0, np.copysign(np.inf, apart))
        np.divide(apart, scale, out=found, where=scale > 0)
        return found

    @cached_property
    def spread(self) -> Array:
        """B's standard deviation minus A's, of the larger one: -1 to 1."""
        larger = np.maximum(self.a.deviations, self.b.deviations)
        apart = self.b.deviations - self.a.deviations
        found: Array = np.divide(apart, larger, out=np.zeros(len(apart)), where=larger > 0)
        return found

    @cached_property
    def died(self) -> Array:
        """Channels that are dead in B and were not in A, where chance does not explain it."""
        return _gone(self.a, self.b)

    @cached_property
    def revived(self) -> Array:
        """Channels that were dead in A and are not in B, where chance does not explain it."""
        return _gone(self.b, self.a)

    @cached_property
    def saturated(self) -> Array:
        """Channels that are saturated in B and were not in A."""
        return np.setdiff1d(self.b.saturated, self.a.saturated)

    @cached_property
    def freed(self) -> Array:
        """Channels that were saturated in A and are not in B."""
        return np.setdiff1d(self.a.saturated, self.b.saturated)

    @cached_property
    def moved(self) -> Array:
        """Channels whose mean or standard deviation lies further from A's than is allowed."""
        if self.allowed is not None:
            return np.flatnonzero(self._beyond("mean") | self._beyond("deviations"))
        if self.rescaled:
            return np.arange(self.a.channels)
        noise = 1 / self.a.tally.samples + 1 / self.b.tally.samples
        shifted = np.abs(self.shift) > SHIFT + SIGMAS * np.sqrt(noise)
        active = np.maximum(_active(self.a), _active(self.b))
        chance = np.sqrt(np.divide(noise, 4 * active, out=np.full(len(active), np.inf), where=active > 0))
        return np.flatnonzero(shifted | (np.abs(self.spread) > SPREAD + SIGMAS * chance))

    @property
    def rescaled(self) -> bool:
        """Whether it is an input that lies in another range by far: pixels as 0..255 in one, as 0..1 in the other."""
        small, large = sorted(max(abs(each.low), abs(each.high)) for each in (self.a, self.b))
        return self.a.is_input and small > 0 and large > RESCALED * small

    def _beyond(self, name: str) -> Array:
        rule = self.allowed or Allowed()
        before, after = (_numbers(each, name) for each in (self.a, self.b))
        found: Array = ~(np.abs(after - before) <= rule.atol + rule.rtol * np.abs(before))
        return found

    @cached_property
    def unsound(self) -> Array:
        """Channels with NaN or infinities in one of the two alone."""
        before, after = (each.tally.nans + each.tally.infinities > 0 for each in (self.a, self.b))
        return np.flatnonzero(before != after)

    @cached_property
    def changed(self) -> Array:
        """All channels that changed in one of these ways."""
        parts = (self.died, self.revived, self.saturated, self.freed, self.moved, self.unsound)
        return np.unique(np.concatenate(parts))

    @cached_property
    def verdict(self) -> str:
        if len(self.changed):
            return CHANGED
        before, after = self.a.tally.arrays(), self.b.tally.arrays()
        equal = all(np.array_equal(array, after[name], equal_nan=True) for name, array in before.items())
        return SAME if equal else CLOSE

    def beyond(self, dtype: str) -> float:
        """The share of B's values that lie beyond A's extremes, to a sixteenth of an octave."""
        return share_beyond(self.b.tally.counts, self.a.low, self.a.high, dtype)


def _numbers(layer: LayerProfile, name: str) -> Array:
    found: Array = layer.deviations if name == "deviations" else layer.tally.mean
    return found


def _active(layer: LayerProfile) -> Array:
    """The share of values (C,) that are not zero."""
    tally = layer.tally
    found: Array = 1 - tally.zeros / max(tally.samples * tally.places, 1)
    return found


def _gone(before: LayerProfile, after: LayerProfile) -> Array:
    """The channels that are dead afterwards, though so many samples should have shown a value."""
    expected = _active(before) * after.tally.samples
    return after.dead[expected[after.dead] > SURELY]


@dataclass(frozen=True)
class ClassChange:
    """The samples of one right class, or of all."""

    name: str
    samples: tuple[int, int]
    """In A and in B."""
    right: tuple[int, int]

    @property
    def accuracy(self) -> tuple[float | None, float | None]:
        return tuple(right / n if n else None for right, n in zip(self.right, self.samples, strict=True))  # type: ignore[return-value]

    @property
    def changed(self) -> bool:
        """Whether the shares lie further apart than chance brings them."""
        if 0 in self.samples:
            return False
        before, after = (right / n for right, n in zip(self.right, self.samples, strict=True))
        share = sum(self.right) / sum(self.samples)
        chance = (share * (1 - share) * sum(1 / n for n in self.samples)) ** 0.5
        return bool(abs(after - before) > ACCURACY + SIGMAS * chance)


@dataclass(frozen=True)
class Confused:
    """How many samples of a class were taken for another one."""

    right: str
    answer: str
    counts: tuple[int, int]
    """In A and in B."""


@dataclass(frozen=True)
class ProfileComparison:
    """Two profiles of networks whose layers have the same names and shapes."""

    a: Profile
    b: Profile
    sources: tuple[str, str]
    """What both are called."""
    layers: tuple[LayerChange, ...]
    missing: tuple[str, ...] = ()
    """Layers of A that B has not, or has with another shape."""
    unpaired: tuple[str, ...] = ()
    """The same of B."""
    whole: ClassChange | None = None
    """All samples with a right class; None where one of the two does not know any."""
    classes: tuple[ClassChange, ...] = ()
    confused: tuple[Confused, ...] = ()
    """What is taken for what more or less often, from the largest change."""

    @cached_property
    def first(self) -> LayerChange | None:
        """The first layer that changed."""
        return next((layer for layer in self.layers if layer.verdict == CHANGED), None)

    @property
    def answers_changed(self) -> bool:
        """Whether the share of right answers did, of all or of a class."""
        return any(one.changed for one in (*([self.whole] if self.whole else []), *self.classes))

    @property
    def changed(self) -> bool:
        return self.first is not None or self.answers_changed

    def counted(self, verdict: str) -> int:
        """How many layers have a verdict."""
        return sum(layer.verdict == verdict for layer in self.layers)


def compared_profiles(
    a: Profile, b: Profile, sources: tuple[str, str] = ("A", "B"), allowed: Allowed | None = None
) -> ProfileComparison:
    """What is otherwise in B. Raises InputError if no layer of one has its like in the other."""
    of_b = {layer.name: layer for layer in b.layers}
    pairs = [(layer, of_b[layer.name]) for layer in a.layers if layer.name in of_b and _alike(layer, of_b[layer.name])]
    if not any(not layer.is_input for layer, _ in pairs):
        message = f"{sources[0]} is a profile of {a.network}, {sources[1]} of {b.network}: no layer is in both"
        raise InputError(message, hint="compare profiles of one network, over other data or with other weights")
    paired = {layer.name for layer, _ in pairs}
    whole, classes, confused = _answers(a, b)
    return ProfileComparison(
        a,
        b,
        sources,
        tuple(LayerChange(left, right, allowed) for left, right in pairs),
        missing=tuple(layer.name for layer in a.layers if layer.name not in paired),
        unpaired=tuple(layer.name for layer in b.layers if layer.name not in paired),
        whole=whole,
        classes=classes,
        confused=confused,
    )


def _alike(left: LayerProfile, right: LayerProfile) -> bool:
    return left.output_shape == right.output_shape and left.channels == right.channels


def _answers(a: Profile, b: Profile) -> tuple[ClassChange | None, tuple[ClassChange, ...], tuple[Confused, ...]]:
    """All samples with a right class, each class, and what is taken for what otherwise; nothing if one knows none."""
    before, after = a.answers, b.answers
    if before is None or after is None or before.confusion.shape != after.confusion.shape:
        return None, (), ()
    names = [a.class_name(index) for index in range(len(before.confusion))]
    whole = ClassChange("all", (before.judged, after.judged), (before.right, after.right))
    classes = tuple(_class(name, index, before, after) for index, name in enumerate(names))
    return whole, classes, tuple(_confused(names, before.confusion, after.confusion))


def _class(name: str, index: int, before: Answers, after: Answers) -> ClassChange:
    left, right = before.confusion[index], after.confusion[index]
    return ClassChange(name, (int(left.sum()), int(right.sum())), (int(left[index]), int(right[index])))


def _confused(names: list[str], before: Array, after: Array) -> list[Confused]:
    """What is taken for what in another share of the samples of its class."""
    shares = [counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) for counts in (before, after)]
    apart = shares[1] - shares[0]
    np.fill_diagonal(apart, 0)
    order = np.argsort(-np.abs(apart), axis=None, kind="stable")[: np.count_nonzero(apart)]
    places = zip(*np.unravel_index(order, apart.shape), strict=True)
    return [Confused(names[row], names[at], (int(before[row, at]), int(after[row, at]))) for row, at in places]
