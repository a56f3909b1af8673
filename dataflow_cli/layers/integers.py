"""Types of whole numbers that tensors are of, beside the floating-point type that a network computes in.

A layer says which one its output has (`result_type`). Everything else takes them as numbers of the type that is
computed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError
from dataflow_cli.sizes import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

ENDS = {
    name: (0, 2 ** (8 * size) - 1) if name[0] == "u" else (-(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1)
    for name, size in INTEGERS.items()
}
"""The smallest and the largest number, by type."""
QUANTIZED = ("uint8", "int8", "uint16", "int16")
"""What numbers are quantized to."""
MULTIPLIED = ("uint8", "int8")
"""What products of are summed in int32."""


def check_type(found: str, allowed: Sequence[str], which: str = "its input") -> None:
    """Raises LayerError if a tensor is of a type that a layer does not take."""
    if found in allowed:
        return
    wanted = " or ".join([", ".join(allowed[:-1]), allowed[-1]]) if len(allowed) > 1 else allowed[0]
    raise LayerError(
        f"it takes {wanted}, and {which} is of {found or 'floating-point numbers'}",
        hint=f"put a `cast` to {allowed[0]} before it"
        if found
        else "put a `quantize_linear` before it, or give an input of whole numbers its `dtype`",
        code="E136",
        wanted=wanted,
    )
