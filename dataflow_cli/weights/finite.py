"""Whether all numbers of a tensor are finite: told by their bytes, without NumPy, or counted with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflow_cli.files.stored import Header
    from dataflow_cli.shapes import Array

_TOPS = {
    ("float8_e4m3", "float32"): 0x7F,
    ("float8_e4m3", "float64"): 0x7F,
    ("float8_e5m2", "float32"): 0x7C,
    ("float8_e5m2", "float64"): 0x7C,
    ("float16", "float32"): 0x7C,
    ("float16", "float64"): 0x7C,
    ("bfloat16", "float32"): 0x7F,
    ("bfloat16", "float64"): 0x7F,
    ("float32", "float32"): 0x7F,
    ("float32", "float64"): 0x7F,
    ("float64", "float32"): 0x47,
    ("float64", "float64"): 0x7F,
}
"""By type, and the type it becomes: the least first byte (sign aside) that a number which is not finite has.

Numbers that have it too are larger than 1e34, which no sound parameter is.
"""


def may_be_unsound(chunks: Iterable[bytes], header: Header, dtype: str) -> bool:
    """Whether NaN, an infinity, or what is one in the type `dtype`, may be among the numbers.

    `chunks` hold whole numbers. All are taken, even if the first would be enough: who reads checks them.
    """
    if "float" not in header.dtype:
        for _ in chunks:
            pass
        return False
    top = _TOPS[header.dtype, dtype]
    sound = bytes(byte for byte in range(256) if byte & 0x7F < top)
    first = 0 if header.big_endian else header.itemsize - 1
    found = False
    for chunk in chunks:
        found = found or bool(chunk[first :: header.itemsize].translate(None, sound))
    return found


def unsound(array: Array) -> str:
    """What of the numbers is not finite, as `3 NaN of 12 numbers, the first at [0, 2]`; nothing if all are."""
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):
            return ""
    bad = ~np.isfinite(array)
    count = int(bad.sum())
    if not count:  # the sum was too large
        return ""
    nans = int(np.isnan(array).sum())
    infinities = f"{count - nans:,} {'infinity' if count - nans == 1 else 'infinities'}"
    words = [f"{nans:,} NaN"] * (nans > 0) + [infinities] * (count > nans)
    first = ", ".join(str(int(place)) for place in np.unravel_index(int(bad.argmax()), array.shape))
    return f"{' and '.join(words)} among {array.size:,} numbers, the first at [{first}]"
