"""RotaryEmbedding: pairs of numbers turned by angles whose cosines and sines are tensors, in the layers that do it.

first · cos - second · sin,  first · sin + second · cos        of halves of a head, or of neighbours (`interleaved`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.operators.arranging import reshaped
from dataflow_cli.importers.onnx.operators.taking import looked_up
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held


@dataclass(frozen=True)
class Order:
    """Where an operation has its inputs."""

    cosines: int
    sines: int
    places: int


_ONNX, _MICROSOFT = Order(1, 2, 3), Order(2, 3, 1)


def rotary(call: Call) -> Held:
    """ONNX's own, of version 23."""
    return _turned(call, _ONNX)


def rotary_of_microsoft(call: Call) -> Held:
    """ONNX Runtime's own, which has the places before the angles."""
    if call.attribute("scale", 1.0) != 1 or call.attribute("is_packed_batching", 0):
        raise FieldError("`scale` and `is_packed_batching` are not there in dftrace")
    return _turned(call, _MICROSOFT)


def _turned(call: Call, order: Order) -> Held:
    """(heads, places, numbers) or (places, heads · numbers), each pair turned."""
    x = call.sampled(0)
    if x.rank not in (3, 4) or not is_known(x.shape[-1:]):
        raise FieldError(f"it takes 3 or 4 axes, found {x.rank}")
    heads = x
    if x.rank == 3:
        count = call.attribute("num_heads", 0)
        if not count or x.shape[2] % count:
            raise FieldError(f"its {x.shape[2]} numbers are not of {count} heads (`num_heads`)")
        heads = reshaped(call, x, (x.sample[0], count, x.shape[2] // count), 0, "_heads")
    width = call.attribute("rotary_embedding_dim", 0) or heads.shape[-1]
    if width % 2 or width > heads.shape[-1]:
        raise FieldError(f"it turns {width} of {heads.shape[-1]} numbers, which are no pairs")
    first, second = _pairs(call, heads, width)
    cosine, sine = (
        _angles(call, place, order.places, name, by_rows=x.rank == 3)
        for place, name in ((order.cosines, "_cos"), (order.sines, "_sin"))
    )
    turned = [
        _combined(call, (first, cosine, second, sine), "subtract", "_real"),
        _combined(call, (first, sine, second, cosine), "add", "_imaginary"),
    ]
    return _joined(call, turned, heads, width, x)


def _pairs(call: Call, heads: Held, width: int) -> tuple[Held, Held]:
    """The first and the second numbers of all pairs."""
    if call.attribute("interleaved", 0):
        return _part(call, heads, slice(0, width, 2), "_even"), _part(call, heads, slice(1, width, 2), "_odd")
    half = width // 2
    return _part(call, heads, slice(0, half), "_first"), _part(call, heads, slice(half, width), "_second")


def _part(call: Call, held: Held, part: slice, name: str) -> Held:
    """Some numbers of the last axis."""
    front = [None] * (len(held.sample) - 1)
    bounds = {"starts": part.start, "ends": part.stop, "steps": part.step}
    fields = {name: [*front, bound] for name, bound in bounds.items() if bound is not None}
    return call.layer("slice", fields, [held], behind=name, gives="")


def _angles(call: Call, place: int, places: int, name: str, *, by_rows: bool) -> Held:
    """The cosines, or the sines, of a sample: (places, pairs), or (places, 1, pairs) beside heads."""
    given = _of_places(call, place, places, name) if call.has(places) else call.value(place)
    if isinstance(given, Constant):
        if len(given.shape) == 3 and given.shape[0] != 1:
            raise FieldError("its angles are not the same for every sample")
        given = call.held(given.reshaped(given.shape[-2:]))
    elif not call.has(places):
        given = call.sampled(place)
    if by_rows:
        return call.layer("expand_dims", {"axis": 2}, [given], behind=f"{name}_beside", gives="")
    return given


def _of_places(call: Call, place: int, places: int, name: str) -> Constant | Held:
    """What a table has for places that are known, or come."""
    table, at = call.value(place), call.value(places)
    if isinstance(table, Constant) and isinstance(at, Constant):
        numbers = at
        return table.changed(lambda array: array[numbers.array()], (*at.shape, *table.shape[1:]))
    named = call.sampled(places)
    if isinstance(table, Constant):
        return looked_up(call, table, named, behind=name)
    call.wants(table, None)
    return call.layer("gather", {"axis": 1}, [table, named], batch=0, dtype=table.dtype, behind=name, gives="")


def _combined(call: Call, parts: tuple[Held, Held, Held, Held], kind: str, name: str) -> Held:
    """One number times its angle, plus or minus the other times the other."""
    one, first, other, second = parts
    products = [
        call.layer("multiply", {}, pair, batch=0, behind=f"{name}_{number}", gives="")
        for number, pair in enumerate(([one, first], [other, second]))
    ]
    return call.layer(kind, {}, products, behind=name, gives="")


def _joined(call: Call, turned: Sequence[Held], heads: Held, width: int, x: Held) -> Held:
    """The turned numbers where their pairs stood, and those behind them that are not turned."""
    sample, rest = heads.sample, heads.shape[-1] - width
    last = len(sample)
    joins = bool(rest) or x.rank == 3
    if call.attribute("interleaved", 0):
        paired = call.layer("stack", {"axis": last + 1}, turned, behind="_pairs", gives="")
        both = reshaped(call, paired, (*sample[:-1], width), 0, "_turned" if joins else "")
    else:
        name = "_turned" if joins else ""
        both = call.layer("concatenate", {"axis": last}, turned, behind=name, gives="" if name else None)
    if rest:
        others = _part(call, heads, slice(width, None), "_rest")
        name = "_all" if x.rank == 3 else ""
        both = call.layer("concatenate", {"axis": last}, [both, others], behind=name, gives="" if name else None)
    return reshaped(call, both, x.sample, 0) if x.rank == 3 else both
