"""How projections of attention came about: its output, and queries, keys and values of its heads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.explained import columns, noted
from dataflow_cli.layers.attention.influence import Slopes, roles
from dataflow_cli.layers.attention.looked import look
from dataflow_cli.layers.explaining.explanation import Explanation
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.attention.projected import ProjectedAttention
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


def output(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """Every head's look at the keys, and the projection of what the heads found."""
    *where, channel = at
    place = explaining.ravelled(where, inputs[0].shape[1:-1])
    found = look(layer, place, inputs, parameters)
    kernel = parameters["output_kernel"][:, :, channel].astype(np.float64)
    with np.errstate(all="ignore"):
        gives = np.matmul(found.values, kernel[:, :, None])[..., 0]
        blocks = [_head(layer, found, head, gives[head]) for head in range(len(kernel))]
        projection = _projection(found.heads, kernel, place, channel)
        start = Explanation(at, projection.subtotal, (), (*blocks, projection))
        if "output_bias" in parameters:
            start = start.plus("output_bias", (channel,), float(parameters["output_bias"][channel]))
        slopes = Slopes(found.weights[:, :, None] * kernel[:, None, :], gives)
        start = noted(layer, start, found, range(len(kernel)))
        return replace(start, roles=roles(layer, found, slopes, parameters, start.magnitude))


def projected(layer: ProjectedAttention, name: str, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A number of a head's query, key or value: a weighted sum of the place's channels."""
    head, place, number = at
    which = layer.which(name, inputs)
    x, kernel = inputs[which][0], parameters[f"{name}_kernel"]
    where = explaining.unravelled(place, x.shape[:-1])
    along = range(len(kernel))
    values, coefficients = explaining.taken(x, (*where, along)), explaining.taken(kernel, (along, head, number))
    row = explaining.weighted(f"{name} of head {head}", "row", values, coefficients, f"{name}_kernel")
    start = explaining.summed(at, inputs, [replace(row, input=which)])
    bias = parameters.get(f"{name}_bias")
    return start if bias is None else start.plus(f"{name}_bias", (head, number), float(bias[head, number]))


def _head(layer: ProjectedAttention, found: Look, head: int, gives: Array) -> Block:
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
        columns=columns(layer, found, head),
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
