"""The category encoding layer: whole numbers that name a category, as rows of zeros and ones, or as counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers.bases.indices import Numbered
from dataflow_cli.layers.features.categories import MODES, Categories
from dataflow_cli.layers.fields import Choice, Integer, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Array, Shapes


@dataclass(frozen=True, kw_only=True)
class CategoryEncoding(Categories):
    """Zeros and ones, or counts, for numbers that name a category."""

    type: ClassVar[str] = "category_encoding"
    num_tokens: int = option(Integer(1), "number of categories: they run from 0 to num_tokens - 1")
    output_mode: str = option(
        Choice(MODES[1:]),
        "one_hot: a row for each number; multi_hot: one row for all; count: how many of each category",
        "multi_hot",
    )

    @property
    def depth(self) -> int:
        return self.num_tokens

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return {0: self.num_tokens}

    def categories(self, x: Array) -> Array:
        negative = "the first category has index 0: there is none for a negative one"
        too_large = "num_tokens must be larger than the largest index"
        return Numbered(self.type, self.num_tokens, "num_tokens", too_large, negative).read(x)

    def reason(self, number: float) -> tuple[str, tuple[float, ...]]:
        return "{}", (number,)
