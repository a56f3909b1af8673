"""What rounding may do to sums of products, led on through the activation behind them."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.diff.measuring import largest
from dataflow_cli.diff.noise import DRAWS, sign
from dataflow_cli.diff.portions import flushed, of_parts, summed, wide
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.base import ActivationFunction, Layer
    from dataflow_cli.shapes import Array, Arrays, Parameters

ELEMENT = 16.0
"""Times eps S, at one element."""
TENSOR = 1.0
"""Times eps RMS(S), over the tensor or one channel of it."""
CLIMB = 0.12
"""Times sqrt(K) eps |y|: the RMS error of a plain loop over K products of one sign. A step of a number's last place is
0.72 eps of it on average, as a mean square, and the partial sums a third of the square of the whole: 0.72 / sqrt(36).
"""
CLIMBED_ELEMENT, CLIMBED_TENSOR = 8.0, 2.0
"""Times that. What comes first (a bias, large products) is under all the others: up to sqrt(3) more."""
LEAST_NORMAL = 2.0**-126
"""The smallest number of float32 that has all digits: processors multiply those below it some 70 times slower."""
ROUNDED = 2.0**-24
"""Half a step of float32."""
SMALLEST = 2.0**-125
"""Below half of it float32 has fewer digits, and some engines none: exponentials made for speed end a little above."""


def of_sums(
    layer: Layer,
    inputs: Arrays,
    parameters: Parameters,
    before: Array,
    after: Array,
    *,
    eps: float,
    cancelling: bool = False,
) -> tuple[Array, Array, Array | None]:
    """Of a sum of products, led through the activation: from the sums `before` it to what comes `after`.

    How far an element may lie, and the root of a mean square, as float64; then the slope, as float32. Products that
    cancel each other leave no trace in the sum: how high they led it is reckoned if they are `cancelling`.
    """
    sums, heights = magnitudes(layer, inputs, parameters), _height(layer, parameters, before)
    if cancelling:
        np.fmax(heights, _usual_height(layer, inputs, parameters), out=heights)
    rounded = partial(_rounded, eps=eps, climbed=climb(layer, inputs))
    function = layer.result_activation
    if function is None:
        element, spread = of_parts(rounded, [sums, heights], [np.float64] * 2)
        return element, spread, np.broadcast_to(np.float32(1), sums.shape)
    if function.function_of_elements is None:  # what it divides by climbs, and its error is the same in all elements
        along = CLIMB * math.sqrt(max(after.shape[1:], default=1))
        return (*_led_on(function, before, after, rounded(sums, heights), eps=eps, along=along), None)

    def led_on(before: Array, after: Array, sums: Array, heights: Array) -> tuple[Array, ...]:
        moved = _led_on(function, before, after, rounded(sums, heights), eps=eps)
        return (*moved, _slope(function, before, eps * sums))

    element, spread, slope = of_parts(led_on, [before, after, sums, heights], [np.float64, np.float64, np.float32])
    return element, spread, slope


def _rounded(sums: Array, heights: Array, *, eps: float, climbed: float) -> tuple[Array, Array]:
    """What rounding may do to sums of products of such magnitudes and heights, by eps of `climbed` times these."""
    climbs = climbed * heights
    element = eps * np.maximum(ELEMENT * sums, CLIMBED_ELEMENT * climbs)
    spread = eps * np.maximum(TENSOR * sums, CLIMBED_TENSOR * climbs)
    return element, spread


def _led_on(
    function: ActivationFunction,
    before: Array,
    after: Array,
    by: tuple[Array, Array],
    *,
    eps: float,
    along: float = 0.0,
) -> tuple[Array, Array]:
    """How far its values may lie if its arguments lie apart by so much, and it is rounded itself, `along` a sum too."""
    (element, spread), size = by, eps * size_of(function, before, after)
    return (
        _moved(function, before, element, after) + max(ELEMENT, CLIMBED_ELEMENT * along) * size,
        _moved(function, before, spread, after) + max(TENSOR, CLIMBED_TENSOR * along) * size,
    )


def activated(layer: Layer, before: Array) -> Array:
    """The activation of a layer's sums."""
    function = layer.result_activation
    return before if function is None else function([before.copy()], {})


def magnitudes(layer: Layer, inputs: Arrays, parameters: Parameters) -> Array:
    """S, the sum of the products' magnitudes: a measure, for which float32 is enough where it can hold it."""
    parameters = _with_folded(parameters)
    found = summed(layer, inputs, parameters, _narrow)
    if np.isfinite(found).all() and (not found.size or found.min() > SMALLEST / ROUNDED):
        return found
    return summed(layer, inputs, parameters, lambda array: np.abs(wide(array)))


def _with_folded(parameters: Parameters) -> Parameters:
    """A bias that an exporter folded a normalization into is what is left of two terms, each of them rounded: how large
    these were, the largest bias of all channels shows.
    """
    bias = parameters.get("bias")
    return parameters if bias is None else {**parameters, "bias": np.full_like(bias, largest(bias))}


def _narrow(array: Array) -> Array:
    """Magnitudes in float32, in one piece of memory; what has fewer digits there is nothing beside what may differ."""
    if array.dtype.kind != "f":
        return np.abs(array)
    found: Array = array.astype(np.float32, order="C")
    np.abs(found, out=found)
    return flushed(found, LEAST_NORMAL)


def climb(layer: Layer, inputs: Arrays) -> float:
    """By how many eps of its height the longest sum of products errs, if all of them have one sign."""
    return CLIMB * math.sqrt(layer.longest_sum([x.shape[1:] for x in inputs]))


def _height(layer: Layer, parameters: Parameters, before: Array) -> Array:
    """How high the sums were on their way, as far as is known: engines begin with the bias, or add it at the end."""
    height, bias = np.abs(before), parameters.get("bias")
    if bias is None:
        return height
    along = [1] * before.ndim
    along[1 + layer.channels_axis(before.ndim - 1)] = -1
    bias = wide(bias).reshape(along)
    without = before - bias
    np.maximum(height, np.abs(without, out=without), out=height)
    return np.maximum(height, np.abs(bias), out=height)


def most_for_cancelling(layer: Layer, inputs: Arrays) -> float:
    """How many times as much may differ at most, if products cancel each other: their squares' sum is at most S²."""
    return max(1.0, CLIMBED_TENSOR / TENSOR * climb(layer, inputs)) if layer.sums_products else 0.0


def _usual_height(layer: Layer, inputs: Arrays, parameters: Parameters) -> Array:
    """How high the sums of the products are on the average, if their signs are drawn anew: the root of their squares'
    sum. Two large ones that cancel each other led them there.
    """
    with np.errstate(over="ignore"):
        found = np.sqrt(summed(layer, inputs, parameters, lambda array: np.square(wide(array))))
    return np.where(np.isfinite(found), found, 0.0)


def _slope(function: ActivationFunction, before: Array, step: Array) -> Array:
    """How a function of elements moves with its argument, over a step to both sides."""
    with np.errstate(all="ignore"):
        apart = function([before + step], {}) - function([before - step], {})
        found: Array = np.where(step > 0, apart / (2 * step), 0.0).astype(np.float32)
    return found


def size_of(function: ActivationFunction, before: Array, after: Array) -> Array:
    """What a function's own rounding is a part of: x · Φ(x) is made of parts as large as for a positive x."""
    if function.subtracts:
        return np.abs(before) + np.abs(after)
    if function.function_of_elements is None:
        return np.abs(after)
    found: Array = np.fmax(np.abs(after), np.abs(function([np.abs(before)], {})))
    return found


def _moved(function: ActivationFunction, before: Array, by: Array, after: Array) -> Array:
    """How far a function's values move if its arguments do."""
    found = np.zeros(after.shape)
    for number in range(2 if function.function_of_elements is not None else DRAWS):
        moved = before + sign(number, 0, before.shape) * by
        with np.errstate(all="ignore"):
            np.fmax(found, np.abs(function([moved], {}) - after), out=found)
    return found
