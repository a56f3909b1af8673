"""Tensors brought together: axes in another order, of another number, with their samples along the same axis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.held import Held, as_target, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call


def moved_to(call: Call, held: Held, order: Sequence[int], behind: str = "") -> Held:
    """The tensor with its axes in another order; no layer where those of a sample stay as they are."""
    order = list(order)
    if sorted(order) != list(range(held.rank)):
        raise FieldError(f"{order} is no order of {held.rank} axes")
    batch = None if held.batch is None else order.index(held.batch)
    dims = [held.place(axis) + 1 for axis in order if axis != held.batch]
    shape = tuple(held.shape[axis] for axis in order)
    root, axes = held.root, tuple(held.axes[axis] for axis in order) if held.root else ()
    if dims == sorted(dims):
        return Held(held.name, shape, batch, held.dtype, root, axes)
    found = call.layer("permute", {"dims": dims}, [held], batch=batch, behind=behind, gives="" if behind else None)
    return replace(found, root="")


def swapped(held: Held) -> Held:
    """A matrix of which one axis are the samples, with its axes exchanged: nothing changes in a sample."""
    axes = held.axes[::-1] if held.root else ()
    assert held.batch is not None  # noqa: S101  who calls this has looked
    return Held(held.name, held.shape[::-1], 1 - held.batch, held.dtype, held.root, axes)


def reshaped(call: Call, held: Held, sample: Sequence[int], batch: int | None, behind: str = "") -> Held:
    """The tensor with a sample of this shape. Raises FieldError where several sizes are not known."""
    from dataflow_cli.unknown import Unknown

    unknown = [size for size in sample if isinstance(size, Unknown)]
    if len(unknown) > 1:
        from dataflow_cli.importers.onnx.constants import UNSIZED

        raise FieldError("several sizes of what it gives are not known", hint=UNSIZED)
    return call.layer(
        "reshape", {"target_shape": as_target(sample)}, [held], batch=batch, behind=behind, gives="" if behind else None
    )


def aligned(call: Call, operands: Sequence[Held]) -> list[Held]:
    """Tensors that are combined element by element, their axes counted from the last: all with their samples alike.

    Raises FieldError where they cannot be, Misplaced.
    """
    rank = max(held.rank for held in operands)
    places = {held.batch + rank - held.rank for held in operands if held.batch is not None}
    if not places:
        return list(operands)
    if len(places) > 1:
        widest = min(places)
        for held in operands:
            if held.batch is not None and held.batch + rank - held.rank != widest:
                call.wants(held, widest - (rank - held.rank) if widest >= rank - held.rank else None)
    place = places.pop()
    return [_without_place(call, held, place - (rank - held.rank)) for held in operands]


def _without_place(call: Call, held: Held, place: int) -> Held:
    """A tensor of which all is one sample, without the axis along which others have theirs."""
    if held.batch is not None or place < 0:
        return held
    if held.shape[place] != 1:
        raise FieldError("what it combines has other numbers for every sample")
    if place == 0 and held.rank == 1:
        return held
    sample = without(held.shape, place)
    return replace(reshaped(call, held, sample, None, "_squeezed"), shape=held.shape, batch=place)
