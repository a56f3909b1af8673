"""Scales and zero points: the parameters that say what whole numbers stand for.

x = (q - zero_point) · scale
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Block, Explanation, Use
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape

STEP = 1 / 32
"""The scale that an initializer gives: numbers from -4 to 4 fill int8."""


def pair(name: str, shape: Shape, dtype: str = "int32", *, zero: bool = True) -> dict[str, Parameter]:
    """The parameters `NAMEscale` and `NAMEzero_point`; the latter only if there is one. Training changes neither."""
    scale = {f"{name}scale": Parameter(shape, fill=STEP, trainable=False)}
    return scale | (zero_point(name, shape, dtype) if zero else {})


def zero_point(name: str, shape: Shape, dtype: str = "int32") -> dict[str, Parameter]:
    """The parameter `NAMEzero_point`; int32 holds those of every type, where a rule does not know which one it is."""
    return {f"{name}zero_point": Parameter(shape, fill=0, trainable=False, dtype=dtype)}


def meant(values: Array, parameters: Parameters) -> Array:
    """The numbers that whole ones stand for, by the scale and zero point of an output."""
    return kernels.quantization.dequantized(values, parameters["output_scale"], zero_of(parameters, "output_"))


def zero_of(parameters: Parameters, name: str = "") -> Array:
    """The zero points of that name; 0 if there are none."""
    zeros: Array = parameters.get(f"{name}zero_point", np.zeros((), np.int32))
    return zeros


def used(parameters: Parameters, name: str, at: Shape) -> Use:
    """One number of a parameter, for an explanation."""
    return explaining.Use(name, at, float(parameters[name][at]))


def minus_zero(start: Explanation, parameters: Parameters, name: str, at: Shape) -> Explanation:
    """The explanation led on by taking the zero point away, if there is one."""
    if f"{name}zero_point" not in parameters:
        return start
    zero = used(parameters, f"{name}zero_point", at)
    title = f"minus {zero.parameter}[{', '.join(map(str, at))}]" if at else f"minus {zero.parameter}"
    return start.then(title, "{} - {}", (start.total, zero.value), start.total - zero.value, zero)


def check_whole(kind: str, inputs: Arrays) -> None:
    """Raises LayerError if an array is not of whole numbers, which the network's own types would have told before."""
    for x in inputs:
        if x.dtype.kind not in "iu":
            raise LayerError(
                f"{kind} takes whole numbers, found {x.dtype}", hint="give an array of integers", code="E136"
            )


def rounded(start: Explanation, value: float, dtype: str, zero: Use | None) -> Explanation:
    """The explanation of a number of steps from a zero point, led on to the whole number that it becomes."""
    added, uses = (zero.value, [zero]) if zero else (0.0, [])
    result = start.then(f"rounded, as {dtype}", "round({}) + {}", (start.total, added), value, *uses)
    ends = np.iinfo(dtype)
    if value in (ends.min, ends.max):
        return result.cut_off(f"{value:.0f} is an end of {dtype}: what lies beyond is cut off.")
    return result.cut_off("it is rounded to a whole number: only a change of a step shows.")


def multiplier(parameters: Parameters, names: tuple[str, str]) -> Array:
    """What turns sums of products of whole numbers into steps of the output: both scales by the output's."""
    one, other = (parameters[f"{name}_scale"] for name in names)
    with np.errstate(all="ignore"):
        factor: Array = np.asarray(one * other / parameters["output_scale"])
    return factor


def shifted(found: Explanation, zero: float, other: float) -> Explanation:
    """The explanation of a sum of products, told what was taken from their factors."""
    if not zero and not other:
        return found
    return found.noted(f"A shifted product is (value - {zero:g}) · (weight - {other:g}): what their zero points leave.")


def rescaled(
    start: Explanation, names: tuple[str, str], place: Shape, dtype: str, parameters: Parameters
) -> Explanation:
    """The explanation of such a sum, led on to the whole number that it becomes; `place`: of the second scale."""
    places = {names[0]: (), names[1]: place, "output": ()}
    uses = [used(parameters, f"{name}_scale", at) for name, at in places.items()]
    factors = multiplier(parameters, names)
    factor = factors[place] if factors.ndim else factors
    value = kernels.quantization.requantized(
        np.asarray(int(start.total)), np.asarray(factor), zero_of(parameters, "output_"), dtype
    )
    numbers = (start.total, *(use.value for use in uses))
    start = start.then(
        "in steps of the output's scale", "{} · {} · {} / {}", numbers, start.total * float(factor), *uses
    )
    return rounded(start, float(value), dtype, used(parameters, "output_zero_point", ()))


def given_zero(start: Explanation, zero: Block, weight: float) -> Explanation:
    """The explanation of a sum with the zero point that is an input: it takes part as often as the others weigh."""
    block = explaining.carrying(zero, -zero.subtotal * weight)
    block = block if weight else explaining.silent(block)
    roles = list(start.roles)
    roles[block.input] = roles[block.input].copy()
    roles[block.input][tuple(block.places[0])] = block.roles[0]
    return replace(start, blocks=(*start.blocks, block), roles=tuple(roles))


def check_zero(kind: str, shape: Shape, length: int = 1, field: str = "inputs") -> None:
    """Raises LayerError for a zero point, which is an input, that is no single number, or not one of so many."""
    if shape not in {(), (1,), (length,)}:
        wanted = "a single number" if length == 1 else f"a single number, or {length}"
        message = f"{kind} takes a zero point of {wanted}, found {written(shape)}"
        raise LayerError(message, hint="reshape it before, or write it as a parameter", code="E133", field=field)
