"""Which elements of the inputs an element of attention depends on: by slopes of the softmax and of its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.attention.attending import ADDITIVE
from dataflow_cli.layers.explaining.explanation import CANDIDATE, NOTHING, SOURCE
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.looked import Look
    from dataflow_cli.layers.attention.projected import ProjectedAttention
    from dataflow_cli.shapes import Array, Parameters

HALF = 0.5
"""Above it, an element of a mask of yes and no says yes."""
SHOWS = 1e-10
"""The slope, as a part of the value's magnitude, from which a small change is more than rounding."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """How fast the element changes with what one query takes."""

    values: Array
    """(heads, keys, value width)"""
    weights: Array
    """(heads, keys)"""


def roles(
    layer: ProjectedAttention, found: Look, slopes: Slopes, parameters: Parameters, magnitude: float
) -> tuple[Array, ...]:
    """For every input what each of its elements is to the element: NOTHING, CANDIDATE or SOURCE.

    A query and keys play no part where there is a single key to choose.
    """
    place, inputs = found.place, found.inputs
    inner = (found.weights * slopes.weights).sum(axis=1, keepdims=True)
    sees = found.seen.any(axis=1, keepdims=True)
    by_score = np.where(sees, found.weights * (slopes.weights - inner), 0.0)
    chosen = (slopes.weights != 0).any(axis=1, keepdims=True) | (slopes.values != 0).any(axis=(1, 2))[:, None]
    seen = (found.seen | ~sees) & chosen
    several = seen & sees & (seen.sum(axis=1, keepdims=True) > 1)
    totals = [np.zeros((int(np.prod(x.shape[1:-1])), x.shape[-1])) for x in inputs]
    reached = [np.zeros(len(total), bool) for total in totals]
    query, value, key = layer.roles(inputs)
    _add(totals[query], place, np.matmul(by_score[:, None], found.keys)[:, 0] * layer.scale, parameters["query_kernel"])
    _add_all(totals[key], by_score[..., None] * found.query[:, None] * layer.scale, parameters["key_kernel"])
    _add_all(totals[value], slopes.values, parameters["value_kernel"])
    reached[query][place] |= several.any()
    reached[key] |= several.any(axis=0)
    reached[value] |= (seen & (slopes.values != 0).any(axis=(1, 2))[:, None]).any(axis=0)
    result = [
        _roles(total, there, magnitude).reshape(x.shape[1:])
        for total, there, x in zip(totals, reached, inputs, strict=True)
    ]
    for number in range(len(layer.unmasked(inputs)) - (layer.attention_mask is not None), len(inputs)):
        result[number] = _switched(layer, found, chosen, number)
    if layer.attention_mask == ADDITIVE:
        result[len(layer.unmasked(inputs)) - 1] = _added(layer, found, by_score, magnitude)
    return tuple(result)


def _add(total: Array, place: int, slopes: Array, kernel: Array) -> None:
    """From slopes (heads, width) of what was projected to those of the channels at a place."""
    total[place] += np.tensordot(kernel, slopes, axes=((1, 2), (0, 1)))


def _add_all(total: Array, slopes: Array, kernel: Array) -> None:
    """The same for all keys (heads, keys, width), whose heads may be shared."""
    groups = kernel.shape[1]
    shared = slopes.reshape(groups, -1, *slopes.shape[1:]).sum(axis=1)
    total += np.tensordot(shared, kernel, axes=((0, 2), (1, 2)))


def _roles(slopes: Array, reached: Array, magnitude: float) -> Array:
    flat = np.abs(slopes) <= SHOWS * magnitude
    found = np.where(reached[:, None], np.where(flat, CANDIDATE, SOURCE), NOTHING)
    return found.astype(np.int8)


def _switched(layer: ProjectedAttention, look: Look, chosen: Array, number: int) -> Array:
    """The elements of a mask of yes and no that show when they are switched: each of them is tried."""
    mask = look.inputs[number]
    found = np.zeros(mask.shape[1:], np.int8)
    for place in np.ndindex(mask.shape[1:]):
        other = mask.copy()
        other[(0, *place)] = 0 if mask[(0, *place)] > HALF else 1
        inputs = [*look.inputs[:number], other, *look.inputs[number + 1 :]]
        allowed = layer.visible(inputs, look.place).allowed
        seen = True if allowed is None else allowed[0, :, 0]
        if ((seen != look.seen) & chosen).any():
            found[place] = CANDIDATE
    return found


def _added(layer: ProjectedAttention, look: Look, by_score: Array, magnitude: float) -> Array:
    """The elements of an additive mask, which count as the scores do."""
    mask = look.inputs[len(layer.unmasked(look.inputs)) - 1][0]
    heads, keys = by_score.shape
    whole = np.zeros((heads, int(np.prod(look.inputs[0].shape[1:-1])), keys), np.int8)
    several = look.seen & (look.seen.sum(axis=1, keepdims=True) > 1) & by_score.any(axis=1, keepdims=True)
    whole[:, look.place] = np.where(
        several, np.where(np.abs(by_score) <= SHOWS * magnitude, CANDIDATE, SOURCE), NOTHING
    )
    missing = 3 - mask.ndim
    axes = tuple(axis for axis in range(3) if axis < missing or mask.shape[axis - missing] == 1)
    result: Array = whole.max(axis=axes, keepdims=True).reshape(mask.shape)
    return result
