"""Where GatherND takes from and ScatterND puts to: a list of places, a number for each of the first axes.

Where samples are counted by one of these axes there is one sample, and its own part of the list is what is left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import UNSIZED, Constant
from dataflow_cli.importers.onnx.held import Held, as_target, without
from dataflow_cli.importers.onnx.operators.elementwise import given
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.shapes import Array, Shape

_COUNTS = "its places count the samples of a minibatch"


@dataclass(frozen=True)
class Places:
    """The places of one sample."""

    lead: Shape
    """What of their list is not the numbers of one place."""
    sizes: Shape
    """The axes that they are on."""
    rest: Shape
    """The axes of a sample behind these."""
    batch: int | None
    """Which axis of what is taken from there, or put there, are the samples."""
    known: Array | None
    """Their numbers, (*lead, depth), from 0; None for places that the data makes."""
    held: tuple[Held, ...] = ()
    """Else the tensors whose last axes, one after the other, are the numbers."""

    @property
    def depth(self) -> int:
        """How many axes they are on."""
        return len(self.sizes)

    def in_row(self) -> list[int]:
        """Those that are known by one number each, counted in a row of all."""
        assert self.known is not None  # noqa: S101  who calls this has looked
        columns = self.known.reshape(-1, self.depth).T
        found: list[int] = np.asarray(np.ravel_multi_index(tuple(columns), self.sizes)).tolist()
        return found

    def rows(self, call: Call) -> Held:
        """Those that the data makes as one tensor."""
        if len(self.held) == 1:
            return self.held[0]
        return call.layer("concatenate", {"axis": -1}, self.held, behind="_places", gives="")

    def numbers(self, call: Call) -> Held:
        """The same on one axis, without the axis of its numbers."""
        return call.layer("squeeze", {"axis": [-1]}, [self.rows(call)], batch=None, behind="_numbers", gives="")


def places_in(call: Call, data: Held) -> Places:
    """The places that the second input names in a tensor. Raises FieldError for those that are of several samples."""
    *lead, depth = call.value(1).shape
    counted = int(call.attribute("batch_dims", 0))
    if not is_known((*lead, depth)) and not counted:
        raise FieldError("its places depend on sizes that are not known", hint=UNSIZED)
    if not 0 < depth <= data.rank - counted:
        raise FieldError(f"its places have {depth} numbers each, for {data.rank} axes")
    if counted:
        return _of_every_sample(call, data, counted)
    if data.batch is not None and data.batch < depth:
        return _of_one_sample(call, data)
    return _of_all_alike(call, data)


def _of_every_sample(call: Call, data: Held, counted: int) -> Places:
    """`batch_dims`: every sample has places of its own."""
    if counted != 1 or data.batch not in (0, None):
        raise FieldError(f"`batch_dims` {counted} is not there in dftrace, which counts samples alone")
    data, value = call.sampled(0), call.value(1)
    *lead, depth = value.shape
    sizes, rest = data.shape[1 : 1 + depth], data.shape[1 + depth :]
    if isinstance(value, Held):
        return Places(tuple(lead[1:]), sizes, rest, 0, None, (call.sampled(1),))
    held = given(call, value, 0, len(value.shape))
    return Places(tuple(lead[1:]), sizes, rest, 0, None, (held,))


def _of_one_sample(call: Call, data: Held) -> Places:
    """The first number of every place is that of the only sample."""
    value = call.value(1)
    *lead, depth = value.shape
    if data.batch != 0 or depth < 2:
        call.wants(data, None)
        raise FieldError(_COUNTS)
    sizes, rest = data.shape[1:depth], data.shape[depth:]
    if isinstance(value, Held):
        columns, behind = _without_first(call, value), len(lead) > 0 and value.batch == 0
        return Places(tuple(lead[1:] if behind else lead), sizes, rest, 0 if behind else None, None, columns)
    numbers, alone = value.array(), len(lead) > 1 and lead[0] == 1
    known = _from_0(numbers[..., 1:], sizes)
    if data.shape[0] != 1 or not np.isin(numbers[..., 0], (0, -1)).all():
        raise FieldError("it names places of one sample for another")
    return Places(tuple(lead[1:] if alone else lead), sizes, rest, 0 if alone else None, known[0] if alone else known)


def _of_all_alike(call: Call, data: Held) -> Places:
    """The same places in every sample, or in a tensor that all samples share places of each."""
    value = call.value(1)
    *lead, depth = value.shape
    batch = None if data.batch is None else len(lead) + data.batch - depth
    sizes, rest = data.shape[:depth], without(data.shape, data.batch)[depth:]
    if isinstance(value, Constant):
        return Places(tuple(lead), sizes, rest, batch, _from_0(value.array(), sizes))
    if data.batch is not None and value.batch is not None:
        call.wants(value, None)
    return Places(
        without(lead, value.batch), sizes, rest, batch if value.batch is None else value.batch, None, (value,)
    )


def _from_0(numbers: Array, sizes: Sequence[int]) -> Array:
    """Places that may count from the end. Raises FieldError for such as there are not."""
    if not is_known(tuple(sizes)):
        raise FieldError("its places depend on sizes that are not known", hint=UNSIZED)
    wrong = (numbers < -np.array(sizes)) | (numbers >= sizes)
    if wrong.any():
        raise FieldError(f"it names place {numbers[wrong][0]} of {sizes[int(np.argwhere(wrong)[0][-1])]}")
    found: Array = numbers % np.array(sizes)
    return found


def _without_first(call: Call, value: Held) -> tuple[Held, ...]:
    """The tensors that are joined to a list of places, but for the first, which is the number of the only sample.

    Raises FieldError if that is not known.
    """
    name = call.node.inputs[1]
    made = next((node for node in call.to.graph.nodes if name in node.outputs), None)
    if made is None or made.operation != "Concat" or len(made.inputs) < 2:
        raise FieldError(_COUNTS)
    first, *others = (call.to.values[each] for each in made.inputs)
    if not isinstance(first, Constant) or first.shape[-1] != 1 or first.uniform not in (0, -1):
        raise FieldError(_COUNTS)
    rank = value.rank
    return tuple(each if isinstance(each, Held) else given(call, each, value.batch, rank) for each in others)


def in_a_row(call: Call, data: Held, places: Places, behind: str = "_row") -> Held:
    """A tensor with one axis in place of those that places are on."""
    if places.depth == 1:
        return data
    target = as_target((math.prod(places.sizes), *places.rest))
    batch = None if data.batch is None else max(data.batch - places.depth + 1, 0)
    return call.layer("reshape", {"target_shape": target}, [data], batch=batch, behind=behind, gives="")


def samples_of(call: Call, inputs: Sequence[int], other: int | None = None) -> int | None:
    """The axis along which the first of some inputs that has samples has them; else another one."""
    held = (value for value in map(call.value, inputs) if isinstance(value, Held))
    return next((each.batch for each in held if each.batch is not None), other)


def sampled_on(call: Call, place: int, batch: int | None) -> Held:
    """An input that has its samples along this axis, or has none. Raises FieldError, Misplaced."""
    value = call.value(place)
    if isinstance(value, Constant):
        return given(call, value, batch, len(value.shape))
    if batch is None:
        call.wants(value, None)
        return value
    return call.sampled(place, batch)
