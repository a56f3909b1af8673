"""One query's look at the keys, worked out again for an explanation: in float64, or as the run had it where numbers are
too large for its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.layers.attention.look import Look
from dataflow_cli.layers.explaining.together import once
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.looking import Looking
    from dataflow_cli.shapes import Array, Arrays, Parameters

ROOM = 1e-3
"""The part of a type's largest number up to which nothing on the way can have been too large for it."""


def look(layer: Looking, place: int, inputs: Arrays, parameters: Parameters) -> Look:
    """The look of the query at this place, of one sample."""
    dtype = inputs[0].dtype
    found = _look(layer, place, *in_float64(inputs, parameters))
    numbers = (found.query, found.keys, found.values, np.abs(found.query).max() * np.abs(found.keys).max())
    largest = max(float(np.abs(one).max(initial=0)) for one in numbers)
    if dtype == np.float64 or largest < float(np.finfo(dtype).max) * ROOM:
        return found
    return _look(layer, place, inputs, {name: values.astype(dtype) for name, values in parameters.items()})


def in_float64(inputs: Arrays, parameters: Parameters) -> tuple[Arrays, dict[str, Array]]:
    """Inputs and parameters in float64."""
    arrays = [*inputs, *parameters.values()]
    numbers = once("float64", arrays, lambda: [array.astype(np.float64, copy=False) for array in arrays])
    return numbers[: len(inputs)], dict(zip(parameters, numbers[len(inputs) :], strict=True))


def _look(layer: Looking, place: int, inputs: Arrays, parameters: Parameters) -> Look:
    arrays = [*inputs, *parameters.values()]
    q, k, v = once(("asked", layer), arrays, lambda: layer.asked(inputs, parameters))
    q = q[:, place : place + 1]
    times = q.shape[2] // k.shape[2]
    scores = layer.scores(q, k, inputs, parameters)
    capped = kernels.attention.capped(scores.copy(), layer.cap)
    visible = layer.visible(inputs, place)
    weights = kernels.attention.weights(capped.copy(), visible)[0, :, 0]
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
        capped=capped[0, :, 0],
        seen=seen,
        added=None if visible.added is None else np.broadcast_to(visible.added[0, :, 0], shape),
        weights=weights,
        number_of_mask=layer.mask_number(inputs),
        heads=np.matmul(weights[:, None], v)[:, 0],
    )
