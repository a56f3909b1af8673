"""A dense layer whose axes a formula of letters says (Einstein's summation).

    abc,cd->abd     out[a, b, d] = activation( Σ_c  in[a, b, c] · kernel[c, d]  +  bias[d] )

Letters of the input, of the kernel and of the output; a letter that the output lacks is summed. The first letter of
the input and of the output is the minibatch. `...` in front, or behind, stands for axes that stay as they are.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases.activated import Activated
from dataflow_cli.layers.fields import Integer, JSONSchema, List, Optional, option, refuse
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_LETTERS = "[a-zA-Z]{1,26}"
_PLAIN = f"({_LETTERS}),({_LETTERS})->({_LETTERS})"
_FRONT = rf"\.\.\.({_LETTERS}),({_LETTERS})->\.\.\.({_LETTERS})"
_BEHIND = rf"({_LETTERS})\.\.\.,({_LETTERS})->({_LETTERS})\.\.\."


@dataclass(frozen=True)
class Equation:
    """The letters of the axes of input, kernel and output, and on which side `...` stands, if at all."""

    given: str
    kernel: str
    result: str
    front: bool = False
    behind: bool = False

    def axes(self, dimensions: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the axes of input and output, the minibatch among them, for an input of so many axes."""
        others = tuple(f".{number}" for number in range(dimensions - len(self.given)))
        front, behind = (others, ()) if self.front else ((), others)
        return (*front, *self.given, *behind), (*front, *self.result, *behind)


@lru_cache(256)
def parsed(text: str) -> Equation | None:
    """The equation that a text says; None if it says none."""
    for pattern in (_PLAIN, _FRONT, _BEHIND):
        found = re.fullmatch(pattern, text)
        if found is not None:
            given, kernel, result = found.groups()
            return Equation(given, kernel, result, front=pattern == _FRONT, behind=pattern == _BEHIND)
    return None


@dataclass(frozen=True)
class EquationField:
    """An equation of letters, as text."""

    def read(self, value: Any) -> str:
        equation = parsed(value) if isinstance(value, str) else None
        if equation is None:
            raise refuse(self, value, "such as abc,cd->abd, ...x,xy->...y or ab...,bc->ac...")
        _check(equation)
        return str(value)

    def describe(self) -> str:
        return "an equation of letters"

    def schema(self) -> JSONSchema:
        from dataflow_cli.layers.patterns import text

        return text(f"({_PLAIN}|{_FRONT}|{_BEHIND})")


def _check(equation: Equation) -> None:
    """Raises FieldError for an equation that says no dense layer."""
    given, kernel, result = equation.given, equation.kernel, equation.result
    for what, letters in (("input", given), ("kernel", kernel), ("output", result)):
        twice = next((one for one in letters if letters.count(one) > 1), None)
        if twice:
            raise FieldError(f"'{twice}' is two axes of the {what}", hint="give every axis a letter of its own")
    odd = next((one for one in result if one not in given + kernel), None)
    if odd:
        raise FieldError(f"'{odd}' of the output is in neither input nor kernel", hint="every axis comes from one")
    odd = next((one for one in kernel if one not in given + result), None)
    if odd:
        raise FieldError(f"'{odd}' of the kernel is in neither input nor output", hint="leave it out, or put it out")
    if not equation.front and (given[0] != result[0] or given[0] in kernel):
        hint = "the first letter of input and output is the minibatch, and the kernel has none: abc,cd->abd"
        raise FieldError(f"'{given[0]}' is the minibatch, and must stay in front", hint=hint)


@dataclass(frozen=True)
class LettersField:
    """Letters, as text."""

    def read(self, value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(_LETTERS, value):
            return value
        raise refuse(self, value)

    def describe(self) -> str:
        return "letters"

    def schema(self) -> JSONSchema:
        from dataflow_cli.layers.patterns import text

        return {"anyOf": [text(_LETTERS), {"type": "boolean"}]}  # which an editor makes of letters such as `true`


@dataclass(frozen=True, kw_only=True)
class EinsumDense(Activated):
    """Weighted sums over the axes that an equation of letters says."""

    type: ClassVar[str] = "einsum_dense"
    equation: str = option(
        EquationField(), "letters of the axes of input, kernel and output, the minibatch first: abc,cd->abd"
    )
    output_dims: tuple[int | None, ...] = option(
        List(Optional(Integer(1)), single=True),
        "Keras' output_shape: the length of every axis of the output that has a letter, but the minibatch; null: as in "
        "the input",
    )
    bias_axes: str | None = option(
        Optional(LettersField()), "letters of the output along which the bias has numbers; null: there is no bias", None
    )

    @property
    def letters(self) -> Equation:
        """The equation, taken apart. Raises ValueError for a text that is none."""
        equation = parsed(self.equation)
        if equation is None:
            raise ValueError(f"no equation: {self.equation}")
        return equation

    def names(self, inputs: Shapes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the axes of one sample of input and output. Raises LayerError if there are too few axes."""
        equation, dimensions = self.letters, len(inputs[0]) + 1
        most = math.inf if equation.front or equation.behind else len(equation.given)
        if not len(equation.given) <= dimensions <= most:
            raise LayerError(
                f"the equation's input has {len(equation.given)} axes, the minibatch among them; found "
                f"{written(inputs[0])} and the minibatch",
                hint="write a letter an axis, or `...` in front or behind for those that stay",
                field="equation",
            )
        given, result = equation.axes(dimensions)
        if given[0] in equation.kernel or given[0] != result[0]:
            raise LayerError(
                f"'{given[0]}' would be the minibatch", hint="a letter more is the minibatch's", field="equation"
            )
        return given[1:], result[1:]

    def lengths(self, inputs: Shapes) -> dict[str, int]:
        """How long every axis is, by its name. Raises LayerError if that does not fit."""
        given, result = self.names(inputs)
        found = dict(zip(given, inputs[0], strict=True))
        lettered = [name for name in result if not name.startswith(".")]
        if len(self.output_dims) != len(lettered):
            raise LayerError(
                f"output_dims has {len(self.output_dims)} lengths, for the axes '{''.join(lettered)}'",
                hint=f"write {len(lettered)}, one a letter of the output without the minibatch",
                field="output_dims",
            )
        for name, length in zip(lettered, self.output_dims, strict=True):
            if name not in found and length is None:
                hint = "write its length: only what is an axis of the input may be null"
                raise LayerError(f"the length of axis '{name}' is not known", hint=hint, field="output_dims")
            if length is not None and found.setdefault(name, length) != length:
                raise LayerError(
                    f"axis '{name}' is {found[name]} long in the input, and {length} in output_dims",
                    hint=f"write {found[name]}, or null",
                    field="output_dims",
                )
        return found

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, (_, result) = self.lengths(inputs), self.names(inputs)
        odd = next((one for one in self.bias_axes or "" if one not in result), None)
        if odd:
            hint = f"letters of the output without the minibatch: {''.join(one for one in result if one[0] != '.')}"
            raise LayerError(f"the output has no axis '{odd}' for a bias", hint=hint, field="bias_axes")
        return tuple(lengths[name] for name in result)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        lengths, (_, result) = self.lengths(inputs), self.names(inputs)
        found = {"kernel": Parameter(tuple(lengths[name] for name in self.letters.kernel))}
        if self.bias_axes is not None:
            first = min(result.index(name) for name in self.bias_axes)
            shape = tuple(lengths[name] if name in self.bias_axes else 1 for name in result[first:])
            found["bias"] = Parameter(shape, fill=0)
        return found

    def summed(self, inputs: Shapes) -> tuple[str, ...]:
        """The names of the axes that are summed, in the input's order."""
        given, result = self.names(inputs)
        return tuple(name for name in given if name not in result)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        lengths = self.lengths(inputs)
        return ((*self.output_shape(inputs), *(lengths[name] for name in self.summed(inputs))),)

    def terms(self, inputs: Shapes) -> int:
        lengths = self.lengths(inputs)
        return math.prod(lengths[name] for name in self.summed(inputs))

    def longest_sum(self, inputs: Shapes) -> int:
        return self.terms(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """Where all axes but the channels, which stand last, stay as they are, it is a 1 x 1 convolution."""
        before = seen[0]
        given, result = self.names(inputs)
        along_channels = len(given) > 1 and not before.channels_first and given[:-1] == result[:-1]
        stays = along_channels and len(given) == len(result)
        return self.activated_field(before if stays else before.whole(), inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        given, result = self.names(inputs)
        before = self.before_activation(wanted, inputs)
        met = before.any(axis=tuple(axis for axis, name in enumerate(result) if name not in given))
        kept = [name for name in result if name in given]
        ordered = np.transpose(met, [kept.index(name) for name in given if name in kept])
        missing = tuple(axis for axis, name in enumerate(given) if name not in kept)
        return [np.broadcast_to(np.expand_dims(ordered, missing), inputs[0]).copy()]

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import unknown

        raise unknown(
            "PyTorch has no layer of an equation: in which order a module of somebody's keeps it is not known"
        )

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        lengths, (_, result) = self.lengths(inputs), self.names(inputs)
        return tuple(f"{name}: {lengths[name]}" for name in result if not name.startswith("."))

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        kernel = self.parameters(inputs)["kernel"].count
        numbers = math.prod(inputs[0]) + math.prod(self.output_shape(inputs))
        return kernels.method.beside(2 * samples * numbers + kernel)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        given, result = self.names([x.shape[1:] for x in inputs])
        numbers = {name: number for number, name in enumerate(dict.fromkeys((*given, *self.letters.kernel)), start=1)}
        axes = [[numbers[name] for name in names] for names in (given, self.letters.kernel, result)]
        x, kernel = inputs[0], parameters["kernel"]
        found: Array = np.einsum(x, [0, *axes[0]], kernel, axes[1], [0, *axes[2]], optimize=True)
        return found + parameters["bias"] if "bias" in parameters else np.ascontiguousarray(found)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x, kernel = inputs[0][0], parameters["kernel"]
        given, result = self.names([x.shape])
        summed, place = self.summed([x.shape]), dict(zip(result, at, strict=True))
        lengths = self.lengths([x.shape])
        counts = {name: lengths[name] for name in summed}
        values, weights = _row(x, given, place, counts), _row(kernel, tuple(self.letters.kernel), place, counts)
        row = explaining.weighted("sum of products", "row", values, weights, "kernel")
        start = explaining.summed(at, inputs, [row])
        if "bias" not in parameters:
            return start
        bias = parameters["bias"]
        own = at[len(at) - bias.ndim :]
        where = tuple(0 if length == 1 else here for here, length in zip(own, bias.shape, strict=True))
        return start.plus("bias", where, float(bias[where]))


def _row(x: Array, names: Sequence[str], place: dict[str, int], summed: dict[str, int]) -> Taken:
    """The elements of an array that meet in a place, one for every combination of what is summed, one by one."""
    every = np.indices(tuple(summed.values()), np.intp).reshape(len(summed), math.prod(summed.values()))
    rows = dict(zip(summed, every, strict=True))
    count = math.prod(summed.values())
    along = [rows[name] if name in rows else np.full(count, place[name], np.intp) for name in names]
    places = np.stack(along, axis=-1)
    return explaining.Taken(x[tuple(along)].astype(np.float64), places, np.ones(count, bool))
