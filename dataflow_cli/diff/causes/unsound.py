"""NaN or infinities on one side alone: by which operation, at which element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.told import beside
from dataflow_cli.diff.model import Cause
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.lazy import np
from dataflow_cli.sizes import LARGEST
from dataflow_cli.trace.unsound import FINITE, INFINITE, INFINITIES, NAN, made_words

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.layers.explaining.explanation import Line
    from dataflow_cli.shapes import Array, Parameters, Shape


def cause(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """What makes an element NaN or infinite that the other side has a number for; None if that is not known.

    `side` is what the side with the network is called.
    """
    ours, theirs = np.isfinite(fault.allowed.wanted), np.isfinite(fault.got)
    other = beside(side)
    for by, bad, why in (
        (other, ours & ~theirs, _of_theirs(fault, parameters, ours & ~theirs)),
        (side, theirs & ~ours, _of_ours(fault, parameters, theirs & ~ours)),
    ):
        if why:
            at = _first(bad)
            values = fault.got if by == other else fault.allowed.wanted
            kind, place = NAN if np.isnan(values[at]) else INFINITE, ", ".join(map(str, at[1:]))
            made = made_words(fault.node.name, fault.node.layer.type, _of_what(fault))
            return Cause(f"{kind}: {made}, in {by}, at [{place}]: {why}", "Look for what keeps the other side from it")
    return None


def _first(bad: Array) -> Shape:
    return tuple(int(each) for each in np.unravel_index(int(np.argmax(bad)), bad.shape))


def _of_what(fault: Judged) -> str:
    return FINITE if all(np.isfinite(x).all() for x in fault.inputs) else INFINITIES


def _of_ours(fault: Judged, parameters: Parameters, bad: Array) -> str:
    """The line of the element's arithmetic that is the first to be no number."""
    if not bad.any():
        return ""
    sample, *at = _first(bad)
    found = fault.node.layer.explanation(tuple(at), [x[sample : sample + 1] for x in fault.inputs], parameters)
    return next((_written(line) for line in found.lines if not math.isfinite(line.value)), "")


def _written(line: Line) -> str:
    numbers = (f"{number:.6g}" for number in line.numbers)
    return f"{line.expression.format(*numbers) if line.expression else line.name} = {line.value:g}"


def _of_theirs(fault: Judged, parameters: Parameters, bad: Array) -> str:
    """What may have been: a number too large for its type, a function where it has no value."""
    if not bad.any():
        return ""
    dtype, layer, most = fault.dtype, fault.node.layer, LARGEST[fault.dtype]
    at = _first(bad)
    wanted = float(fault.allowed.wanted[at])
    if abs(wanted) > most:
        return f"{wanted:.6g} is more than {dtype} holds ({most:.6g})"
    exponent = _exponent(fault, parameters, at)
    if exponent > math.log(most):
        return (
            f"exp({exponent:.6g}) is more than {dtype} holds ({most:.6g}), and inf / inf is NaN; subtract the largest"
        )
    if layer.sums_products:
        sizes = {name: np.abs(array) for name, array in parameters.items()}
        sums = float(layer.forward([np.abs(x) for x in fault.inputs], sizes)[at])
        if sums > most:
            return f"its products add up to {sums:.6g} on the way, more than {dtype} holds ({most:.6g})"
    return _of_squares(fault, at) or _where(fault, bad, at)


def _exponent(fault: Judged, parameters: Parameters, at: Shape) -> float:
    """The largest number that a function along an axis takes the exponential of; minus infinity for other kinds."""
    layer = fault.node.layer
    function = layer if isinstance(layer, ActivationFunction) else layer.result_activation
    if function is None or function.function_of_elements is not None:
        return -math.inf
    before = fault.inputs[0] if function is layer else layer.forward(list(fault.inputs), parameters)
    return float(np.max(before[at[0]]))


def _of_squares(fault: Judged, at: Shape) -> str:
    """Of a kind that brings values into a range: squares that are too large."""
    size = float(np.max(np.abs(fault.inputs[0][at[0]]), initial=0.0))
    most = LARGEST[fault.dtype]
    if fault.node.layer.rescales and size**2 > most:
        return f"{size:.6g}² is more than {fault.dtype} holds ({most:.6g})"
    return ""


def _where(fault: Judged, bad: Array, at: Shape) -> str:
    """Of a function of elements: the inputs that it has no value for."""
    x = fault.inputs[0]
    if x.shape != bad.shape:
        return ""
    is_nan = np.isnan(fault.got[at])
    holds, said = (x < 0, "below 0, as of log or sqrt of a negative number") if is_nan else (x == 0, "0, as of 1/0")
    same = np.array_equal(bad & (np.isnan(fault.got) == is_nan), holds)
    return f"the input is {x[at]:.6g}; it is so exactly where that is {said}" if same else ""
