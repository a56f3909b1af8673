"""How far one layer's output may lie from what float64 makes of the same inputs.

A sum of products in floating point errs by a few eps of S, the sum of the products' magnitudes plus that of the bias:
the layer itself, applied to absolute inputs and parameters. That holds however many products there are, as long as
their signs vary. Where K of them have one sign, the sum climbs to y in one direction, and every addition rounds at the
height where it is: a plain loop errs by some sqrt(K / 36) eps |y|. What PyTorch, ONNX Runtime, Keras and our own engine
err is measured by tools/measure_own_errors.py, and stands in docs/comparing.md beside what is allowed here. What is no
such sum may err as if each of its inputs did, by as many eps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.distinct import independent
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Layer
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
EPSILONS = {"float64": 2.0**-52, "float32": 2.0**-23}
STORED = {"float16": 2.0**-11, "bfloat16": 2.0**-8}
"""Half a step of the types that numbers are stored in, and not computed."""
LEAST = {"float16": 2.0**-25}
"""Half the step between the smallest numbers of a type, where that is more than any rounding here."""
DRAWS = 8
"""Ways in which elements are taken to err: all up, all down, and at random."""
ROUNDED = 2.0**-24
"""Half a step of float32."""
SMALLEST = 2.0**-125
"""Below half of it float32 has fewer digits, and some engines none: exponentials made for speed end a little above."""


@dataclass(frozen=True)
class Budget:
    """What may differ: at each element, and over the tensor and each of its channels as a root of a mean square."""

    wanted: Array
    """What float64 makes of the inputs, (N, *shape)."""
    element: Array
    """How far an element may lie from it."""
    spread: Array | None
    """RMS over a tensor and its channels are held against this, of the same shape; None where only elements count."""
    slope: Array | None = None
    """How the output moves with the sum of products before the activation; None where that is not known."""

    def outside(self, got: Array) -> Array:
        """Which elements differ by more: NaN where the other is none, too."""
        with np.errstate(all="ignore"):
            close = np.abs(got - self.wanted) <= self.element
        outside: Array = ~(close | (got == self.wanted) | (np.isnan(got) & np.isnan(self.wanted)))
        return outside

    def used(self, got: Array, axis: int) -> float:
        """The largest own error in units of what is allowed, at an element, over the tensor or a channel on `axis`."""
        with np.errstate(all="ignore"):
            error = np.where(got == self.wanted, 0.0, got - self.wanted)
            error[np.isnan(got) & np.isnan(self.wanted)] = 0.0
            shares = np.abs(error) / np.maximum(self.element, np.finfo(np.float64).tiny)
            shares[error == 0] = 0.0
        most = float(np.max(np.where(np.isnan(shares), np.inf, shares), initial=0.0))
        if self.spread is None or not got.size:
            return most
        places = independent(self.wanted, axis)
        whole = over(error, self.spread, None, places * got.shape[axis])
        return max(most, whole, over(error, self.spread, axis, places))


def over(error: Array, spread: Array, axis: int | None, count: float) -> float:
    """RMS of the error over that of what is allowed; of the worst channel, if an axis is given.

    `count` says how many of its elements are independent: of few more is allowed, of one what an element may have.
    """
    others = None if axis is None else tuple(i for i in range(error.ndim) if i != axis % error.ndim)
    with np.errstate(all="ignore"):
        found = np.sqrt(np.mean(error**2, axis=others))
        allowed = np.sqrt(np.mean(spread**2, axis=others)) * (1 + (ELEMENT - TENSOR) / count)
        shares = np.where(found == 0, 0.0, found / np.maximum(allowed, np.finfo(np.float64).tiny))
    return float(np.max(np.where(np.isnan(shares), np.inf, shares)))


def budget(
    layer: Layer, inputs: Arrays, parameters: Parameters, dtype: str, noise: Sequence[Array | None] = ()
) -> Budget:
    """What a layer may put out for these inputs (N, *shape), all of float64.

    `dtype` is what the other side computed and stored in. `noise` says how far an input may lie from the truth already,
    where it is none that was captured.
    """
    eps = EPSILONS.get(dtype, EPSILONS["float32"])
    noise = _of_measured(layer, inputs, noise or [None] * len(inputs))
    before = layer.forward(list(inputs), parameters) if layer.sums_products else None
    wanted = layer(list(inputs), parameters) if before is None else _after(layer, before)
    if layer.hands_on and not layer.result_activation:
        element, spread, slope = np.zeros(wanted.shape), None, None
    elif before is not None:
        element, spread, slope = _of_sums(layer, inputs, parameters, before, wanted, eps=eps)
    else:
        element, spread, slope = _of_inputs(layer, inputs, parameters, wanted, eps), None, None
    least = LEAST.get(dtype, SMALLEST) if eps > EPSILONS["float64"] else 0.0
    stored = STORED.get(dtype, 0.0) * np.abs(wanted) + least
    element = element + stored
    carried = _carried(layer, inputs, parameters, wanted, noise)
    if carried is not None:
        element, spread = element + carried, None if spread is None else spread + carried
    if spread is not None:
        spread = spread + stored
    return Budget(wanted, element, spread, slope)


def _after(layer: Layer, before: Array) -> Array:
    """The activation of a layer's sums."""
    function = layer.result_activation
    return before if function is None else function([before.copy()], {})


def _magnitudes(layer: Layer, inputs: Arrays, parameters: Parameters) -> Array:
    """S, the sum of the products' magnitudes: a measure, for which float32 is enough where it can hold it."""
    sums = layer.forward([_narrow(x) for x in inputs], {name: _narrow(array) for name, array in parameters.items()})
    if np.isfinite(sums).all() and (not sums.size or sums.min() > SMALLEST / ROUNDED):
        return sums.astype(np.float64)
    return layer.forward([np.abs(x) for x in inputs], {name: np.abs(array) for name, array in parameters.items()})


def _narrow(array: Array) -> Array:
    """Magnitudes in float32, in one piece of memory."""
    if array.dtype.kind != "f":
        return np.abs(array)
    found: Array = array.astype(np.float32)
    return np.abs(found, out=found)


def _of_sums(
    layer: Layer, inputs: Arrays, parameters: Parameters, before: Array, after: Array, *, eps: float
) -> tuple[Array, Array, Array | None]:
    """Of a sum of products, led through the activation: from the sums `before` it to what comes `after`."""
    sums = _magnitudes(layer, inputs, parameters)
    climbed = CLIMB * math.sqrt(layer.terms([x.shape[1:] for x in inputs])) * np.abs(before)
    element = eps * np.maximum(ELEMENT * sums, CLIMBED_ELEMENT * climbed)
    spread = eps * np.maximum(TENSOR * sums, CLIMBED_TENSOR * climbed)
    if layer.result_activation is None:
        return element, spread, np.broadcast_to(np.float32(1), sums.shape)
    function = layer.result_activation
    size = eps * _size(function, before, after)
    along = 0.0  # what a softmax divides by is a sum that climbs, and its error is the same in all elements
    if function.function_of_elements is None:
        along = CLIMB * math.sqrt(max(after.shape[1:], default=1))
    return (
        _moved(function, before, element, after) + max(ELEMENT, CLIMBED_ELEMENT * along) * size,
        _moved(function, before, spread, after) + max(TENSOR, CLIMBED_TENSOR * along) * size,
        None if function.function_of_elements is None else _slope(function, before, eps * sums),
    )


def _slope(function: ActivationFunction, before: Array, step: Array) -> Array:
    """How a function of elements moves with its argument, over a step to both sides."""
    with np.errstate(all="ignore"):
        apart = function([before + step], {}) - function([before - step], {})
        found: Array = np.where(step > 0, apart / (2 * step), 0.0).astype(np.float32)
    return found


def _size(function: ActivationFunction, before: Array, after: Array) -> Array:
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
        moved = before + _sign(number, 0, before.shape) * by
        with np.errstate(all="ignore"):
            np.fmax(found, np.abs(function([moved], {}) - after), out=found)
    return found


def _of_inputs(layer: Layer, inputs: Arrays, parameters: Parameters, wanted: Array, eps: float) -> Array:
    """As if every input and every number by channel erred: at single elements, and on the average of those around.

    Errors cancel by chance at single elements. A mean that is subtracted and an offset that is added are terms of a sum
    as large as they are, whatever the sum comes to.
    """
    noise = _of_measured(layer, inputs, [ELEMENT * eps * np.abs(x) for x in inputs])
    carried = _carried(layer, inputs, parameters, wanted, noise, off=ELEMENT * eps)
    if carried is None:  # nothing goes in
        return np.zeros(wanted.shape)
    axes = tuple(range(1, wanted.ndim)) or None
    with np.errstate(all="ignore"):
        floor = np.sqrt(np.nanmean(carried**2, axis=axes, keepdims=True)) if carried.size else carried
    size = _size(layer, inputs[0], wanted) if isinstance(layer, ActivationFunction) else np.abs(wanted)
    if _recurs(layer):  # every element of a state is made of all those of the step before
        size = np.fmax(size, np.sqrt(np.mean(wanted**2, axis=axes, keepdims=True)))
    return np.fmax(carried, floor) + ELEMENT * eps * size


def _recurs(layer: Layer) -> bool:
    """Whether it goes along a sequence step by step, or a layer does that it wraps."""
    held = [getattr(layer, name) for name, option in type(layer).options().items() if option.holds_layer]
    return layer.is_recurrent or any(each is not None and _recurs(each) for each in held)


def _carried(
    layer: Layer,
    inputs: Arrays,
    parameters: Parameters,
    wanted: Array,
    noise: Sequence[Array | None],
    *,
    off: float = 0.0,
) -> Array | None:
    """How far the output moves if inputs lie apart by so much; None if none does.

    `off` is by what part of them the parameters that are lists of numbers, one a channel, lie apart as well.
    """
    if all(each is None for each in noise):
        return None
    found = np.zeros(wanted.shape)
    for number in range(DRAWS):
        moved = [
            x if each is None else x + _sign(number, place, x.shape) * each
            for place, (x, each) in enumerate(zip(inputs, noise, strict=True))
        ]
        given = parameters if not off else _moved_apart(parameters, off, number, len(inputs))
        with np.errstate(all="ignore"):
            np.fmax(found, np.abs(layer(moved, given) - wanted), out=found)
    return found


def _moved_apart(parameters: Parameters, by: float, number: int, first: int) -> Parameters:
    """Parameters that are lists of numbers lie apart by a part of each; the others are as they are.

    `number` says which way, and `first` how many tensors have a way of their own already.
    """
    lists = [name for name, array in parameters.items() if array.ndim == 1 and array.dtype.kind == "f"]
    signs = {name: _sign(number, place, parameters[name].shape) for place, name in enumerate(lists, first)}
    return {**parameters, **{name: parameters[name] * (1 + by * sign) for name, sign in signs.items()}}


def _of_measured(layer: Layer, inputs: Arrays, noise: Sequence[Array | None]) -> list[Array | None]:
    """The noise of inputs that have any: whole numbers, and what is looked up by, are as they are."""
    exact = layer.lookups([x.shape[1:] for x in inputs])
    return [
        None if place in exact or x.dtype.kind != "f" else each
        for place, (x, each) in enumerate(zip(inputs, noise, strict=True))
    ]


def _sign(number: int, place: int, shape: tuple[int, ...]) -> Array:
    """Which way elements err: all up, all down, then at random, the same in every comparison."""
    if number < 2:
        return np.full(shape, 1.0 - 2.0 * number)
    return np.random.default_rng([number, place]).choice([-1.0, 1.0], size=shape)


def in_float64(arrays: Arrays) -> Arrays:
    """Arrays of numbers as float64; indices stay what they are."""
    return [x.astype(np.float64) if x.dtype.kind == "f" else x for x in arrays]
