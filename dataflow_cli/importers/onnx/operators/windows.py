"""What convolutions and pools have in common: a window that moves, and what is added around its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held

SPATIAL = (1, 2, 3)
"""How many axes a window may move along."""


def spatial_axes(held: Held) -> int:
    """How many spatial axes (samples, channels, *spatial) has. Raises FieldError for more than there are kinds for."""
    count = held.rank - 2
    if count not in SPATIAL:
        raise FieldError(f"its input has {held.rank} axes; dftrace has it for 3, 4 and 5")
    return count


def numbers(call: Call, name: str, count: int, default: int) -> list[int]:
    """One number an axis. Raises FieldError for another count, or what no window has."""
    found = list(call.attribute(name) or [default] * count)
    if len(found) != count or min(found) < 1:
        raise FieldError(f"its {name} {found} is no size along {count} {'axis' if count == 1 else 'axes'}")
    return found


def one_an_axis(values: Sequence[Any]) -> Any:
    """As fields of ours take it: a kind for a single axis takes no list."""
    return values[0] if len(values) == 1 else list(values)


def differing(name: str, values: Sequence[int], default: int = 1) -> dict[str, Any]:
    """A field, if it is not what stands for it anyway."""
    return {} if set(values) == {default} else {name: one_an_axis(values)}


def reach(sizes: Sequence[int], dilations: Sequence[int]) -> list[int]:
    """From the first element that a window sees to the last, an axis."""
    return [(size - 1) * dilation + 1 for size, dilation in zip(sizes, dilations, strict=True)]


def pads(call: Call, count: int) -> list[list[int]]:
    """`pads` as pairs: before and after every axis."""
    found = list(call.attribute("pads") or [0] * 2 * count)
    if len(found) != 2 * count or min(found) < 0:
        raise FieldError(f"its pads {found} are none that dftrace has")
    return [[found[axis], found[axis + count]] for axis in range(count)]


def padding(call: Call, held: Held, sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> Any:
    """The field `padding`: by name where ONNX says it so, else in numbers. Raises FieldError."""
    way = call.attribute("auto_pad", "NOTSET")
    if way in ("NOTSET", ""):
        pairs = pads(call, len(sizes))
        return one_an_axis(pairs) if any(map(any, pairs)) else "valid"
    if way == "VALID":
        return "valid"
    if way == "SAME_UPPER":
        return "same"
    if way != "SAME_LOWER":
        raise FieldError(f"its auto_pad '{way}' is not there in dftrace")
    lengths = held.shape[2:]
    if not is_known(lengths) and any(stride > 1 for stride in strides):
        raise FieldError("its padding depends on sizes that are not known", hint="export it with fixed sizes")
    pairs = []
    for length, size, stride in zip(lengths, reach(sizes, dilations), strides, strict=True):
        total = size - 1 if stride == 1 else max((-(-length // stride) - 1) * stride + size - length, 0)
        pairs.append([total - total // 2, total // 2])
    return one_an_axis(pairs) if any(map(any, pairs)) else "valid"
