"""How far elements may lie apart where the user says it: |A - B| <= atol + rtol |A|, as NumPy and others have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.storing import stored_as
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Array

ONNX = {"": (1e-3, 1e-7)}
"""rtol and atol of ONNX's backend tests, whatever the type."""
TORCH = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
}
"""Those of torch.testing.assert_close, by the type of fewer digits."""
NEAR, SMALL = 2.0**-20, 2.0**-140
"""Of a limit, and by itself: what lies as near to it is judged in float64."""
_DIGITS = ("float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Allowed:
    """How far elements may lie apart: |A - B| <= atol + rtol |A|. Equal infinities, and NaN beside NaN, lie nowhere."""

    rtol: float
    atol: float

    def beyond(self, one: Array, other: Array) -> int:
        """How many elements of two parts in float64, flat, lie further apart."""
        close = np.abs(one - other) <= self.atol + self.rtol * np.abs(one)
        return int(np.count_nonzero(~(close | (one == other) | (np.isnan(one) & np.isnan(other)))))

    def beyond_narrow(self, one: Array, other: Array, apart: Array) -> int:
        """The same in float32, with |A - B| < 2^100: what lies close to the limit is looked at in float64."""
        limit = self.atol + self.rtol * np.abs(one) if self.rtol else self.atol
        certain = apart > limit * (1 + NEAR) + SMALL
        found = int(np.count_nonzero(certain))
        possible = apart > (np.maximum(limit * (1 - NEAR) - SMALL, 0.0) if self.rtol else max(limit * (1 - NEAR), 0.0))
        if int(np.count_nonzero(possible)) == found:
            return found
        near = possible & ~certain
        return found + self.beyond(one[near].astype(np.float64), other[near].astype(np.float64))


@dataclass(frozen=True)
class Tolerance:
    """Relative and absolute tolerance, by type of numbers; under an empty name for all that are not named."""

    of: Mapping[str, tuple[float, float]]

    def allowed(self, left: Array, right: Array) -> Allowed:
        """What two tensors may have apart."""
        if "" in self.of:
            return Allowed(*self.of[""])
        return Allowed(*self.of[max((stored_as(each) for each in (left, right)), key=_DIGITS.index)])


def tolerance(*, rtol: float | None, atol: float | None, onnx: bool = False, torch: bool = False) -> Tolerance | None:
    """The tolerance that options ask for; None if none does. What is given as a number stands over a framework's."""
    if rtol is None and atol is None and not onnx and not torch:
        return None
    rules = TORCH if torch else ONNX if onnx else {"": (0.0, 0.0)}
    return Tolerance(
        {name: (each[0] if rtol is None else rtol, each[1] if atol is None else atol) for name, each in rules.items()}
    )
