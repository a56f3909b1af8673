"""How queries and keys came about that are normalized, or turned by their place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.influence import Reach, at_inputs
from dataflow_cli.layers.attention.looked import in_float64
from dataflow_cli.layers.attention.positioned import INTERLEAVED, TURNED
from dataflow_cli.layers.explaining.explanation import Explanation
from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.layers.explaining.together import once
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.positioned import PositionedAttention
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


def explain(layer: PositionedAttention, tensor: str, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
    """A number of the query or key of a head."""
    head, place, _ = at
    given, numbers = in_float64(inputs, parameters)
    before = layer.before(tensor)
    arrays = [*inputs, *parameters.values()]
    row = once((before, layer), arrays, lambda: layer.prepared(before, given, numbers))[0, place, head]
    turned = tensor.endswith(TURNED)
    start = _turned(layer, tensor, at, row) if turned else _normalized(layer, tensor, at, row, numbers)
    return replace(start, roles=Later(lambda: _roles(layer, tensor, start, given, numbers)))


def _roles(
    layer: PositionedAttention, tensor: str, start: Explanation, given: Arrays, parameters: Parameters
) -> list[Array]:
    """What the elements of the inputs are to a number of the query or key."""
    head, place, number = start.at
    heads, _, width = layer.prepared(tensor, given, parameters)[0].transpose(1, 0, 2).shape
    slopes = np.zeros((heads, 1, width))
    slopes[head, 0, number] = 1
    slopes = layer.undone(tensor, slopes, slice(place, place + 1), given, parameters)
    projected = replace(layer, rotary=None, qk_norm=False)
    part = Reach(tensor.partition("_")[0], slopes, slopes != 0, place)
    return at_inputs(projected, given, [part], parameters, start.magnitude)


def _turned(layer: PositionedAttention, tensor: str, at: Shape, row: Array) -> Explanation:
    """A number and the other of its pair, turned; or as it was, beyond the numbers that are."""
    head, place, number = at
    width = layer.turning
    before = layer.before(tensor)
    if number >= width:
        return Explanation(at, float(row[number]), (), (_one(before, "element", row, at, 1.0),))
    interleaved = layer.rotary == INTERLEAVED
    second, pair = (number % 2, number // 2) if interleaved else divmod(number, width // 2)
    partner = number + (1 - 2 * second) * (1 if interleaved else width // 2)
    cosine, sine = (float(angle[0, pair]) for angle in layer.angles(slice(place, place + 1)))
    factor = sine if second else -sine
    own, other = float(row[number]), float(row[partner])
    with np.errstate(all="ignore"):
        total = float(np.float64(own) * cosine + np.float64(other) * factor)
    blocks = (
        _one(before, "itself", row, at, cosine),
        _one(before, "the other of its pair", row, (head, place, partner), factor),
    )
    start = Explanation(at, own, (), blocks)
    return start.then(f"turned at place {place}", "{} · {} + {} · {}", (own, cosine, other, factor), total)


def _one(tensor: str, name: str, row: Array, at: Shape, factor: float) -> Block:
    value = np.array([row[at[-1]]], np.float64)
    with np.errstate(all="ignore"):
        carried = value * factor if factor else np.where(np.isfinite(value), 0.0, value)
    return explaining.own(
        name, "element", value, np.array([at], np.intp), value, combine="copy", recalled=tensor, contributions=carried
    )


def _normalized(layer: PositionedAttention, tensor: str, at: Shape, row: Array, parameters: Parameters) -> Explanation:
    """A number over the root mean square of all of its head and place, times its scale."""
    head, place, number = at
    squares = np.square(row)
    mean, value = float(squares.mean()), float(row[number])
    root = math.sqrt(mean + layer.qk_norm_epsilon)
    scale = float(parameters[f"{tensor.partition('_')[0]}_norm"][number])
    itself = np.arange(len(row)) == number
    block = explaining.own(
        "what is measured together",
        "row",
        row,
        np.array([(head, place, each) for each in range(len(row))], np.intp),
        squares,
        combine="mean",
        subtotal=mean,
        term_name="square",
        recalled=layer.before(tensor),
        contributions=np.where(itself, value / root * scale if root else 0.0, 0.0),
    )
    start = Explanation(at, value, (), (block,))
    start = start.then("mean square", f"{{}} / {len(row)}", (float(squares.sum()),), mean)
    found = value / root if root else math.nan
    start = start.then("normalized", "{} / sqrt({} + {})", (value, mean, layer.qk_norm_epsilon), found)
    name = f"{tensor.partition('_')[0]}_norm"
    return start.then("times scale", "{} · {}", (found, scale), found * scale, explaining.Use(name, (number,), scale))
