"""One query's look at the keys, worked out again for an explanation: in float64, or as the run had it where numbers are
too large for its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.projected import ProjectedAttention
    from dataflow_cli.shapes import Array, Arrays, Parameters

ROOM = 1e-3
"""The part of a type's largest number up to which nothing on the way can have been too large for it."""


@dataclass(frozen=True, eq=False)
class Look:
    """What one place asks, finds and takes; keys and values as every head of the queries has them."""

    place: int
    """Which of the queries it is."""
    inputs: Arrays
    """Of the layer, one sample."""
    query: Array
    """(heads, width)"""
    keys: Array
    """(heads, keys, width)"""
    values: Array
    """(heads, keys, value width)"""
    scores: Array
    """(heads, keys): query · key times the scale, before any mask."""
    seen: Array
    """(heads, keys): which keys it sees."""
    added: Array | None
    """(heads, keys): what a mask adds to the scores."""
    weights: Array
    """(heads, keys)"""
    number_of_mask: int
    """Which input `attention_mask` is, if there is one."""
    heads: Array
    """(heads, value width): the sums of the values by their weights."""


def look(layer: ProjectedAttention, place: int, inputs: Arrays, parameters: Parameters) -> Look:
    """The look of the query at this place, of one sample."""
    dtype = inputs[0].dtype
    found = _look(layer, place, [x.astype(np.float64) for x in inputs], parameters)
    numbers = (found.query, found.keys, found.values, np.abs(found.query).max() * np.abs(found.keys).max())
    largest = max(float(np.abs(one).max(initial=0)) for one in numbers)
    if dtype == np.float64 or largest < float(np.finfo(dtype).max) * ROOM:
        return found
    return _look(layer, place, inputs, parameters)


def _look(layer: ProjectedAttention, place: int, inputs: Arrays, parameters: Parameters) -> Look:
    dtype = inputs[0].dtype
    parameters = {name: values.astype(dtype) for name, values in parameters.items()}
    query, value, key = layer.taken(inputs)
    q = layer.projected("query", query, parameters)[:, place : place + 1]
    k, v = layer.projected("key", key, parameters), layer.projected("value", value, parameters)
    times = layer.heads_of_queries // layer.groups
    scores = kernels.attention.scores(q, k, layer.scale)
    visible = layer.visible(inputs, place)
    weights = kernels.attention.weights(scores.copy(), visible)[0, :, 0]
    k, v = (np.repeat(one[0].transpose(1, 0, 2), times, axis=0) for one in (k, v))
    shape = weights.shape
    seen = np.ones(shape, bool) if visible.allowed is None else np.broadcast_to(visible.allowed[0, :, 0], shape)
    return Look(
        place=place,
        inputs=inputs,
        query=q[0, 0],
        keys=k,
        values=v,
        scores=scores[0, :, 0],
        seen=seen,
        added=None if visible.added is None else np.broadcast_to(visible.added[0, :, 0], shape),
        weights=weights,
        number_of_mask=len(layer.unmasked(inputs)) - 1,
        heads=np.matmul(weights[:, None], v)[:, 0],
    )
