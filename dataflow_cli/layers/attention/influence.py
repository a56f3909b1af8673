"""Which elements of the inputs an element of attention depends on: by slopes of the softmax and of its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.attention.attending import ADDITIVE
from dataflow_cli.layers.attention.looking import KEY, QUERY, VALUE, shapes
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING, SOURCE
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.attention.looking import Looking
    from dataflow_cli.shapes import Array, Arrays, Parameters

SHOWS = 1e-10
"""The slope, as a part of the value's magnitude, from which a small change is more than rounding."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """How fast the element changes with what one query takes."""

    values: Array
    """(heads, keys, value width)"""
    weights: Array
    """(heads, keys)"""


@dataclass(frozen=True, eq=False)
class Reach:
    """How fast the element changes with queries, keys or values as they meet, and which of them it depends on."""

    name: str
    slopes: Array
    """(heads, places, numbers)"""
    wanted: Array
    """Booleans (heads, places, numbers or 1)."""
    place: int | None = None
    """Which place this is; None: all are there."""

    @property
    def rows(self) -> slice:
        """The places."""
        return slice(None) if self.place is None else slice(self.place, self.place + 1)


def roles(
    layer: Looking, found: Look, slopes: Slopes, parameters: Parameters, magnitude: float, *, more: Sequence[Reach] = ()
) -> tuple[Array, ...]:
    """For every input what each of its elements is to the element: NOTHING, CANDIDATE or SOURCE.

    A query and keys play no part where there is a single key to choose. `more` is what it depends on beside the look.
    """
    inner = (found.weights * slopes.weights).sum(axis=1, keepdims=True)
    sees = found.seen.any(axis=1, keepdims=True)
    by_score = np.where(sees, found.weights * (slopes.weights - inner), 0.0)
    chosen = ((slopes.weights != 0) | (slopes.values != 0).any(axis=2)).any(axis=1, keepdims=True)
    seen = (found.seen | (~sees & layer.blind_takes)) & chosen
    several = seen & sees & (seen.sum(axis=1, keepdims=True) > 1)
    result = at_inputs(
        layer,
        found.inputs,
        [
            *_of_scores(layer, found, by_score, several, parameters),
            _shared(layer, found, _of_values(found, slopes.values)),
            *more,
        ],
        parameters,
        magnitude,
    )
    for number in layer.switching(found.inputs):
        result[number] = _switched(layer, found, chosen, number)
    if found.number_of_mask is not None and layer.mask_form == ADDITIVE:
        result[found.number_of_mask] = _added(layer, found, by_score, magnitude)
    return tuple(result)


def at_inputs(
    layer: Looking, inputs: Arrays, parts: Sequence[Reach], parameters: Parameters, magnitude: float
) -> list[Array]:
    """What the elements of every input are to an element that depends on these parts."""
    totals = [np.zeros(x.shape[1:]) for x in inputs]
    reached = [np.zeros(x.shape[1:], bool) for x in inputs]
    for part in parts:
        places = layer.count_of(part.name, shapes(inputs))
        wanted = np.zeros((len(part.wanted), places, part.wanted.shape[2]), bool)
        wanted[:, part.rows] = part.wanted
        back = layer.back(part.name, part.slopes, part.rows, inputs, parameters)
        totals = [total + more for total, more in zip(totals, back, strict=True)]
        there = layer.reached(part.name, wanted, shapes(inputs))
        reached = [one | more for one, more in zip(reached, there, strict=True)]
    return [_roles(total, there, magnitude) for total, there in zip(totals, reached, strict=True)]


def _of_values(found: Look, slopes: Array) -> Reach:
    """What the sums take of values; what is NaN or infinite makes a sum so even times 0."""
    lost = ~np.isfinite(found.values) & (slopes != 0).any(axis=1, keepdims=True)
    return Reach(VALUE, np.where(lost, np.nan, slopes), lost | (slopes != 0))


def _of_scores(
    layer: Looking, found: Look, slopes: Array, several: Array, parameters: Parameters
) -> tuple[Reach, Reach]:
    """From slopes (heads, keys) of the scores as the softmax takes them to those of query and keys."""
    if layer.cap:
        slopes = slopes * (1 - np.square(found.capped / layer.cap))
    of_query, of_keys = layer.score_slopes(found, slopes, parameters)
    asks, answers = layer.score_reach(found, several)
    query = Reach(QUERY, of_query[:, np.newaxis], asks[:, np.newaxis], found.place)
    return query, _shared(layer, found, Reach(KEY, of_keys, answers))


def _shared(layer: Looking, found: Look, part: Reach) -> Reach:
    """From what heads of the queries have to what they share."""
    groups = layer.sizes(shapes(found.inputs)).groups
    slopes, wanted = (one.reshape(groups, -1, *one.shape[1:]) for one in (part.slopes, part.wanted))
    return Reach(part.name, slopes.sum(axis=1), np.logical_or.reduce(wanted, axis=1), part.place)


def _roles(slopes: Array, reached: Array, magnitude: float) -> Array:
    flat = np.abs(slopes) <= (SHOWS * magnitude if np.isfinite(magnitude) else 0.0)
    found = np.where(reached, np.where(flat, CANDIDATE, SOURCE), NOTHING)
    return found.astype(np.int8)


def _switched(layer: Looking, look: Look, chosen: Array, number: int) -> Array:
    """The elements of a mask of yes and no that show when they are switched: each of them is tried."""
    mask = look.inputs[number]
    found = np.zeros(mask.shape[1:], np.int8)
    for place in np.ndindex(mask.shape[1:]):
        for other in layer.others(number, mask[(0, *place)], look.inputs):
            changed = mask.copy()
            changed[(0, *place)] = other
            inputs = [*look.inputs[:number], changed, *look.inputs[number + 1 :]]
            allowed = layer.visible(inputs, look.place).allowed
            seen = True if allowed is None else allowed[0, :, 0]
            if ((seen != look.seen) & chosen).any():
                found[place] = CANDIDATE
                break
    return found


def _added(layer: Looking, look: Look, by_score: Array, magnitude: float) -> Array:
    """The elements of an additive mask, which count as the scores do."""
    shape = look.inputs[look.number_of_mask or 0].shape[1:]
    heads, keys = by_score.shape
    reached = look.seen & (look.seen.sum(axis=1, keepdims=True) > 1) & by_score.any(axis=1, keepdims=True)
    shows = reached & (np.abs(by_score) > SHOWS * magnitude)
    queries = layer.count_of(QUERY, shapes(look.inputs))
    result = np.zeros(shape, np.int8)
    for role, some in ((CANDIDATE, reached), (SOURCE, shows)):
        whole = np.zeros((heads, queries, keys), bool)
        whole[:, look.place] = some
        result[layer.gathered(whole, shape)] = role
    return result
