"""Whole numbers that name places or categories: checked before anything is looked up by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


@dataclass(frozen=True)
class Numbered:
    """Which numbers a layer takes: from 0, or from -count where places count from the end, to count - 1."""

    kind: str
    count: int
    field: str
    too_large: str
    """What to do about one that is too large."""
    negative: str = ""
    """Why there is none below 0; nothing where there is."""

    def read(self, numbers: Array) -> Array:
        """The numbers (N, *shape) as NumPy looks up by them. Raises LayerError for the first that is none of them."""
        first = 0 if self.negative else -self.count
        known = f"indices from {first} to {self.count - 1}"
        self._refuse(numbers, ~np.isfinite(numbers), "indices", "clean the data: nothing stands for what is no number")
        self._refuse(numbers, numbers != np.floor(numbers), "integers", "give it indices, without scale or mean")
        self._refuse(numbers, numbers < first, known, self.negative or self.too_large)
        self._refuse(numbers, numbers >= self.count, known, self.too_large)
        found: Array = numbers.astype(np.intp)
        return found

    def _refuse(self, numbers: Array, wrong: Array, needed: str, hint: str) -> None:
        if not wrong.any():
            return
        sample, *place = map(int, np.argwhere(wrong)[0])
        where = f" at {written(place)}" if place else ""
        found = f"found {numbers[(sample, *place)]}{where} of sample {sample}"
        raise LayerError(f"{self.kind} takes {needed}, {found}", hint=hint, field=self.field)
