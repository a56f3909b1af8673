"""What two lists of parameters of one layer have apart: which, how many numbers, and what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.causes import parameters as hypotheses
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Parameters, Shape

EQUAL = 2.0**-22
"""Of the largest: how near numbers are that were made of one another, as what is scaled is rounded anew."""
FEW = 1 / 16
"""Of all numbers: where no more are others, they were changed by themselves."""
SAMPLED = 2**10
"""So many numbers are compared before all are."""


def apart(own: Parameters, theirs: Parameters) -> list[str]:
    """The names of parameters that both have, of one shape, with other numbers."""
    both = [name for name, array in own.items() if name in theirs and theirs[name].shape == array.shape]
    return [name for name in both if _others(own[name], theirs[name]).any()]


def told_apart(node: Node, own: Parameters, theirs: Parameters, sides: tuple[str, str]) -> tuple[str, str]:
    """What the parameters of the other side are, and what to do; both have the same names and shapes.

    `sides` are what ours is called, and what the other.
    """
    names, (side, other) = apart(own, theirs), sides
    counts = {name: int(_others(own[name], theirs[name]).sum()) for name in names}
    if any(counts[name] > FEW * own[name].size for name in names):
        for change in hypotheses.changes(node, own):
            if _alike(change.parameters, theirs):
                return f"{side} has the parameters of {other}, where {change.found}", change.advice
        for change in hypotheses.lossy(node, theirs):
            if _alike(change.parameters, own):
                return f"{side} has the parameters of {other}; in {side} {change.found}", change.advice
    said = "; and if ".join(_told(name, own[name], theirs[name], counts[name], sides) for name in names)
    return (
        said,
        f"Compare {' and '.join(names)} of both sides, and how {'it is' if len(names) == 1 else 'they are'} loaded",
    )


def _others(one: Array, other: Array) -> Array:
    """Which numbers are not the same."""
    others: Array = (one != other) & ~(np.isnan(one) & np.isnan(other))
    return others


def _alike(one: Parameters, other: Parameters) -> bool:
    return all(_close(array, other[name]) for name, array in one.items())


def _close(one: Array, other: Array) -> bool:
    """Whether numbers are the same but for how they are rounded: first of some, as most are not."""
    largest = EQUAL * float(np.max(np.abs(other), initial=0.0))
    some = max(1, one.size // SAMPLED)
    return all(
        bool((np.abs(a - b) <= largest).all()) for a, b in ((one.flat[::some], other.flat[::some]), (one, other))
    )


def _told(name: str, a: Array, b: Array, count: int, sides: tuple[str, str]) -> str:
    """One parameter: its number that is another; of several how many, what was done to them, and the largest."""
    side, other = sides
    with np.errstate(all="ignore"):
        difference = np.where(_others(a, b), np.nan_to_num(np.abs(a - b), nan=np.inf), -1.0)
    at: Shape = tuple(int(each) for each in np.unravel_index(int(np.argmax(difference)), a.shape))
    one, two = _written(float(a[at])), _written(float(b[at]))
    if one == two:
        one, two = f"{a[at]:.9g}", f"{b[at]:.9g}"
    where = f"{name}[{', '.join(map(str, at))}]"
    kind = next(_kinds(a, b, sides), "")
    if count == 1:
        return f"{where} is {two}, as in {other}; it is {one}{kind}"
    return (
        f"{side} has `{name}` of {other}, another in {count:,} of {a.size:,} numbers{kind}; "
        f"most at {where}: {side} {one}, {other} {two}"
    )


def _written(number: float) -> str:
    return f"{number:.6g}"


def _kinds(a: Array, b: Array, sides: tuple[str, str]) -> Iterator[str]:
    """What was done to the numbers that are others."""
    side, other = sides
    places = _others(a, b)
    one, two = a[places], b[places]
    if (two == -one).all():
        yield ", with the other sign" if len(one) == 1 else ", all with the other sign"
    if (two == 0).all():
        yield f", all 0 in {other}" if len(two) > 1 else ""
    if (one == 0).all():
        yield f", all 0 in {side}" if len(one) > 1 else ""
    if len(one) > 1:
        yield from _scaled(one, two, other)
        yield from _moved(a, b, sides)
        yield from _of_one(places)


def _scaled(one: Array, two: Array, other: str) -> Iterator[str]:
    """One factor, or one number that is added."""
    factor = float(one @ two) / (float(one @ one) or np.nan)
    if np.isfinite(factor) and _close(factor * one, two):
        yield f", {factor:.6g} times as large in {other}"
    by = float(np.mean(two - one))
    if np.isfinite(by) and _close(one + by, two):
        yield f", larger by {by:.6g} in {other}"


def _moved(a: Array, b: Array, sides: tuple[str, str]) -> Iterator[str]:
    """The same slices along an axis in another order."""
    side, other = sides
    for axis in range(a.ndim):
        ours, theirs = (_slices(array, axis) for array in (a, b))
        if not np.array_equal(np.sort(ours.sum(axis=1)), np.sort(theirs.sum(axis=1))):
            continue
        places = {row.tobytes(): number for number, row in enumerate(ours)}
        order = [places.get(row.tobytes()) for row in theirs]
        if None not in order and len(set(order)) == len(places):
            first = next(number for number, place in enumerate(order) if place != number)
            moved = f"what {other} has at {first} is at {order[first]} in {side}"
            yield f", as axis {axis} stands in another order: {moved}"


def _slices(array: Array, axis: int) -> Array:
    return np.ascontiguousarray(np.moveaxis(array, axis, 0)).reshape(array.shape[axis], -1)


def _of_one(places: Array) -> Iterator[str]:
    """All at one place of an axis, such as in one channel: the last axis first."""
    for axis in reversed(range(places.ndim)) if places.ndim > 1 else ():
        along = np.unique(np.nonzero(places)[axis])
        if len(along) == 1 < places.shape[axis]:
            yield f", all at {along[0]} of axis {axis}"
