"""How one element of a layer's output came about: finished, plain data.

An explanation is made of blocks, which hold the terms that belong together with the place that each came from, and of
lines of arithmetic that lead from the blocks to the value. All numbers are float64, whatever the network computes in.
"""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import TYPE_CHECKING

from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array, Shape

NOTHING, CANDIDATE, SOURCE = 0, 1, 2
"""What an element of the input is to the value: without influence (or padding); compared, or cut off by a flat stretch
of the activation, so that only a large change of it shows; contributing, so that any change of it shows."""

OWN = -1
"""In place of the number of an input: the values are what the layer itself worked out before."""


@dataclass(frozen=True, eq=False)
class Block:
    """Terms that belong together: a channel's window, a dense layer's row, a pooling window. Arrays have one shape."""

    name: str
    kind: str
    """How it is laid out: `window`, `row`, `element` or `logits`."""
    input: int
    """Which input of the layer the values are from; OWN if it worked them out itself."""
    values: Array
    places: Array
    """The index of every value in the input: one axis more than `values`."""
    inside: Array
    """False where there is nothing but padding."""
    terms: Array
    """What every value gives: the product with its coefficient, or what `term_name` says."""
    roles: Array
    """NOTHING, CANDIDATE or SOURCE for every value."""
    contributions: Array
    """How much of the value before the activation each element carries."""
    subtotal: float
    combine: str = "sum"
    """How the terms become the subtotal: `sum`, `mean`, `max` or `copy`."""
    coefficients: Array | None = None
    parameter: str = ""
    """The parameter that the coefficients are from; empty if they follow from the position alone."""
    parameter_places: Array | None = None
    after: int = 0
    """How many lines of arithmetic come before it, for what the layer worked out itself."""
    value_name: str = "value"
    term_name: str = "product"
    coefficient_name: str = ""
    """What the coefficients are where they are no parameter; nothing for weights."""
    place_name: str = ""
    """What the places number where they are of no tensor, such as a key."""
    columns: tuple[tuple[str, Array], ...] = ()
    """What a table of the terms shows beside, by its title: numbers as many as values."""
    recalled: str | None = None
    """The tensor of the layer itself that the values are elements of, at their `places`: an inner one, or (without a
    name) its output. Each of them has an explanation of its own. None for other values."""

    @property
    def carries(self) -> bool:
        """Whether the values are elements that have a name, of an input or of the layer's own."""
        return self.input != OWN or self.recalled is not None

    @property
    def count(self) -> int:
        """How many terms there are, padding included."""
        return int(self.values.size)

    def with_roles(self, roles: Array) -> Block:
        """The block with these roles; there can be thousands, and `replace` asks each for every field."""
        return Block(**{**vars(self), "roles": roles})


@dataclass(frozen=True)
class Line:
    """One line of arithmetic: `bias[2]: 0.708 - 0.280 = 0.427`. Without an expression it is the sum of the numbers."""

    name: str
    expression: str
    """The formula with `{}` for every number."""
    numbers: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class Use:
    """One number of a parameter that takes part."""

    parameter: str
    at: Shape
    value: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """What makes one element of one sample's output."""

    at: Shape
    total: float
    """The value that blocks and lines arrive at."""
    roles: Sequence[Array]
    """For every input of the layer an array of its shape: NOTHING, CANDIDATE or SOURCE; some are put off (`Later`)."""
    blocks: tuple[Block, ...] = ()
    lines: tuple[Line, ...] = ()
    uses: tuple[Use, ...] = ()
    offset: float = 0.0
    """What is added that does not come from the input: the bias."""
    moves: tuple[str, ...] = ()
    """Index arithmetic: where the element came from."""
    notes: tuple[str, ...] = ()

    @property
    def carriers(self) -> tuple[Block, ...]:
        """The blocks whose elements carry the value."""
        return tuple(block for block in self.blocks if block.carries)

    @property
    def magnitude(self) -> float:
        """The sum of the absolute contributions, the offset included: what a share is a share of."""
        carried = sum(float(np.abs(block.contributions).sum()) for block in self.carriers)
        return carried + abs(self.offset)

    def shares(self) -> list[Array]:
        """By carrying block, the part, 0 to 1, of the value that each of its elements carries.

        That is its absolute contribution as a part of all of them. But NaN comes from what is NaN alone, and else an
        infinity from what is infinite, from each as much as from another; from an element only if it is so itself, for
        else a parameter is.
        """
        mine = self.carriers
        amounts = [np.abs(block.contributions) for block in mine]
        for stands_out in (np.isnan, np.isinf):
            places = [stands_out(each) for each in amounts]
            count = sum(map(np.count_nonzero, places)) + int(stands_out(self.offset))
            if count:
                pairs = zip(places, mine, strict=True)
                return [(place & ~np.isfinite(block.values)) / count for place, block in pairs]
        whole = self.magnitude
        return [each / whole if whole and np.isfinite(whole) else np.zeros_like(each) for each in amounts]

    def sources(self, number: int = 0) -> list[Shape]:
        """The elements of an input that contribute: any change of one changes the value."""
        return self._places(number, SOURCE)

    def candidates(self, number: int = 0) -> list[Shape]:
        """The elements of an input that were compared and lost, or are cut off: a large change may change the value."""
        return self._places(number, CANDIDATE)

    def _places(self, number: int, role: int) -> list[Shape]:
        return [tuple(map(int, place)) for place in np.argwhere(self.roles[number] == role)]

    def then(self, name: str, expression: str, numbers: Sequence[float], total: float, *uses: Use) -> Explanation:
        """The explanation with one line more, which leads to another total."""
        line = Line(name, expression, tuple(map(float, numbers)), float(total))
        return replace(self, total=float(total), lines=(*self.lines, line), uses=(*self.uses, *uses))

    def led_on(self, lines: Sequence[Line]) -> Explanation:
        """The explanation with all these lines more, of which the last says its total."""
        return replace(self, total=lines[-1].value, lines=(*self.lines, *lines)) if lines else self

    def plus(self, parameter: str, at: Shape, value: float) -> Explanation:
        """The explanation with a parameter added, such as a bias."""
        place = ", ".join(map(str, at))
        after = self.then(
            f"bias[{place}]", "{} + {}", (self.total, value), self.total + value, Use(parameter, at, value)
        )
        return replace(after, offset=self.offset + value)

    def noted(self, note: str) -> Explanation:
        return replace(self, notes=(*self.notes, note))

    def cut_off(self, note: str) -> Explanation:
        """The explanation after a flat stretch of a function: nothing contributes any more, but what is NaN or infinite
        afterwards has come through.
        """
        if not math.isfinite(self.total):
            return self
        blocks = tuple(block.with_roles(np.minimum(block.roles, CANDIDATE)) for block in self.blocks)
        roles = self.roles
        cut = Later(lambda: [np.minimum(role, CANDIDATE) for role in roles])
        return replace(self, blocks=blocks, roles=cut).noted(note)


@dataclass(frozen=True)
class Notation:
    """A function of one number as a line of arithmetic: `{}` stands for each of the numbers."""

    expression: str
    numbers: tuple[float, ...]
    flat: bool = False
    """Whether the function does not change around here."""
    words: str = field(default="", compare=False)
    """What to say where it is flat."""
