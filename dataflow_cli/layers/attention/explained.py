"""How an element of attention came about: of the output, and of what the layer works out on the way."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.influence import Slopes, roles
from dataflow_cli.layers.attention.looked import look
from dataflow_cli.layers.explaining.explanation import Explanation
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.attention.looked import Look
    from dataflow_cli.layers.attention.projected import ProjectedAttention
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape

SCORE = "q·k/√d"


def output(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """Every head's look at the keys, and the projection of what the heads found."""
    *where, channel = at
    place = explaining.ravelled(where, inputs[0].shape[1:-1])
    found = look(layer, place, inputs, parameters)
    kernel = parameters["output_kernel"][:, :, channel].astype(np.float64)
    with np.errstate(all="ignore"):
        gives = np.matmul(found.values, kernel[:, :, None])[..., 0]
        blocks = [_head(found, head, gives[head]) for head in range(len(kernel))]
        projection = _projection(found.heads, kernel, place, channel)
        start = Explanation(at, projection.subtotal, (), (*blocks, projection))
        if "output_bias" in parameters:
            start = start.plus("output_bias", (channel,), float(parameters["output_bias"][channel]))
        slopes = Slopes(found.weights[:, :, None] * kernel[:, None, :], gives)
        start = _noted(start, found, range(len(kernel)))
        return replace(start, roles=roles(layer, found, slopes, parameters, start.magnitude))


def heads(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A head's sum of values by its weights."""
    head, place, number = at
    found = look(layer, place, inputs, parameters)
    values, weights = found.values[head, :, number], found.weights[head]
    group = head * layer.groups // layer.heads_of_queries
    keys = range(len(values))
    with np.errstate(all="ignore"):
        block = explaining.own(
            f"head {head}: the values by their weights",
            "row",
            values.astype(np.float64),
            np.array([(group, key, number) for key in keys], np.intp),
            values * weights,
            coefficients=weights.astype(np.float64),
            coefficient_name="weight",
            columns=_columns(found, head),
            recalled="value",
            contributions=_carried(values * weights, values),
        )
        start = Explanation(at, block.subtotal, (), (block, *_blamed(found, head)))
        one = np.zeros((*found.weights.shape, found.values.shape[-1]))
        one[head, :, number] = weights
        gives = np.zeros(found.weights.shape)
        gives[head] = values
        start = _noted(start, found, [head])
        return replace(start, roles=roles(layer, found, Slopes(one, gives), parameters, start.magnitude))


def weights(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """The softmax over the keys that a query sees."""
    head, place, key = at
    found = look(layer, place, inputs, parameters)
    masked = _masked(found, head)
    with np.errstate(all="ignore"):
        largest = float(masked.max())
        shift = largest if largest != -math.inf else 0.0
        terms = np.exp(masked - shift)
        itself = np.arange(len(masked)) == key
        block = explaining.own(
            "keys",
            "row",
            found.scores[head].astype(np.float64),
            np.array([(head, place, each) for each in range(len(masked))], np.intp),
            terms,
            columns=_columns(found, head, score=False),
            value_name=SCORE,
            term_name="exp(score - largest)",
            recalled="scores",
            contributions=itself.astype(np.float64),
        )
        blame = _blamed(found, head)
        if any(np.isnan(one.contributions).any() for one in blame):
            block = replace(block, contributions=np.zeros(len(masked)))
        start = Explanation(at, float(masked[key]), (), (block, *blame))
        start = start.then("largest score", "{}", (shift,), shift)
        start = start.then("sum of exponentials", "", terms.tolist(), block.subtotal)
        value, total = float(masked[key]), block.subtotal or 1.0
        start = start.then("softmax", "exp({} - {}) / {}", (value, shift, total), float(found.weights[head, key]))
        gives = np.zeros(found.weights.shape)
        gives[head, key] = 1
        slopes = Slopes(np.zeros((*gives.shape, found.values.shape[-1])), gives)
        start = _noted(start, found, [head])
        return replace(start, roles=roles(layer, found, slopes, parameters, 1.0))


def scores(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """Query times key, over √d."""
    head, place, key = at
    found = look(layer, place, inputs, parameters)
    query, other = found.query[head].astype(np.float64), found.keys[head, key].astype(np.float64)
    group = head * layer.groups // layer.heads_of_queries
    numbers = range(len(query))
    with np.errstate(all="ignore"):
        terms = query * other
        carried = terms * layer.scale
        asks = explaining.own(
            f"key {key}",
            "row",
            query,
            np.array([(head, place, number) for number in numbers], np.intp),
            terms,
            coefficients=other,
            coefficient_name="key",
            recalled="query",
            contributions=_carried(carried, query),
        )
        answers = explaining.own(
            "key",
            "beside",
            other,
            np.array([(group, key, number) for number in numbers], np.intp),
            terms,
            recalled="key",
            contributions=_carried(carried, other),
        )
        value = float(found.scores[head, key])
        start = Explanation(at, asks.subtotal, (), (asks, answers))
        start = start.then("over the root of the width", f"{{}} / √{len(query)}", (asks.subtotal,), value)
    fed = layer.inside("scores").feeds(
        _only(at, (*found.weights.shape[:1], *layer.places(_shapes(inputs)))), _shapes(inputs)
    )
    return replace(start, roles=tuple(explaining.sources(one) for one in fed))


def query(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A number of a head's query: a weighted sum of the place's channels."""
    return _projected("query", layer.roles(inputs)[0], at, inputs, parameters)


def value(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A number of a head's value."""
    return _projected("value", layer.roles(inputs)[1], at, inputs, parameters)


def key(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A number of a head's key."""
    return _projected("key", layer.roles(inputs)[2], at, inputs, parameters)


def _projected(name: str, which: int, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    head, place, number = at
    x, kernel = inputs[which][0], parameters[f"{name}_kernel"]
    where = explaining.unravelled(place, x.shape[:-1])
    along = range(len(kernel))
    values, coefficients = explaining.taken(x, (*where, along)), explaining.taken(kernel, (along, head, number))
    row = explaining.weighted(f"{name} of head {head}", "row", values, coefficients, f"{name}_kernel")
    start = explaining.summed(at, inputs, [replace(row, input=which)])
    bias = parameters.get(f"{name}_bias")
    return start if bias is None else start.plus(f"{name}_bias", (head, number), float(bias[head, number]))


def _head(found: Look, head: int, gives: Array) -> Block:
    """What one head finds: for every key its weight, and what its value gives to the element that is asked about."""
    weights = found.weights[head].astype(np.float64)
    return explaining.own(
        f"head {head}, what it takes from each key",
        "row",
        weights,
        np.arange(len(gives)).reshape(-1, 1),
        weights * gives,
        coefficients=gives.astype(np.float64),
        coefficient_name="value, projected",
        columns=_columns(found, head),
        value_name="weight",
        place_name="key",
    )


def _projection(found: Array, kernel: Array, place: int, channel: int) -> Block:
    """What the heads found, times the output's kernel."""
    count, width = kernel.shape
    pairs = [(head, number) for head in range(count) for number in range(width)]
    terms = (found * kernel).reshape(-1)
    return explaining.own(
        "output projection",
        "row",
        found.reshape(-1).astype(np.float64),
        np.array([(head, place, number) for head, number in pairs], np.intp),
        terms,
        coefficients=kernel.reshape(-1),
        parameter="output_kernel",
        parameter_places=np.array([(*pair, channel) for pair in pairs], np.intp),
        recalled="heads",
        contributions=terms.astype(np.float64),
    )


def _carried(terms: Array, values: Array) -> Array:
    """What values carry: not what is NaN or infinite by the other factor, which is an element with a name itself."""
    found: Array = np.where(np.isfinite(values) & ~np.isfinite(terms), 0.0, terms).astype(np.float64)
    return found


def _masked(found: Look, head: int) -> Array:
    """A head's scores with the mask; zeros where no key is seen, so that all count alike."""
    if not found.seen[head].any():
        return np.zeros(found.seen.shape[1])
    added = 0.0 if found.added is None else found.added[head]
    return np.where(found.seen[head], found.scores[head] + added, -np.inf).astype(np.float64)


def _columns(found: Look, head: int, *, score: bool = True) -> tuple[tuple[str, Array], ...]:
    """What a table of keys shows beside: the score, and the mask if there is one."""
    columns = [(SCORE, found.scores[head].astype(np.float64))] if score else []
    if found.added is not None or not found.seen.all():
        added = np.zeros(found.seen.shape[1]) if found.added is None else found.added[head]
        columns.append(("mask", np.where(found.seen[head], added, -np.inf).astype(np.float64)))
    return tuple(columns)


def _noted(start: Explanation, found: Look, heads: Sequence[int]) -> Explanation:
    """The explanation, with a word where a head sees no key."""
    blind = not found.seen[list(heads)].any(axis=1).all()
    return start.noted("The mask leaves it no key: it takes from all alike.") if blind else start


def _blamed(found: Look, head: int) -> Sequence[Block]:
    """The scores, and what a mask adds, that make the weights NaN: they carry that, and nothing else."""
    if np.isfinite(found.weights[head]).all():
        return ()
    keys = np.arange(found.weights.shape[1])
    places = np.stack([np.full_like(keys, head), np.full_like(keys, found.place), keys], axis=1)
    blocks = [_bad("scores", found.scores[head], found.seen[head], places, recalled="scores")]
    if found.added is not None:
        shape = found.inputs[found.number_of_mask].shape[1:]
        own = places[:, len(places[0]) - len(shape) :]
        in_mask = np.where(np.array(shape) == 1, 0, own)
        blocks.append(_bad("mask", found.added[head], found.seen[head], in_mask, input=found.number_of_mask))
    return blocks


def _bad(name: str, values: Array, seen: Array, places: Array, **whose: int | str) -> Block:
    bad = seen & (np.isnan(values) | (values == np.inf))
    numbers = values.astype(np.float64)
    return explaining.own(
        name, "beside", numbers, places, numbers, contributions=np.where(bad, np.nan, 0.0), subtotal=0.0, **whose
    )


def _only(at: Shape, shape: Shape) -> Array:
    wanted = np.zeros(shape, bool)
    wanted[at] = True
    return wanted


def _shapes(inputs: Arrays) -> list[Shape]:
    return [x.shape[1:] for x in inputs]
