"""How projections of attention came about: its output, and queries, keys and values of its heads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.explained import columns, noted
from dataflow_cli.layers.attention.influence import Reach, Slopes, roles
from dataflow_cli.layers.attention.looked import look
from dataflow_cli.layers.attention.projected import GATE
from dataflow_cli.layers.explaining.explanation import Explanation
from dataflow_cli.layers.explaining.later import Later
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
    gate = _gate_at(layer, place, inputs, parameters)
    with np.errstate(all="ignore"):
        passed = kernel if gate is None else kernel * gate
        gives = np.matmul(found.values, passed[:, :, None])[..., 0]
        blocks = [_head(layer, found, head, gives[head]) for head in range(len(kernel))]
        projection = _projection(found.heads, kernel, place, channel)
        more: list[Reach] = []
        if gate is not None:
            projection, beside = _gated(projection, passed, gate)
            blocks.append(beside)
            slopes_of_gate = found.heads * kernel * gate * (1 - gate)
            more.append(Reach(GATE, slopes_of_gate[:, None], (found.heads * kernel != 0)[:, None], place))
        start = Explanation(at, projection.subtotal, (), (*blocks, projection))
        if "output_bias" in parameters:
            start = start.plus("output_bias", (channel,), float(parameters["output_bias"][channel]))
        start = noted(layer, start, found, range(len(kernel)))
        magnitude = start.magnitude

        def of_inputs() -> tuple[Array, ...]:
            slopes = Slopes(found.weights[:, :, None] * passed[:, None, :], gives)
            return roles(layer, found, slopes, parameters, magnitude, more=more)

        return replace(start, roles=Later(of_inputs))


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


def gate(layer: ProjectedAttention, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """What a number of a head's sum is multiplied by."""
    start = projected(layer, GATE, at, inputs, parameters)
    head, place, number = at
    found = _gate_at(layer, place, inputs, parameters)
    value = float(found[head, number]) if found is not None else 1.0
    return start.then("sigmoid", "1 / (1 + exp(-{}))", (start.total,), value)


def _gate_at(layer: ProjectedAttention, place: int, inputs: Arrays, parameters: Parameters) -> Array | None:
    """What the sums of a query at a place are multiplied by, (heads, numbers), if they are."""
    if not layer.use_gate:
        return None
    dtype = np.float64
    query = layer.which(GATE, inputs)
    x = inputs[query].reshape(1, -1, inputs[query].shape[-1])[:, place : place + 1].astype(dtype)
    given = [x if number == query else each for number, each in enumerate(inputs)]
    found: Array = layer.gate(given, {name: each.astype(dtype) for name, each in parameters.items()})[0, 0]
    return found


def _gated(projection: Block, passed: Array, gate: Array) -> tuple[Block, Block]:
    """The projection of sums that are multiplied by a gate, and the gate."""
    terms = projection.values * passed.reshape(-1)
    projection = replace(
        projection,
        terms=terms,
        coefficients=passed.reshape(-1),
        coefficient_name="gate · kernel",
        parameter="",
        parameter_places=None,
        contributions=terms,
        subtotal=float(terms.sum()),
    )
    values = gate.reshape(-1)
    beside = replace(projection, name="gate", kind="beside", values=values, coefficients=None, coefficient_name="")
    return projection, replace(beside, recalled=GATE)


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
