"""The integer lookup layer: whole numbers by their place in a vocabulary, as indices, zeros and ones, or counts.

    index[n, p] = 0                     where in[n, p] is the mask token, if the output are indices
                  first + place         where in[n, p] is vocabulary[place]
                  first - k + in mod k  anywhere else, for k indices of numbers that are not in the vocabulary

n: sample; p: position; first: the number of indices that stand before the vocabulary, those k and the mask's. A mask
token is of no category where the output are zeros and ones, or counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.features.categories import Categories
from dataflow_cli.layers.fields import Boolean, Integer, List, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

MOST = 2**16
NO_CATEGORY = -1
_FAR = 2.0**63
"""From here on a number is none of those that are looked up."""


@dataclass(frozen=True, kw_only=True)
class IntegerLookup(Categories):
    """The place of whole numbers in a vocabulary, behind the indices of those that are not in it."""

    type: ClassVar[str] = "integer_lookup"
    takes_indices: ClassVar[bool] = True
    vocabulary: tuple[int, ...] = option(
        List(Integer(), most=MOST),
        "the numbers that are known; mask and oov tokens may stand before them, as Keras lists them",
    )
    num_oov_indices: int = option(Integer(0), "how many indices there are for numbers that are not known", 1)
    mask_token: int | None = option(Optional(Integer()), "the number that stands for padding; null: none does", None)
    oov_token: int = option(Integer(), "what a vocabulary lists in place of numbers that are not known", -1)
    max_tokens: int | None = option(Optional(Integer(1)), "how many indices there are at most", None)
    pad_to_max_tokens: bool = option(Boolean(), "whether zeros and ones, or counts, are `max_tokens` long", False)

    def output_shape(self, inputs: Shapes) -> Shape:
        self._check()
        return super().output_shape(inputs)

    def _check(self) -> None:
        """Raises LayerError for a vocabulary that says nothing, or two things."""
        known = self.known
        field = "vocabulary"
        if not known:
            raise LayerError("the vocabulary is empty", hint="name at least one number", field=field)
        if len({*known}) < len(known):
            twice = next(number for place, number in enumerate(known) if number in known[:place])
            raise LayerError(f"{twice} stands twice in the vocabulary", hint="name every number once", field=field)
        if self.mask_token in known:
            message = f"the mask token {self.mask_token} stands among the numbers that are known"
            raise LayerError(message, hint="leave it out of the vocabulary, or choose another one", field="mask_token")
        if self.max_tokens is None and self.pad_to_max_tokens:
            hint = "say how long with `max_tokens`, or leave it out"
            raise LayerError("`pad_to_max_tokens` needs `max_tokens`", hint=hint, field="pad_to_max_tokens")
        if self.max_tokens is not None and self.first + len(known) > self.max_tokens:
            message = f"there are {self.first + len(known):,} indices, and `max_tokens` is {self.max_tokens:,}"
            raise LayerError(message, hint="write a larger one, or leave it out", field="max_tokens")

    @property
    def _masks(self) -> int:
        """How many indices are of the mask token."""
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def first(self) -> int:
        """The index of the first number that is known."""
        return self._masks + self.num_oov_indices

    @property
    def known(self) -> tuple[int, ...]:
        """The vocabulary without mask and oov tokens, where it begins with all of them."""
        special = (*[self.mask_token] * self._masks, *[self.oov_token] * self.num_oov_indices)
        return self.vocabulary[self.first :] if self.vocabulary[: self.first] == special else self.vocabulary

    @property
    def depth(self) -> int:
        whole = self.max_tokens if self.pad_to_max_tokens else None
        return whole or self.first + len(self.known)

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return {0: max(max(self.known) + 2, 1)}

    def result_type(self, types: Sequence[str]) -> str:
        return "int64"

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return super().forward(inputs, parameters, engine).astype(np.int64)

    def categories(self, x: Array) -> Array:
        numbers = self._read(x)
        known = np.array(self.known, np.int64)
        order = np.argsort(known)
        places = order[np.minimum(np.searchsorted(known[order], numbers), len(known) - 1)]
        found = known[places] == numbers
        masked = numbers == self.mask_token if self.mask_token is not None else np.zeros(numbers.shape, bool)
        unknown = ~found & ~masked
        if unknown.any() and not self.num_oov_indices:
            raise self._refused(x, unknown, "numbers of its vocabulary", "write `num_oov_indices: 1` for others")
        others = self._masks + (numbers % self.num_oov_indices if self.num_oov_indices else 0)
        indices: Array = np.where(found, self.first + places, others)
        return np.where(masked, 0 if self._masks else NO_CATEGORY, indices)

    def _read(self, x: Array) -> Array:
        """Whole numbers. Raises LayerError for others."""
        if x.dtype.kind != "f":
            return x.astype(np.int64)
        wrong = ~(np.abs(x) < _FAR) | (x != np.floor(x))
        if wrong.any():
            raise self._refused(x, wrong, "whole numbers", "give it numbers as they are, without scale or mean")
        return x.astype(np.int64)

    def _refused(self, x: Array, wrong: Array, needed: str, hint: str) -> LayerError:
        sample, *place = map(int, np.argwhere(wrong)[0])
        where = f" at {tuple(place)}" if place else ""
        found = str(x[(sample, *place)]).removesuffix(".0")
        message = f"{self.type} takes {needed}, found {found}{where} of sample {sample}"
        return LayerError(message, hint=hint, field="vocabulary")

    def reason(self, number: float) -> tuple[str, tuple[float, ...]]:
        if number == self.mask_token:
            return ("{}, the mask token" if self._masks else "{}, the mask token: none"), (number,)
        if number in self.known:
            return "{} = vocabulary[{}], behind {}", (number, self.known.index(int(number)), self.first)
        if self.num_oov_indices == 1:
            return "{} is not in the vocabulary", (number,)
        return "{} is not in the vocabulary: {} + ({} mod {})", (number, self._masks, number, self.num_oov_indices)
