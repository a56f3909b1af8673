"""The blocks of explanations: what was taken from an input, with what each element gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.product import product
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING, OWN, SOURCE, Block
from dataflow_cli.layers.explaining.taking import Taken, taken_one
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array, Shape


def weighted(name: str, kind: str, values: Taken, weights: Taken, parameter: str, *, scale: float | Array = 1) -> Block:
    """A block whose terms are the values times their coefficients. A `scale` is applied to the subtotal later on."""
    with np.errstate(all="ignore"):
        terms = values.values * weights.values
        contributions = terms * scale
        counts = values.inside & (((weights.values != 0) & (scale != 0)) | np.isnan(contributions))
        return Block(
            name=name,
            kind=kind,
            input=0,
            values=values.values,
            places=values.places,
            inside=values.inside,
            terms=terms,
            roles=np.where(counts, SOURCE, NOTHING).astype(np.int8),
            contributions=contributions,
            subtotal=float(terms.sum()),
            coefficients=weights.values,
            parameter=parameter,
            parameter_places=weights.places,
        )


def pieces(stack: Block, names: Sequence[str]) -> list[Block]:
    """The blocks that stand in one along its first axis, which have these names. Each adds up its own terms.

    Thousands of blocks, such as those of all channels, are worked out together so, in the time of one.
    """
    with np.errstate(all="ignore"):
        subtotals = stack.terms.reshape(len(names), -1).sum(axis=1).tolist()
    arrays = {name: each for name, each in vars(stack).items() if isinstance(each, np.ndarray)}
    others = {name: each for name, each in vars(stack).items() if name not in arrays}
    return [
        Block(**{**others, **dict(zip(arrays, parts, strict=True)), "name": name, "subtotal": subtotal})
        for name, subtotal, *parts in zip(names, subtotals, *arrays.values(), strict=True)
    ]


def averaged(name: str, values: Taken, kind: str = "window", count: int | None = None) -> Block:
    """A block whose subtotal is the mean of what is not padding, or of `count` numbers."""
    with np.errstate(all="ignore"):
        count = int(values.inside.sum()) if count is None else count
        subtotal = float(values.values.sum()) / count
        return _plain(name, kind, values, "mean", subtotal, contributions=values.values / count)


def added(name: str, values: Taken, *, squared: bool = False) -> Block:
    """A block whose subtotal is the sum of what it holds, or of the squares."""
    with np.errstate(all="ignore"):
        terms = np.square(values.values) if squared else values.values
        block = _plain(name, "row", values, "sum", float(terms.sum()), contributions=terms)
        return replace(block, terms=terms, term_name="square") if squared else block


def greatest(name: str, values: Taken, combine: str = "max") -> Block:
    """A block whose subtotal is the largest value of a window, or the smallest (`min`); the first of equals wins."""
    sign = 1 if combine == "max" else -1
    compared = np.where(values.inside, sign * values.values, -np.inf)
    winner = int(compared.argmax())
    won = (np.arange(compared.size) == winner).reshape(compared.shape)
    roles = np.where(won, SOURCE, np.where(values.inside, CANDIDATE, NOTHING))
    value = sign * float(compared.reshape(-1)[winner])
    block = _plain(name, "window", values, combine, value, contributions=won.astype(np.float64))
    return replace(block, roles=roles.astype(np.int8))


def multiplied(name: str, values: Taken) -> Block:
    """A block whose subtotal is the product of what it holds; a factor shows unless there is another zero."""
    flat = values.values.reshape(-1)
    zeros, lost = flat == 0, ~np.isfinite(flat)
    shows = (zeros.sum() - zeros == 0) | lost
    carried = np.where(lost, flat, shows.astype(np.float64)).reshape(values.values.shape)
    with np.errstate(all="ignore"):
        block = _plain(name, "row", values, "product", float(product(flat)), contributions=carried)
    return replace(block, roles=np.where(shows.reshape(values.values.shape), SOURCE, NOTHING).astype(np.int8))


def element(name: str, x: Array, at: Shape, number: int = 0) -> Block:
    """A block of one element of an input, which is copied."""
    value = taken_one(x, at)
    return _plain(name, "element", value, "copy", float(value.values[0]), contributions=np.ones(1), number=number)


def elements(x: Array, places: Sequence[Shape]) -> Block:
    """The blocks of several elements, in one: (elements, 1)."""
    where = np.array(places, np.intp).reshape(len(places), 1, x.ndim)
    values = x[tuple(np.moveaxis(where, -1, 0))].astype(np.float64).reshape(where.shape[:-1])  # also of no axes
    found = Taken(values, where, np.ones(values.shape, bool))
    return _plain("elements", "element", found, "copy", 0.0, contributions=np.ones(values.shape))


def carrying(block: Block, contribution: float) -> Block:
    """A block of one element that carries so much of the value."""
    return replace(block, contributions=np.array([contribution], np.float64))


def scaled(block: Block, factor: float) -> Block:
    """A block of one element that carries its value so many times; nothing times 0, unless it is NaN or infinite."""
    product = block.subtotal * factor
    return carrying(block, product) if factor or product != 0 else silent(block)


def silent(block: Block, role: int = NOTHING) -> Block:
    """A block whose elements carry nothing."""
    return replace(block, roles=np.full_like(block.roles, role), contributions=np.zeros_like(block.contributions))


def recalled(tensor: str, block: Block) -> Block:
    """A row, or one element, whose values are of one of the layer's own tensors: an inner one, or "" for its output."""
    return replace(block, input=OWN, recalled=tensor)


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


def sources(fed: Array) -> Array:
    """The roles of elements of an input where all that feed the value change it."""
    return np.where(fed, SOURCE, NOTHING).astype(np.int8)


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
