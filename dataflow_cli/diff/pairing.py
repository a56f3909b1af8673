"""Which tensor of one side is which of the other: by a map, by name, then by what stands in it.

Frameworks share no names, so what no name pairs is aligned: both orders of execution are laid beside each other so that
shapes fit, up to the order of axes, and values are alike. Of layers that one side fused, the last is the partner.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from dataflow_cli.diff.alignment import aligned
from dataflow_cli.diff.looks import HALF, NEARER, Look, alike, apart
from dataflow_cli.errors import UnknownName, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dataflow_cli.shapes import Shape

COMPLETE = 0.8
"""Of how alike the best pairs are: where those in order are so much, nothing is missing, and they are taken."""
SURE = 0.9
"""How alike tensors are that are the same but for rounding."""
NAMED = 0.3
"""How much more alike tensors are taken to be that are called almost the same."""
NOBODY: Mapping[str, str] = {}
SOME = 8
"""How many tensors with equal names are looked at."""


def by_map(asked: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    """The pairs that a user names, `a=b` each. Raises UnknownName for what is no pair, or names nothing."""
    found = {}
    for text in asked:
        left, equals, right = text.partition("=")
        if not equals:
            raise UnknownName(f"--map {text}: no pair", hint="write --map NAME_IN_A=NAME_IN_B")
        for name, known in ((left, ours), (right, theirs)):
            if name not in known:
                raise UnknownName(
                    f"--map {text}: no tensor is called '{name}'",
                    hint=suggestion(name, known) or f"there are: {', '.join(list(known)[:8])}",
                )
        found[left] = right
    return found


def by_name(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    """Pairs of names that are equal but for marks and what a framework puts around them; none that two have."""
    mine, short = _unique(ours), _unique(theirs)
    return {name: short[key] for key, name in mine.items() if key in short}


def _unique(names: Sequence[str]) -> dict[str, str]:
    """Names by what is left of them without marks; none that two have."""
    keys = [plain(name) for name in names]
    return {key: name for key, name in zip(keys, names, strict=True) if keys.count(key) == 1}


def plain(name: str) -> str:
    """A name without case, marks, and the number that TensorFlow puts behind a tensor's."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r":0$", "", name).lower()).strip("_")


def same_elements(one: Shape, other: Shape) -> bool:
    """Whether two shapes, minibatch included, can be the same tensor in another order of axes."""
    return lengths(one) == lengths(other)


def lengths(shape: Shape) -> tuple[int, ...]:
    """The lengths of a shape's axes, in no order, but for those of 1."""
    return tuple(sorted(n for n in shape if n != 1))


def paired(
    ours: Mapping[str, Shape],
    theirs: Mapping[str, Shape],
    asked: Sequence[str],
    looks: tuple[Callable[[str], Look], Callable[[str], Look]],
    sources: Mapping[str, str] = NOBODY,
    *,
    functions: Collection[str] = (),
    gives: Mapping[str, str] = NOBODY,
    inputs: Collection[str] = (),
) -> Paired:
    """The partner of every tensor of ours that has one, by shapes with the minibatch and by their values.

    `sources` are what ours are called in the model that they come from, `functions` those that are an activation: what
    is two layers here may be one elsewhere, of which the last is the partner. `gives` are what ours are called in the
    model that was read, tensor by tensor, or nothing: these are certain, and where most of them are there, a layer
    without one has no partner. Nor has one whose axes are taken together there: it is computed, and judged with the
    next. `inputs` are those of ours that no layer puts out. Equal names pair, but where their values say that they are
    counted otherwise: Keras' `dense_1` is our `dense_2`.
    """
    found = by_map(asked, list(ours), list(theirs))
    pairing = _Pairing(ours, theirs, looks)
    named = {a: b for a, b in gives.items() if b in theirs and pairing.can_be(a, b)}
    found = {a: b for a, b in named.items() if pairing.fits(a, b)} | found
    ours_alone = gives.keys() if len(named) * 2 > sum(map(bool, gives.values())) else set[str]()
    taken = set(found.values())
    equal = {
        a: b for a, b in _equal(ours, theirs, sources).items() if a not in found and a not in named and b not in taken
    }
    equal = {a: b for a, b in equal.items() if pairing.can_be(a, b)}
    shifted = not len(equal) == len(ours) == len(theirs) and pairing.is_shifted(equal)
    if not shifted:
        moved = {a: pairing.behind(a, b, set(equal.values()) | taken) for a, b in equal.items()}
        found |= dict(pairing.activated(a, b, functions) for a, b in moved.items())
    left = [name for name in ours if name not in found and name not in ours_alone]
    right = [name for name in theirs if name not in set(found.values())]
    called_alike = (
        not shifted and theirs.keys() <= ours.keys()
    )  # then what has another size is that layer's all the same
    rest = pairing.rest(left, right) if left and right and not called_alike else {}
    found |= rest
    named = {a: b for a, b in found.items() if a not in rest}
    doubtful = pairing.doubtful(found, rest)
    return Paired(found if shifted else found | misshapen(ours, theirs, found, inputs), doubtful, named, left, right)


def misshapen(
    ours: Mapping[str, Shape], theirs: Mapping[str, Shape], found: Mapping[str, str], inputs: Collection[str] = ()
) -> dict[str, str]:
    """What is left where a layer gives another size, or an axis more or less: of equal names, else what stands behind
    the last pair of both, else what both end with.

    Where something pairs behind it, what is left over there is nobody's partner: its size would have gone on.
    """
    left = [name for name in ours if name not in found]
    right = [name for name in theirs if name not in set(found.values())]
    equal = {name: name for name in left if name in right}
    if equal:
        return equal
    mine = [name for name in _behind(list(ours), set(found)) if name not in inputs]
    other = _behind(list(theirs), set(found.values()))
    for place in (0, -1) if mine and other else ():
        one, two = ours[mine[place]], theirs[other[place]]
        if (place == 0 and found and _one_size_off(one, two)) or _without_axes(one, two) or _without_axes(two, one):
            return {mine[place]: other[place]}
    return {}


def _behind(names: list[str], paired: set[str]) -> list[str]:
    """The names behind the last that is paired."""
    last = max((at for at, name in enumerate(names) if name in paired), default=-1)
    return names[last + 1 :]


def _one_size_off(one: Shape, other: Shape) -> bool:
    """Whether two shapes have as many axes, and the longest of what they share, as channels are, is there in both."""
    if len(one) != len(other) or len(one) < 3:
        return False
    return one[0] == other[0] and bool({*one[1:]} & {*other[1:]})


def _without_axes(one: Shape, other: Shape) -> bool:
    """Whether one shape has all axes of the other but some, as what is left of a sequence where only its end is."""
    if not 1 < len(one) < len(other) or one[0] != other[0] or max(one[1:]) == 1:
        return False
    return not Counter(one[1:]) - Counter(other[1:])


def _equal(ours: Mapping[str, Shape], theirs: Mapping[str, Shape], sources: Mapping[str, str]) -> dict[str, str]:
    """Equal names, first those that ours have where they come from, if no two of ours come from there.

    An exporter keeps parameters once that are the same numbers, and layers are called after their parameters.
    """
    once = Counter(sources.get(name, name) for name in ours)
    found = {name: sources[name] for name in ours if sources.get(name) in theirs and once[sources[name]] == 1}
    return found | {name: name for name in ours if name in theirs and name not in found.values() and name not in found}


class Paired(NamedTuple):
    """Who is whose partner."""

    partner: dict[str, str]
    doubtful: frozenset[str]
    """Names of ours that may have none: of what is paired by shape in between what is alike."""
    named: dict[str, str]
    """The pairs that do not come of what the tensors look like."""
    left: list[str]
    """Ours that none of these pairs has."""
    right: list[str]
    """And theirs."""


class _Pairing:
    """Both sides' tensors, by shapes and, where asked for, by values."""

    def __init__(
        self,
        ours: Mapping[str, Shape],
        theirs: Mapping[str, Shape],
        looks: tuple[Callable[[str], Look], Callable[[str], Look]],
    ) -> None:
        self.shapes = ours, theirs
        self.looks = looks
        self.seen: tuple[dict[str, Look], dict[str, Look]] = ({}, {})
        self.names = list(theirs)
        self.places = {name: place for place, name in enumerate(self.names)}

    def can_be(self, a: str, b: str) -> bool:
        """Whether one can be the other, in another order of axes or with fewer."""
        return math.prod(self.shapes[0][a]) == math.prod(self.shapes[1][b])

    def fits(self, a: str, b: str) -> bool:
        return same_elements(self.shapes[0][a], self.shapes[1][b])

    def likeness(self, a: str, b: str) -> float:
        for name, known, looked in zip((a, b), self.seen, self.looks, strict=True):
            if name not in known:
                known[name] = looked(name)
        return alike(self.seen[0][a], self.seen[1][b])

    def is_shifted(self, equal: Mapping[str, str]) -> bool:
        """Whether hardly any of the tensors with equal names are alike, and others are."""
        some = list(equal)[:SOME]
        if not some or sum(self.likeness(name, equal[name]) >= HALF for name in some) * 2 >= len(some):
            return False
        others = [b for b in self.shapes[1] if self.can_be(some[0], b)]
        return any(self.likeness(some[0], b) >= HALF for b in others)

    def behind(self, a: str, b: str, taken: set[str]) -> str:
        """What is the partner of a tensor whose equal name says another: of those that follow the one that is alike.

        Where an activation is a layer of its own there, or was made part of the rounding to int8, what is called as
        ours are the sums before it; where a normalization was folded into ours, what comes before that, which hardly
        differs from ours if the normalization has learned nothing yet.
        """
        following = [*takewhile(lambda name: name not in taken, self.names[self.places[b] + 1 :])]
        alike = [(self.likeness(a, name), name) for name in following if self.fits(a, name)]
        likeness, best = max(alike, default=(0.0, b))
        if likeness < HALF or (self.likeness(a, b) >= HALF and not self.is_nearer(a, best, b)):
            return b
        return best

    def is_nearer(self, a: str, one: str, other: str) -> bool:
        """Whether one tensor is a tensor of ours but for rounding, and another one is more than that off."""
        return NEARER * apart(self.likeness(a, one)) < apart(self.likeness(a, other))

    def activated(self, a: str, b: str, functions: Collection[str]) -> tuple[str, str]:
        """The same the other way round: a partner's activation is in it, and ours is a layer behind."""
        names = list(self.shapes[0])
        following = takewhile(functions.__contains__, names[names.index(a) + 1 :])
        alike = {
            name: self.likeness(name, b) for name in following if name not in self.shapes[1] and self.fits(name, b)
        }
        if not alike or max(alike.values()) <= self.likeness(a, b):
            return a, b
        return max(alike, key=alike.__getitem__), b

    def doubtful(self, found: Mapping[str, str], rest: Mapping[str, str]) -> frozenset[str]:
        """Those that no name pairs, whose values are not quite the same, where a later pair's are."""
        unlike = {a for a, b in rest.items() if self.likeness(a, b) < SURE}
        if not unlike:
            return frozenset()
        order = list(self.shapes[0])
        last = max((order.index(a) for a, b in found.items() if self.likeness(a, b) >= SURE), default=-1)
        return frozenset(a for a in unlike if order.index(a) < last)

    def total(self, pairs: Mapping[str, str]) -> float:
        """How alike all pairs are together."""
        return sum(self.likeness(a, b) for a, b in pairs.items())

    def rest(self, ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
        """What no equal name pairs: aligned, with a hand for names that are almost equal; then by these alone."""
        named = by_name(ours, theirs)

        def likeness(a: str, b: str) -> float:
            return self.likeness(a, b) + (NAMED if named.get(a) == b else 0.0)

        found = aligned(ours, theirs, self.fits, likeness)
        last = ours[len(ours) - len(theirs) :]
        if len(last) == len(theirs) and all(map(self.fits, last, theirs)):  # all of ours, or all but the inputs
            in_order = dict(zip(last, theirs, strict=True))
            if self.total(in_order) >= COMPLETE * self.total(found):
                found = in_order
        taken = set(found.values())
        late = {a: b for a, b in named.items() if a not in found and b not in taken and self.can_be(a, b)}
        return found | late
