"""In which order a tensor stands that another program wrote, and how it comes into ours.

Frameworks put channels first or last, leave out the minibatch of one, and flatten in the order that they have in
memory. Every way that leads to our shape is tried, ours first; where several do, the values decide.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.shapes import Array, Shape

MOST_AXES = 5
"""Of tensors whose axes are tried in every order."""
SAMPLED = 2**14
"""Elements that tell one order from another."""
THINNED = 2**4 - 1
"""One of so many of them tells which other orders are not worth looking at."""
CERTAIN = 1e-3
"""Of a tensor's own size: nearer than that, no other order is tried."""
CLOSER = 0.1
"""How much closer another order must be than the tensor as it stands: a wrong layer may look turned by chance."""


@dataclass(frozen=True)
class Layout:
    """One way to bring a tensor into our order; `said` is nothing for the tensor as it stands."""

    said: str
    ours: Callable[[Array], Array]


def layouts(found: Shape, wanted: Shape, before: Shape | None = None) -> Iterator[Layout]:
    """The ways from a shape to that which is wanted, minibatch included, the likely ones first.

    `before` is the shape (*space, channels) of one sample that was flattened to the wanted one.
    """
    if found == wanted:
        yield Layout("", lambda array: array)
    elif (1, *found) == wanted:
        yield Layout("without the minibatch", lambda array: array[None])
    if len(found) == len(wanted) + 1 and found[:1] == (1,):  # a minibatch of one, where we have a vector
        yield from layouts(found[1:], wanted, before)
    if before is not None and len(before) > 1 and found == wanted:
        yield Layout("flattened with channels first", lambda array: _reflattened(array, before))
        yield Layout("flattened with channels last", lambda array: _flattened_back(array, before))
    yield from _permuted(found, wanted)
    if len(found) != len(wanted) and _longer(found) == _longer(wanted) and found[1:] != wanted and found != wanted[1:]:
        yield Layout("with other axes of 1", lambda array: array.reshape(wanted))


def _longer(shape: Shape) -> Shape:
    """The axes that are not 1."""
    return tuple(size for size in shape if size != 1)


def _permuted(found: Shape, wanted: Shape) -> Iterator[Layout]:
    """Other orders of the axes of a sample, channels moved to the other end before all others."""
    batched = len(found) == len(wanted)
    if not (batched or len(found) + 1 == len(wanted)) or len(wanted) > MOST_AXES or len(wanted) < 3:
        return
    shape = found if batched else (1, *found)
    rest = range(1, len(wanted))
    moved = [(*rest[1:], 1), (rest[-1], *rest[:-1])]
    for order in dict.fromkeys([*moved, *permutations(rest)]):
        if order != tuple(rest) and tuple(shape[axis] for axis in (0, *order)) == wanted:
            yield Layout(_called(order), _transposing((0, *order), batched=batched))


def _called(order: tuple[int, ...]) -> str:
    last = len(order)
    if order == (*range(2, last + 1), 1):
        return "channels first"
    if order == (last, *range(1, last)):
        return "channels last"
    return f"axes in the order {', '.join(map(str, order))}"


def _transposing(order: tuple[int, ...], *, batched: bool) -> Callable[[Array], Array]:
    return lambda array: (array if batched else array[None]).transpose(order)


def _reflattened(array: Array, before: Shape) -> Array:
    """A vector that was flattened (C, *space), as one that was flattened (*space, C)."""
    shaped = array.reshape(-1, before[-1], *before[:-1])
    return np.moveaxis(shaped, 1, -1).reshape(array.shape)


def _flattened_back(array: Array, before: Shape) -> Array:
    """A vector that was flattened (*space, C), as one that was flattened (C, *space)."""
    return np.moveaxis(array.reshape(-1, *before), -1, 1).reshape(array.shape)


def elsewhere(found: Shape, wanted: Shape) -> Iterator[Layout]:
    """The ways for a tensor of a model that was read from elsewhere: its samples along any axis, axes of 1 anywhere."""
    given, rest = (tuple(size for size in shape if size != 1) for shape in (found, wanted))
    if sorted(given) != sorted(rest) or len(rest) > MOST_AXES:
        return
    for order in permutations(range(len(rest))):
        if tuple(given[axis] for axis in order) == rest:
            yield Layout("its samples along another axis", _turning(given, order, wanted))


def _turning(given: Shape, order: tuple[int, ...], wanted: Shape) -> Callable[[Array], Array]:
    return lambda array: array.reshape(given).transpose(order).reshape(wanted)


def best(
    found: Shape, ours: Array, array: Array, before: Shape | None = None, *, is_read: bool = False
) -> Layout | None:
    """The way on which an array comes closest to ours; None if none leads to its shape.

    `is_read` says that ours is of a model that was read from elsewhere, and may have its samples along another axis.
    """
    ways = list(layouts(found, ours.shape, before))
    if is_read and not ways:
        ways += elsewhere(found, ours.shape)
    if len(ways) < 2:
        return ways[0] if ways else None
    sample = some(ours).astype(np.float64)
    distance = _distance(sample, some(ways[0].ours(array)))
    if distance <= CERTAIN * _distance(sample, np.zeros_like(sample)):
        return ways[0]
    few = some(ours, THINNED).astype(np.float64)
    likely = [way for way in ways[1:] if _distance(few, some(way.ours(array), THINNED)) < distance]
    distances = [_distance(sample, some(way.ours(array))) for way in likely]
    nearest = min(range(len(likely)), key=distances.__getitem__, default=None)
    return ways[0] if nearest is None or distances[nearest] >= CLOSER * distance else likely[nearest]


def some(array: Array, thinned: int = 1) -> Array:
    """Elements from all over a tensor, not more than SAMPLED."""
    step = max(1, array.size // SAMPLED) | 1  # odd, so that no even axis is met at the same places again and again
    if array.flags.c_contiguous:
        return array.reshape(-1)[:: step * thinned]
    places = np.arange(0, array.size, step * thinned)
    found: Array = array[np.unravel_index(places, array.shape)]
    return found


def _distance(ours: Array, theirs: Array) -> float:
    """The mean difference, where both are numbers."""
    with np.errstate(all="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs)
        mean = float(np.mean(apart, dtype=np.float64)) if apart.size else np.inf
    if np.isfinite(mean):
        return mean
    finite = apart[np.isfinite(apart)]
    return float(np.mean(finite, dtype=np.float64)) if finite.size else np.inf
