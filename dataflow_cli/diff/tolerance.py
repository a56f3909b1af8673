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
_DIGITS = ("float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Tolerance:
    """Relative and absolute tolerance, by type of numbers; under an empty name for all that are not named."""

    of: Mapping[str, tuple[float, float]]

    def outside(self, left: Array, right: Array) -> tuple[float, float]:
        """Rtol and atol for two tensors."""
        if "" in self.of:
            return self.of[""]
        return self.of[max((stored_as(each) for each in (left, right)), key=_DIGITS.index)]


def tolerance(*, rtol: float | None, atol: float | None, onnx: bool = False, torch: bool = False) -> Tolerance | None:
    """The tolerance that options ask for; None if none does. What is given as a number stands over a framework's."""
    if rtol is None and atol is None and not onnx and not torch:
        return None
    rules = TORCH if torch else ONNX if onnx else {"": (0.0, 0.0)}
    return Tolerance(
        {name: (each[0] if rtol is None else rtol, each[1] if atol is None else atol) for name, each in rules.items()}
    )


def beyond(left: Array, right: Array, apart: Array, allowed: Array | float) -> Array:
    """Which elements lie further apart than `allowed`; NaN beside NaN, and equal infinities, do not."""
    with np.errstate(all="ignore"):
        close = apart <= allowed
    found: Array = ~(close | (left == right) | (np.isnan(left) & np.isnan(right)))
    return found
