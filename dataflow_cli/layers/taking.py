"""Taking elements out of one sample with the places they came from: what explanations are built of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.explanation import CANDIDATE, NOTHING, OWN, SOURCE, Block, Explanation
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Array, Arrays, Shape

Index = int | Sequence[int]
"""One place on an axis, or several, which make an axis of what is taken. Places beyond the ends are padding."""


@dataclass(frozen=True, eq=False)
class Taken:
    """Elements of an array, as float64, and where they stand in it."""

    values: Array
    places: Array
    inside: Array


def taken(x: Array, axes: Sequence[Index]) -> Taken:
    """The elements of an array at every combination of places, one entry of `axes` an axis; 0 where it is padding."""
    shape = tuple(len(index) for index in axes if not isinstance(index, int))
    places = np.empty((*shape, x.ndim), np.intp)
    along = 0
    for axis, index in enumerate(axes):
        if isinstance(index, int):
            places[..., axis] = index
        else:
            places[..., axis] = np.reshape(index, (-1, *[1] * (len(shape) - along - 1)))
            along += 1
    inside: Array = np.logical_and.reduce((places >= 0) & (places < np.array(x.shape, np.intp)), axis=-1)
    found = x[tuple(np.moveaxis(np.where(inside[..., np.newaxis], places, 0), -1, 0))]
    return Taken(np.where(inside, found, 0).astype(np.float64), places, inside)


def taken_one(x: Array, at: Shape) -> Taken:
    """One element, as an array of shape (1,)."""
    place = np.array([at], np.intp).reshape(1, x.ndim)
    return Taken(np.array([x[at]], np.float64), place, np.ones(1, bool))


def weighted(
    name: str, kind: str, values: Taken, weights: Taken, parameter: str, *, scale: float = 1, number: int = 0
) -> Block:
    """A block whose terms are the values times their coefficients. A `scale` is applied to the subtotal later on."""
    with np.errstate(all="ignore"):
        terms = values.values * weights.values
        counts = values.inside & (weights.values != 0) & (scale != 0)
        return Block(
            name=name,
            kind=kind,
            input=number,
            values=values.values,
            places=values.places,
            inside=values.inside,
            terms=terms,
            roles=np.where(counts, SOURCE, NOTHING).astype(np.int8),
            contributions=terms * scale,
            subtotal=float(terms.sum()),
            coefficients=weights.values,
            parameter=parameter,
            parameter_places=weights.places,
        )


def averaged(name: str, values: Taken, kind: str = "window") -> Block:
    """A block whose subtotal is the mean of what is not padding."""
    with np.errstate(all="ignore"):
        count = int(values.inside.sum())
        subtotal = float(values.values.sum()) / count
        return _plain(name, kind, values, "mean", subtotal, contributions=values.values / count)


def extreme(name: str, values: Taken, combine: str = "max", kind: str = "window") -> Block:
    """A block whose subtotal is the largest or smallest value; the first of equals is the winner."""
    lost = -np.inf if combine == "max" else np.inf
    compared = np.where(values.inside, values.values, lost)
    winner = int(compared.argmax() if combine == "max" else compared.argmin())
    won = (np.arange(compared.size) == winner).reshape(compared.shape)
    roles = np.where(won, SOURCE, np.where(values.inside, CANDIDATE, NOTHING))
    value = float(compared.reshape(-1)[winner])
    block = _plain(name, kind, values, combine, value, contributions=won.astype(np.float64))
    return replace(block, roles=roles.astype(np.int8))


def element(name: str, x: Array, at: Shape, number: int = 0) -> Block:
    """A block of one element of an input, which is copied."""
    value = taken_one(x, at)
    return _plain(name, "element", value, "copy", float(value.values[0]), contributions=np.ones(1), number=number)


def moved(at: Shape, inputs: Arrays, source: Shape | None, *moves: str, number: int = 0) -> Explanation:
    """An element that came from one place of an input unchanged, or from none (a zero that was put there)."""
    samples = [x[0] for x in inputs]
    if source is None:
        return Explanation(at, 0.0, roles_of((), samples), moves=moves)
    block = element("element", samples[number], source, number)
    return Explanation(at, block.subtotal, roles_of((block,), samples), (block,), moves=moves)


def from_blocks(
    at: Shape, inputs: Arrays, blocks: Sequence[Block], total: float, *moves: str, more: Sequence[Block] = ()
) -> Explanation:
    """An explanation that starts from its blocks. `more` are blocks of the layer's own values, shown after them."""
    roles = roles_of(blocks, [x[0] for x in inputs])
    return Explanation(at, float(total), roles, (*blocks, *more), moves=moves)


def summed(at: Shape, inputs: Arrays, blocks: Sequence[Block], over: str = "channels") -> Explanation:
    """The sum of the blocks' subtotals, with a line if there are several."""
    subtotals = [block.subtotal for block in blocks]
    total = float(np.sum(subtotals))
    start = from_blocks(at, inputs, blocks, total)
    return start.then(f"sum over {over}", "", subtotals, total) if len(blocks) > 1 else start


def largest(at: Shape, inputs: Arrays, window: Taken) -> Explanation:
    """The winner of a window."""
    block = extreme("window", window)
    return from_blocks(at, inputs, [block], block.subtotal)


def mean(at: Shape, inputs: Arrays, window: Taken) -> Explanation:
    """The mean of what is not padding in a window."""
    block = averaged("window", window)
    total, count = float(window.values.sum()), int(window.inside.sum())
    start = from_blocks(at, inputs, [block], block.subtotal)
    return start.then(f"mean of {count}", f"{{}} / {count}", (total,), block.subtotal)


def carrying(block: Block, contribution: float) -> Block:
    """A block of one element that carries so much of the value."""
    return replace(block, contributions=np.array([contribution], np.float64))


def silent(block: Block, role: int = NOTHING) -> Block:
    """A block whose elements carry nothing."""
    return replace(block, roles=np.full_like(block.roles, role), contributions=np.zeros_like(block.contributions))


def winner(at: Shape, inputs: Arrays, blocks: Sequence[Block], combine: str) -> Explanation:
    """The largest or smallest of several inputs; the first of equals wins."""
    numbers = [block.subtotal for block in blocks]
    value = float(np.max(numbers) if combine == "max" else np.min(numbers))
    best = int(np.argmax(numbers) if combine == "max" else np.argmin(numbers))
    parts = [block if place == best else silent(block, CANDIDATE) for place, block in enumerate(blocks)]
    start = from_blocks(at, inputs, parts, value)
    return start.then(
        "largest" if combine == "max" else "smallest", f"{combine}({', '.join(['{}'] * len(numbers))})", numbers, value
    )


def unravelled(number: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index, row-major, of the element with this number."""
    places = []
    for length in reversed(shape):
        number, place = divmod(number, length)
        places.append(place)
    return tuple(reversed(places))


def ravelled(at: Sequence[int], shape: Sequence[int]) -> int:
    """The number, row-major, of an element."""
    number = 0
    for place, length in zip(at, shape, strict=True):
        number = number * length + place
    return number


def counted(number: int, at: Sequence[int], shape: Sequence[int], names: Sequence[str] = ()) -> str:
    """`4711 = (h 6, w 1, c 39): 6·12·64 + 1·64 + 39`: how the number and the index of an element belong together."""
    named = (
        [f"{name[0]} {place}" for name, place in zip(names, at, strict=True)] if names else [str(place) for place in at]
    )
    terms = ["·".join(map(str, (place, *shape[axis + 1 :]))) for axis, place in enumerate(at)]
    return f"{math.prod(shape):,} elements: number {number} is ({', '.join(named)}): {' + '.join(terms)} = {number}"


def roles_of(blocks: Sequence[Block], samples: Sequence[Array]) -> tuple[Array, ...]:
    """For every input an array that says what each element is to the value."""
    roles = tuple(np.zeros(x.shape, np.int8) for x in samples)
    for role in (CANDIDATE, SOURCE):
        for block in blocks:
            if block.input != OWN:
                chosen = block.places[block.roles == role]
                roles[block.input][tuple(chosen.T)] = role
    return roles


def mixed(values: Sequence[float], weights: Taken, parameter: str) -> Block:
    """A row of the layer's own values times coefficients: the 1 x 1 convolution inside a separable one."""
    numbers = np.array(values, np.float64)
    places = np.arange(len(values)).reshape(-1, 1)
    terms = numbers * weights.values
    return own(
        "over the channels in the middle",
        "row",
        numbers,
        places,
        terms,
        coefficients=weights.values,
        parameter=parameter,
        parameter_places=weights.places,
        value_name="middle",
    )


def own(name: str, kind: str, values: Array, places: Array, terms: Array, **more: Any) -> Block:
    """A block of values that the layer worked out itself, with what each gives."""
    shape = values.shape
    plain = Block(
        name=name,
        kind=kind,
        input=OWN,
        values=values,
        places=places,
        inside=np.ones(shape, bool),
        terms=terms,
        roles=np.full(shape, SOURCE, np.int8),
        contributions=np.zeros(shape),
        subtotal=float(terms.sum()),
    )
    return replace(plain, **more)


def _plain(
    name: str, kind: str, values: Taken, combine: str, subtotal: float, *, contributions: Array, number: int = 0
) -> Block:
    """A block without coefficients, whose terms are the values."""
    return Block(
        name=name,
        kind=kind,
        input=number,
        values=values.values,
        places=values.places,
        inside=values.inside,
        terms=values.values,
        roles=np.where(values.inside, SOURCE, NOTHING).astype(np.int8),
        contributions=contributions,
        subtotal=subtotal,
        combine=combine,
    )
