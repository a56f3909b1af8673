"""How an element of attention came about: what a head takes, its weights, its scores."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.influence import Reach, Slopes, at_inputs, roles
from dataflow_cli.layers.attention.looking import KEY, QUERY, VALUE, shapes
from dataflow_cli.layers.explaining.explanation import OWN, Explanation
from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.attention.looking import Looking
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.shapes import Array, Parameters, Shape


def taken(layer: Looking, at: Shape, which: tuple[int, int], found: Look, parameters: Parameters) -> Explanation:
    """A head's sum of values by its weights: the element `at` is this head's, and this number of it."""
    head, number = which
    values, weights = found.values[head, :, number], found.weights[head]
    keys = np.arange(len(values))
    places = np.stack([np.full_like(keys, group_of(layer, found, head)), keys, np.full_like(keys, number)], axis=1)
    with np.errstate(all="ignore"):
        block = explaining.own(
            f"head {head}: the values by their weights",
            "row",
            values.astype(np.float64),
            terms=values * weights,
            coefficients=weights.astype(np.float64),
            coefficient_name="weight",
            columns=columns(layer, found, head),
            contributions=carried(values * weights, values),
            **layer.whose(VALUE, places, found.inputs),
        )
        start = Explanation(at, block.subtotal, (), (block, *_blamed(layer, found, head)))
        one = np.zeros((*found.weights.shape, found.values.shape[-1]))
        one[head, :, number] = weights
        gives = np.zeros(found.weights.shape)
        gives[head] = values
        start = noted(layer, start, found, [head])
        magnitude = start.magnitude
        return with_roles(start, Later(lambda: roles(layer, found, Slopes(one, gives), parameters, magnitude)))


def weight(layer: Looking, at: Shape, found: Look, parameters: Parameters) -> Explanation:
    """The softmax over the keys that a query sees."""
    head, place, key = at
    masked = _masked(layer, found, head)
    with np.errstate(all="ignore"):
        largest = float(masked.max())
        shift = largest if largest != -math.inf else 0.0
        terms = np.exp(masked - shift)
        itself = np.arange(len(masked)) == key
        block = explaining.own(
            "keys",
            "row",
            found.capped[head].astype(np.float64),
            np.array([(head, place, each) for each in range(len(masked))], np.intp),
            terms,
            columns=columns(layer, found, head, score=False),
            value_name=layer.score_name,
            term_name="exp(score - largest)",
            recalled=layer.softmaxed,
            contributions=itself.astype(np.float64),
        )
        blame = _blamed(layer, found, head)
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
        start = noted(layer, start, found, [head])
        return replace(start, roles=Later(lambda: roles(layer, found, slopes, parameters, 1.0)))


def product(layer: Looking, at: Shape, found: Look, parameters: Parameters) -> Explanation:
    """A score that is query times key, times a factor; without the roles of the inputs."""
    head, _, key = at
    query, other = found.query[head].astype(np.float64), found.keys[head, key].astype(np.float64)
    with np.errstate(all="ignore"):
        terms = query * other
        amounts = terms * layer.factor(shapes(found.inputs), parameters)
        asks, answers = pair(layer, at, found, terms, (amounts, amounts))
        asks = replace(asks, coefficients=other, coefficient_name="key")
        value = float(found.scores[head, key])
        start = Explanation(at, asks.subtotal, (), (asks, answers))
        return layer.told_factor(start, len(query), value, parameters)


def with_roles(start: Explanation, found: Later) -> Explanation:
    """The explanation with the roles of the inputs' elements, which those in its blocks have too."""
    blocks = [
        one if one.input == OWN else replace(one, roles=found[one.input][tuple(np.moveaxis(one.places, -1, 0))])
        for one in start.blocks
    ]
    return replace(start, blocks=tuple(blocks), roles=found)


def pair(layer: Looking, at: Shape, found: Look, terms: Array, amounts: tuple[Array, Array]) -> tuple[Block, Block]:
    """The numbers of the query and of the key that meet in a score, with what each gives and carries."""
    head, place, key = at
    numbers = np.arange(len(terms))
    blocks = []
    for name, kind, values, (row, where), amount in (
        (QUERY, "row", found.query[head], (head, place), amounts[0]),
        (KEY, "beside", found.keys[head, key], (group_of(layer, found, head), key), amounts[1]),
    ):
        places = np.stack([np.full_like(numbers, row), np.full_like(numbers, where), numbers], axis=1)
        block = explaining.own(
            f"key {key}" if name == QUERY else "key",
            kind,
            values.astype(np.float64),
            terms=terms,
            contributions=carried(amount, values),
            **layer.whose(name, places, found.inputs),
        )
        blocks.append(block)
    asks, answers = blocks
    return asks, answers


def roles_of_score(layer: Looking, at: Shape, found: Look, parameters: Parameters) -> tuple[Array, ...]:
    """What elements of the inputs are to a score: all numbers of the query and the key that meet in it."""
    head, place, key = at
    slopes = np.zeros(found.scores.shape)
    slopes[head, key] = 1
    of_query, of_keys = layer.score_slopes(found, slopes, parameters)
    group = group_of(layer, found, head)
    groups = layer.sizes(shapes(found.inputs)).groups
    wanted = np.arange(len(slopes)).reshape(-1, 1, 1) == head
    keys = only((groups, found.scores.shape[1], 1), (group, key))
    shared = of_keys.reshape(groups, -1, *of_keys.shape[1:]).sum(axis=1)
    parts = [Reach(QUERY, of_query[:, np.newaxis], wanted, place), Reach(KEY, shared, keys)]
    size = max(float(np.abs(found.query[head]).max(initial=0)), float(np.abs(found.keys[head, key]).max(initial=0)))
    return tuple(at_inputs(layer, found.inputs, parts, parameters, size))


def only(shape: Shape, at: Shape) -> Array:
    """Booleans of a shape, true at one place."""
    wanted = np.zeros(shape, bool)
    wanted[at] = True
    return wanted


def group_of(layer: Looking, found: Look, head: int) -> int:
    """The head of keys and values that a head of the queries looks at."""
    sizes = layer.sizes(shapes(found.inputs))
    return head * sizes.groups // sizes.heads


def carried(terms: Array, values: Array) -> Array:
    """What values carry: not what is NaN or infinite by the other factor, which is an element with a name itself."""
    found: Array = np.where(np.isfinite(values) & ~np.isfinite(terms), 0.0, terms).astype(np.float64)
    return found


def _masked(layer: Looking, found: Look, head: int) -> Array:
    """A head's scores with the mask; zeros where no key is seen and all then count alike."""
    if layer.blind_takes and not found.seen[head].any():
        return np.zeros(found.seen.shape[1])
    added = 0.0 if found.added is None else found.added[head]
    return np.where(found.seen[head], found.capped[head] + added, -np.inf).astype(np.float64)


def columns(layer: Looking, found: Look, head: int, *, score: bool = True) -> tuple[tuple[str, Array], ...]:
    """What a table of keys shows beside: the score, and the mask if there is one."""
    titles = [(layer.score_name, found.capped[head].astype(np.float64))] if score else []
    if found.added is not None or not found.seen.all():
        added = np.zeros(found.seen.shape[1]) if found.added is None else found.added[head]
        titles.append(("mask", np.where(found.seen[head], added, -np.inf).astype(np.float64)))
    return tuple(titles)


def noted(layer: Looking, start: Explanation, found: Look, heads: Sequence[int]) -> Explanation:
    """The explanation, with a word where a head sees no key."""
    if found.seen[list(heads)].any(axis=1).any():
        return start
    takes = "takes from all alike" if layer.blind_takes else "takes nothing"
    return start.noted(f"The mask leaves it no key: it {takes}.")


def _blamed(layer: Looking, found: Look, head: int) -> Sequence[Block]:
    """The scores, and what a mask adds, that make the weights NaN: they carry that, and nothing else."""
    if np.isfinite(found.weights[head]).all():
        return ()
    keys = np.arange(found.weights.shape[1])
    places = np.stack([np.full_like(keys, head), np.full_like(keys, found.place), keys], axis=1)
    blocks = [_bad("scores", found.capped[head], found.seen[head], places, recalled=layer.softmaxed)]
    if found.added is not None and found.number_of_mask is not None:
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
