"""The product of two inputs that an equation of letters says (Einstein's summation).

    nhqd,nhkd->nhqk     out[n, h, q, k] = Σ_d  in_1[n, h, q, d] · in_2[n, h, k, d]

Letters of the axes of both inputs and of the output, of which the first is the minibatch everywhere. A letter of both
inputs that the output lacks is summed.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.products import Product, factors
from dataflow_cli.layers.fields import JSONSchema, option, refuse
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Index, Taken
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_LETTERS = "[a-zA-Z]{1,26}"
_PATTERN = f"({_LETTERS}),({_LETTERS})->({_LETTERS})"


@dataclass(frozen=True)
class Letters:
    """The letters of both inputs and of the output, without the minibatch's."""

    first: str
    second: str
    result: str

    @property
    def summed(self) -> str:
        """Those that are summed, in the order of the first input."""
        return "".join(one for one in self.first if one not in self.result)

    @property
    def shared(self) -> str:
        """Those of both inputs that stay, in the order of the output."""
        return "".join(one for one in self.result if one in self.first and one in self.second)

    def own(self, number: int) -> str:
        """Those of one input alone, in the order of the output."""
        mine, other = (self.first, self.second)[:: 1 - 2 * number]
        return "".join(one for one in self.result if one in mine and one not in other)


@lru_cache(256)
def letters(text: str) -> Letters:
    """What an equation says."""
    first, second, result = re.split(",|->", text)
    return Letters(first[1:], second[1:], result[1:])


@dataclass(frozen=True)
class ProductField:
    """An equation of letters, as text."""

    def read(self, value: Any) -> str:
        found = re.fullmatch(_PATTERN, value) if isinstance(value, str) else None
        if found is None:
            raise refuse(self, value, "such as nqd,nkd->nqk: letters for the axes of two inputs and of the output")
        _check(*found.groups())
        return str(value)

    def describe(self) -> str:
        return "an equation of letters"

    def schema(self) -> JSONSchema:
        from dataflow_cli.layers.patterns import text

        return text(_PATTERN)


def _check(first: str, second: str, result: str) -> None:
    """Raises FieldError for an equation that says no product of two inputs."""
    for what, some in (("first input", first), ("second input", second), ("output", result)):
        twice = next((one for one in some if some.count(one) > 1), None)
        if twice:
            raise FieldError(f"'{twice}' is two axes of the {what}", hint="give every axis a letter of its own")
    if not first[0] == second[0] == result[0]:
        hint = "the first letter of all three is the minibatch: nqd,nkd->nqk"
        raise FieldError(f"'{first[0]}', '{second[0]}' and '{result[0]}' are not one minibatch", hint=hint)
    odd = next((one for one in result if one not in first + second), None)
    if odd:
        raise FieldError(f"'{odd}' of the output is in neither input", hint="every axis comes from one")
    odd = next((one for one in first + second if one not in result and (one in first) != (one in second)), None)
    if odd:
        raise FieldError(f"'{odd}' is of one input alone, and summed", hint="sum it before, by a `reduce_sum`")


@dataclass(frozen=True, kw_only=True)
class Einsum(Product):
    """The product of two inputs along the axes that an equation of letters says."""

    type: ClassVar[str] = "einsum"
    equation: str = option(ProductField(), "the axes of both inputs and of the output, N first: nqd,nkd->nqk")

    @property
    def letters(self) -> Letters:
        """What the equation says."""
        return letters(self.equation)

    def sizes(self, inputs: Shapes) -> dict[str, int]:
        """The length of every axis by its letter. Raises LayerError if the inputs do not fit."""
        found: dict[str, int] = {}
        for number, (some, shape) in enumerate(zip((self.letters.first, self.letters.second), inputs, strict=True)):
            if len(some) != len(shape):
                raise LayerError(
                    f"input {number + 1} has {len(shape)} axes, {written(shape)}, and the equation {len(some)}",
                    hint="write a letter an axis, and the minibatch's in front",
                    code="E132",
                    field="equation",
                )
            for letter, size in zip(some, shape, strict=True):
                if found.setdefault(letter, size) != size:
                    raise LayerError(
                        f"'{letter}' is {found[letter]} long in one input and {size} in the other",
                        hint="axes that meet must be of one length: name other ones, or reshape an input",
                        code="E132",
                        field="equation",
                    )
        return found

    def along(self, inputs: Shapes) -> int:
        sizes = self.sizes(inputs)
        return math.prod(sizes[one] for one in self.letters.summed)

    def output_shape(self, inputs: Shapes) -> Shape:
        sizes = self.sizes(inputs)
        return tuple(sizes[one] for one in self.letters.result)

    def rows(self, at: Shape, inputs: Shapes) -> tuple[Sequence[Index], Sequence[Index]]:
        sizes, place = self.sizes(inputs), dict(zip(self.letters.result, at, strict=True))
        first, second = (
            [place[one] if one in place else range(sizes[one]) for one in some]
            for some in (self.letters.first, self.letters.second)
        )
        return first, second

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        result, found = self.letters.result, []
        for some, shape in zip((self.letters.first, self.letters.second), inputs, strict=True):
            free = np.asarray(wanted.any(axis=tuple(axis for axis, one in enumerate(result) if one not in some)))
            kept = [one for one in result if one in some]
            ordered = free.transpose([kept.index(one) for one in some if one in kept])
            absent = tuple(axis for axis, one in enumerate(some) if one not in kept)
            found.append(np.broadcast_to(np.expand_dims(ordered, absent), shape))
        return found

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        sizes = self.sizes(inputs)
        return tuple(f"{one}: {sizes[one]}" for one in self.letters.result)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """Both inputs and the product in the order in which matrices are multiplied."""
        return kernels.method.beside(samples * sum(map(math.prod, (*inputs, self.output_shape(inputs)))))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """As a product of matrices: (shared, own, summed) by (shared, summed, own)."""
        said, sizes = self.letters, self.sizes([x.shape[1:] for x in inputs])
        lengths = [math.prod(sizes[one] for one in some) for some in (said.shared, said.own(0), said.own(1))]
        front = (len(inputs[0]), lengths[0])
        one = _ordered(inputs[0], said.first, said.shared + said.own(0) + said.summed)
        other = _ordered(inputs[1], said.second, said.shared + said.summed + said.own(1))
        product = np.matmul(one.reshape(*front, lengths[1], -1), other.reshape(*front, -1, lengths[2]))
        order = said.shared + said.own(0) + said.own(1)
        found: Array = _ordered(product.reshape(front[0], *(sizes[letter] for letter in order)), order, said.result)
        return found

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        one, other = (
            explaining.taken(x[0], row)
            for x, row in zip(inputs, self.rows(at, [x.shape[1:] for x in inputs]), strict=True)
        )
        summed, second = self.letters.summed, [each for each in self.letters.second if each in self.letters.summed]
        there = _turned(other, [second.index(each) for each in summed])
        here = _turned(one, [summed.index(each) for each in second])
        blocks = [factors("input 1", one, there), replace(factors("input 2", other, here), kind="beside", input=1)]
        return explaining.from_blocks(at, inputs, blocks, blocks[0].subtotal)


def _ordered(x: Array, given: str, wanted: str) -> Array:
    """An array (N, *given) as (N, *wanted)."""
    return x.transpose([0, *(given.index(one) + 1 for one in wanted)])


def _turned(values: Taken, order: Sequence[int]) -> Taken:
    """What was taken, with its axes in another order."""
    places = values.places.transpose([*order, values.places.ndim - 1])
    return explaining.Taken(values.values.transpose(order), places, values.inside.transpose(order))
