"""How far one layer's output may lie from what float64 makes of the same inputs.

A sum of products in floating point errs by a few eps of S, the sum of the products' magnitudes plus that of the largest
bias: the layer itself, applied to absolute inputs and parameters. That holds however many products there are, as long
as their signs vary. Where K of them have one sign, the sum climbs to y in one direction, and every addition rounds at
the height where it is: a plain loop errs by some sqrt(K / 36) eps |y|. If the bias takes most of that back, y is what
it was before; if two large products cancel each other, the root of all products' squares is as high as they led it.
What PyTorch, ONNX Runtime, Keras and our own engine err is measured by tools/measure_own_errors.py, and stands in
docs/comparing.md beside what is allowed here.

What is no such sum may err as if each of its inputs did, by as many eps. Attention and recurrent layers sum products on
the way: what rounding does to such a sum is what changes of its inputs and weights do, by some sqrt(K) eps each.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.distinct import independent
from dataflow_cli.diff.noise import CERTAIN, Noise, carried_on, is_of_elements, of_measured
from dataflow_cli.diff.portions import of_parts, squares, summed, wide
from dataflow_cli.diff.rounding import (
    CLIMBED_ELEMENT,
    ELEMENT,
    SMALLEST,
    TENSOR,
    activated,
    climb,
    of_sums,
    size_of,
)
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Arrays, Parameters

EPSILONS = {"float64": 2.0**-52, "float32": 2.0**-23}
STORED = {"float16": 2.0**-11, "bfloat16": 2.0**-8}
"""Half a step of the types that numbers are stored in, and not computed."""
LEAST = {"float16": 2.0**-25}
"""Half the step between the smallest numbers of a type, where that is more than any rounding here."""
MOMENT = 8.0
"""Times eps E[x²]: what a mean of squares may err."""
TINY = sys.float_info.min
"""What is divided by at least."""


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

    @property
    def noise(self) -> Noise:
        """What is known of another side's tensor that was not captured."""
        return Noise(self.element, CERTAIN * self.element, self.spread)

    def outside(self, got: Array) -> Array:
        """Which elements differ by more: NaN where the other is none, too."""
        with np.errstate(all="ignore"):
            close = np.abs(got - self.wanted) <= self.element
        outside: Array = ~(close | (got == self.wanted) | (np.isnan(got) & np.isnan(self.wanted)))
        return outside

    def used(self, got: Array, axis: int) -> float:
        """The largest own error in units of what is allowed, at an element, over the tensor or a channel on `axis`."""
        error, shares = of_parts(_errors, [got, self.wanted, self.element], [np.float64, np.float64])
        most = float(np.max(shares, initial=0.0))
        if self.spread is None or not got.size:
            return most
        return max(most, over(error, self.spread, axis, independent(self.wanted, axis)))


def _errors(got: Array, wanted: Array, element: Array) -> tuple[Array, Array]:
    """What elements err, and over what each may: where both are the same, or NaN, nothing."""
    with np.errstate(all="ignore"):
        error = got - wanted
        shares = np.abs(error) / np.maximum(element, TINY)
        if np.isfinite(shares.sum()):
            return error, shares
        error[(got == wanted) | (np.isnan(got) & np.isnan(wanted))] = 0.0
        shares = np.abs(error) / np.maximum(element, TINY)
    shares[error == 0] = 0.0
    shares[np.isnan(shares)] = np.inf
    return error, shares


def over(error: Array, spread: Array, axis: int, places: float) -> float:
    """RMS of the error over that of what is allowed: of the tensor, or of its worst channel on `axis`.

    `places` says how many of a channel's are independent: of few more is allowed, of one what an element may have.
    """
    with np.errstate(all="ignore"):
        found, allowed = squares(error, axis), squares(spread, axis)
        return max(_over(found.mean(), allowed.mean(), places * len(found)), _over(found, allowed, places))


def _over(found: Any, allowed: Any, count: float) -> float:
    """The largest root of mean squares over that of others, of which each is of so many that are independent."""
    roots = np.sqrt(allowed) * (1 + (ELEMENT - TENSOR) / count)
    shares = np.where(found == 0, 0.0, np.sqrt(found) / np.maximum(roots, TINY))
    return float(np.max(np.where(np.isnan(shares), np.inf, shares)))


def budget(
    layer: Layer,
    inputs: Arrays,
    parameters: Parameters,
    dtype: str,
    noise: Sequence[Noise | None] = (),
    *,
    cancelling: bool = False,
) -> Budget:
    """What a layer may put out for these inputs (N, *shape) of float64.

    `parameters` are of float64, or as they are stored where an activation alone follows a product with all of them.
    `dtype` is what the other side computed and stored in. `noise` says how far an input may lie from the truth already,
    where it is none that was captured. That large products cancel each other is reckoned with if they are `cancelling`:
    it takes another pass, and lets no more differ in most sums.
    """
    eps = EPSILONS.get(dtype, EPSILONS["float32"])
    noise = of_measured(layer, inputs, noise or [None] * len(inputs))
    before = summed(layer, inputs, parameters, wide) if layer.sums_products else None
    wanted = layer(list(inputs), parameters) if before is None else activated(layer, before)
    if layer.hands_on and layer.result_activation is None:
        element, spread, slope = np.zeros(wanted.shape), None, None
    elif before is not None:
        element, spread, slope = of_sums(layer, inputs, parameters, before, wanted, eps=eps, cancelling=cancelling)
    else:
        element, spread, slope = _of_inputs(layer, inputs, parameters, wanted, eps), None, None
    least = LEAST.get(dtype, SMALLEST) if eps > EPSILONS["float64"] else 0.0
    stored = STORED[dtype] * np.abs(wanted) + least if dtype in STORED else least
    element += stored
    if spread is not None:
        spread += stored
    made = Budget(wanted, element, spread, slope)
    return _with_noise(layer, inputs, parameters, made, noise)


def _with_noise(
    layer: Layer, inputs: Arrays, parameters: Parameters, made: Budget, noise: Sequence[Noise | None]
) -> Budget:
    """What may differ more for what was handed on to the layer, beside what is made in it.

    An element that is one of an input, or a function of one, errs by as much as that may. In a sum most err as usual.
    """
    if all(each is None for each in noise):
        return made
    single = is_of_elements(layer)
    known = single and all(each is None or each.spread is not None for each in noise)
    most = known or (single and layer.hands_on)

    def carried(errors: Sequence[Array | None]) -> Array:
        return carried_on(layer, inputs, parameters, made.wanted, errors)

    more = carried([None if each is None else each.most if most else each.usual for each in noise])
    if known:
        along = carried([None if each is None else each.spread for each in noise])
        spread: Array | None = TENSOR / ELEMENT * made.element + along
    else:
        spread = None if made.spread is None else made.spread + more
    return Budget(made.wanted, made.element + more, spread, made.slope)


def _of_inputs(layer: Layer, inputs: Arrays, parameters: Parameters, wanted: Array, eps: float) -> Array:
    """As if every input and every parameter of its sums erred: at single elements, and on the average of those around.

    Errors cancel by chance at single elements. A mean that is subtracted and an offset that is added are terms of a sum
    as large as they are, whatever the sum comes to. What rounding does to a sum of K products of any signs is what K
    changes of them by some 0.15 sqrt(K) eps each do, at random.
    """
    off = eps * max(ELEMENT, CLIMBED_ELEMENT * climb(layer, inputs))
    noise = of_measured(layer, inputs, [off * np.abs(x) for x in inputs])
    if all(each is None for each in noise):
        return np.zeros(wanted.shape)
    carried = carried_on(layer, inputs, parameters, wanted, noise, off=off)
    if layer.takes_moments:
        np.fmax(carried, _of_variance(layer, inputs, parameters, wanted, eps), out=carried)
    axes = tuple(range(1, wanted.ndim)) or None
    with np.errstate(all="ignore"):
        floor = np.sqrt(np.nanmean(carried**2, axis=axes, keepdims=True)) if carried.size else carried
    size = size_of(layer, inputs[0], wanted) if isinstance(layer, ActivationFunction) else np.abs(wanted)
    if _recurs(layer):  # every element of a state is made of all those of the step before
        size = np.fmax(size, np.sqrt(np.mean(wanted**2, axis=axes, keepdims=True)))
    return np.fmax(carried, floor) + ELEMENT * eps * size


def _of_variance(layer: Any, inputs: Arrays, parameters: Parameters, wanted: Array, eps: float) -> Array:
    """A variance that is worked out as E[x²] - E[x]² errs as E[x²] does, which is large beside it where the mean is far
    from 0: as if epsilon were so much more.
    """
    (x,) = inputs
    squares = np.mean(np.square(x), axis=tuple(range(1, x.ndim)))
    more = MOMENT * eps * float(np.max(squares, initial=0.0))
    with np.errstate(all="ignore"):
        moved: Array = replace(layer, epsilon=layer.epsilon + more)([x], parameters)
        moved -= wanted
    return np.abs(moved, out=moved)


def _recurs(layer: Layer) -> bool:
    """Whether it goes along a sequence step by step, or a layer does that it wraps."""
    held = [getattr(layer, name) for name, option in type(layer).options().items() if option.holds_layer]
    return layer.is_recurrent or any(each is not None and _recurs(each) for each in held)
