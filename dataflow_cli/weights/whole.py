"""Parameters of whole numbers, such as those of quantized layers: taken as they are, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.shapes import Array


def unheld(array: Array, dtype: str) -> str:
    """What of the numbers a type of whole ones does not hold, as `300 at [0, 2]`; nothing if it holds all."""
    if array.dtype == dtype or not array.size:
        return ""
    ends = np.iinfo(dtype)
    with np.errstate(all="ignore"):
        bad = ~((array >= ends.min) & (array <= ends.max))
        if array.dtype.kind == "f":
            bad |= np.trunc(array) != array
    if not bad.any():
        return ""
    place = np.unravel_index(int(bad.argmax()), array.shape)
    return f"{array[place]:g} at [{', '.join(map(str, map(int, place)))}]"


def whole(values: Array, parameter: Parameter) -> Array:
    """Random numbers as whole ones that fill the parameter's type from end to end, but for the lowest."""
    largest = float(np.abs(values).max(initial=0)) or 1.0
    ends = np.iinfo(parameter.dtype)
    reach = min(ends.max, 127)
    middle = 0 if ends.min < 0 else reach + 1
    return (np.rint(values / largest * reach) + middle).astype(parameter.dtype)
