"""The same elements in another shape or order, more of them, or several tensors in one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Batch, Constant, filled
from dataflow_cli.importers.onnx.held import Held, as_target, counted, without
from dataflow_cli.importers.onnx.operators.arranging import moved_to, reshaped
from dataflow_cli.importers.onnx.operators.normalization import EVALUATED
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call

    Value = Held | Constant


def same(call: Call) -> Value:
    """Identity: no layer."""
    return call.value(0)


def dropout(call: Call) -> tuple[Value, Constant]:
    """Dropout outside of training: no layer, and a mask that lets everything through."""
    value = call.value(0)
    if call.has(2) and call.constant(2, "training_mode").scalar() and not _is_none(call, 1):
        raise FieldError("it is in training mode, and leaves numbers out by chance", hint=EVALUATED)
    return value, filled(value.shape, True, "bool")


def _is_none(call: Call, place: int) -> bool:
    """Whether an input is known to be 0."""
    return call.is_constant(place) and not call.constant(place).scalar()


def reshape(call: Call) -> Held:
    """Reshape: the samples' axis stays one, wherever it goes to."""
    held = call.tensor(0)
    target = list(call.setting("shape", 1, []))
    if not call.attribute("allowzero", 0):
        target = [held.shape[place] if size == 0 and place < held.rank else size for place, size in enumerate(target)]
    return to_shape(call, held, target)


def flatten(call: Call) -> Held:
    """Flatten: two axes of all."""
    held = call.tensor(0)
    axis = call.attribute("axis", 1)
    axis = axis if axis == held.rank else counted(axis, held.rank)
    return to_shape(call, held, [math.prod(held.shape[:axis]), math.prod(held.shape[axis:])])


def to_shape(call: Call, held: Held, target: Sequence[int]) -> Held:
    """A tensor counted by other axes. Raises FieldError where samples would be mixed."""
    shape = _resolved(held, target)
    batch = _batch_after(call, held, shape)
    sample = without(shape, batch)
    if sample == held.sample:
        return replace(held, shape=shape, batch=batch, root="", axes=())
    if len(sample) == 1 and not isinstance(sample[0], Unknown) and len(held.sample) > 1:
        sample = (-1,)
    return replace(reshaped(call, held, sample, batch), shape=shape, batch=batch)


def _resolved(held: Held, target: Sequence[int]) -> tuple[int, ...]:
    """The shape with what -1 stands for. Raises FieldError if it cannot be."""
    total, rest = math.prod(map(int, held.shape)), math.prod(int(size) for size in target if size != -1)
    if target.count(-1) > 1 or (rest and total % rest) or (-1 not in target and rest != total):
        hint = "" if is_known((*held.shape, *target)) else "it fits some sizes alone: export the model with fixed ones"
        raise FieldError(f"it makes {_told(target)} of {_told(held.shape)}", hint=hint)
    if -1 not in target:
        return tuple(target)
    size = total // rest if rest else 0
    open_before = [each for each in held.shape if isinstance(each, Unknown)]
    open_behind = [each for each in target if isinstance(each, Unknown)]
    if len(open_behind) < len(open_before):
        batch = next((each for each in open_before if isinstance(each, Batch) and int(each) == size), None)
        size = batch if batch is not None else Unknown(size)
    return tuple(size if each == -1 else each for each in target)


def _batch_after(call: Call, held: Held, shape: Sequence[int]) -> int | None:
    """The axis that the samples are along afterwards. Raises FieldError where they would be mixed with others."""
    if held.batch is None:
        return 0 if call.to.size == 1 and shape and shape[0] == 1 else None
    size, before = int(held.shape[held.batch]), math.prod(map(int, held.shape[: held.batch]))
    fitting = [
        place
        for place, length in enumerate(shape)
        if int(length) == size and math.prod(map(int, shape[:place])) == before
    ]
    if fitting:
        return held.batch if held.batch in fitting else fitting[0]
    if size == 1:
        return None
    if held.root:
        call.wants(held, None)
    raise FieldError("it mixes the samples of a minibatch with another axis", hint="export it with a minibatch of 1")


def transpose(call: Call) -> Held:
    """Transpose: no layer where only the samples' axis moves."""
    held = call.tensor(0)
    return moved_to(call, held, call.attribute("perm") or range(held.rank)[::-1])


def squeeze(call: Call) -> Held:
    """Squeeze: axes of length 1 taken away."""
    held = call.tensor(0)
    axes = call.setting("axes", 1)
    if axes is None:
        axes = [place for place, size in enumerate(held.shape) if size == 1 and place != held.batch]
    gone = {counted(axis, held.rank) for axis in axes}
    if any(held.shape[place] != 1 for place in gone):
        raise FieldError(f"it takes axes away that are longer than 1, of {_told(held.shape)}")
    shape = tuple(size for place, size in enumerate(held.shape) if place not in gone)
    batch = held.batch
    if batch is not None:
        batch = None if batch in gone else batch - sum(place < batch for place in gone)
    ours = [held.place(place) + 1 for place in sorted(gone) if place != held.batch]
    if not ours:
        return replace(held, shape=shape, batch=batch, root="", axes=())
    return replace(call.layer("squeeze", {"axis": ours}, [held], batch=batch), shape=shape, batch=batch)


def unsqueeze(call: Call) -> Held:
    """Unsqueeze: axes of length 1 put in."""
    held = call.tensor(0)
    axes = call.setting("axes", 1, [])
    rank = held.rank + len(axes)
    new = {counted(axis, rank) for axis in axes}
    sizes = iter(enumerate(held.shape))
    shape: list[int] = []
    batch = None
    for place in range(rank):
        if place in new:
            shape.append(1)
            continue
        old, size = next(sizes)
        batch = place if old == held.batch else batch
        shape.append(size)
    if held.batch is None and 0 in new and call.to.size == 1:
        batch = 0
    sample = without(shape, batch)
    if sample == held.sample:
        return replace(held, shape=tuple(shape), batch=batch, root="", axes=())
    if len(sample) == len(held.sample) + 1:
        place = next(place for place in sorted(new) if place != batch)
        axis = place + 1 - (batch is not None and batch < place)
        return replace(call.layer("expand_dims", {"axis": axis}, [held], batch=batch), shape=tuple(shape), batch=batch)
    return replace(reshaped(call, held, sample, batch), shape=tuple(shape), batch=batch)


def expand(call: Call) -> Value:
    """Expand: axes of length 1 repeated."""
    value, target = call.value(0), call.constant(1, "shape").integers()
    rank = max(len(value.shape), len(target))
    old = (1,) * (rank - len(value.shape)) + tuple(value.shape)
    goal = (1,) * (rank - len(target)) + tuple(target)
    shape = tuple(wanted if size == 1 else size for size, wanted in zip(old, goal, strict=True))
    if isinstance(value, Constant):
        return _expanded_constant(call, value, old, shape)
    batch = None if value.batch is None else value.batch + rank - value.rank
    if batch is not None and int(shape[batch]) != int(old[batch]):
        call.wants(value, None)
    if batch is None and shape and isinstance(shape[0], Batch) and old[0] == 1:
        batch = 0
    sample, wanted = without(old, batch), without(shape, batch)
    held = value
    if sample != value.sample:
        held = reshaped(call, held, sample, batch, "_reshaped" if sample != wanted else "")
    repeats = [new if size == 1 else 1 for size, new in zip(sample, wanted, strict=True)]
    if not is_known(repeats):
        raise FieldError("how often it repeats its input depends on sizes that are not known")
    if any(each != 1 for each in repeats):
        held = call.layer("tile", {"repeats": repeats}, [held], batch=batch)
    return replace(held, shape=shape, batch=batch, root="", axes=())


def _expanded_constant(call: Call, value: Constant, old: tuple[int, ...], shape: tuple[int, ...]) -> Value:
    """A known tensor for each of the samples, which are counted when the network runs."""
    if not shape or not isinstance(shape[0], Batch) or old[0] != 1 or not is_known(shape[1:]):
        raise FieldError("it repeats numbers by sizes that are not known")
    sample = value.reshaped(old[1:])
    if old[1:] != shape[1:]:
        from dataflow_cli.lazy import np

        sample = sample.changed(lambda array: np.broadcast_to(array, shape[1:]), shape[1:])
    return replace(call.to.held(sample), shape=shape, batch=0)


def tile(call: Call) -> Held:
    """Tile: the input again and again along its axes."""
    held = call.tensor(0)
    repeats = call.constant(1, "repeats").integers()
    if len(repeats) != held.rank or (held.batch is not None and repeats[held.batch] != 1):
        raise FieldError("it repeats samples")
    return call.layer("tile", {"repeats": list(without(repeats, held.batch))}, [held])


def concatenate(call: Call) -> Held:
    """Concat: known tensors are given by layers."""
    values = call.values()
    held = [value for value in values if isinstance(value, Held)]
    if len(values) == 1:
        return held[0]
    rank = len(values[0].shape)
    axis = counted(call.attribute("axis", 1), rank)
    batch = next((each.batch for each in held if each.batch is not None), None)
    if axis == batch:
        for each in held:
            call.wants(each, None)
    tensors = [_like(call, value, batch) for value in values]
    ours = tensors[0].keras_axis(axis)
    expected = 1 if call.channels_first else rank - (batch is not None)
    return call.layer("concatenate", {} if ours == expected else {"axis": ours}, tensors, batch=batch)


def _like(call: Call, value: Value, batch: int | None) -> Held:
    """The value as a tensor whose samples lie along this axis."""
    if isinstance(value, Held) and value.batch == batch:
        return value
    if batch is None or value.shape[batch] != 1:
        if isinstance(value, Constant) and batch is None:
            return call.held(value)
        if isinstance(value, Held):
            call.wants(value, batch)
        raise FieldError("what it puts side by side has other numbers for every sample")
    sample = without(value.shape, batch)
    if isinstance(value, Constant):
        return replace(call.held(value.reshaped(sample)), shape=value.shape, batch=batch)
    return replace(reshaped(call, value, sample, batch, "_squeezed"), shape=value.shape, batch=batch)


def pad(call: Call) -> Held:
    """Pad: more around the spatial axes, or all axes; the amounts are an attribute or an input, by version."""
    held = call.tensor(0)
    pairs = _pairs(call, held)
    mode = call.attribute("mode", "constant")
    number = call.number("value", 0.0)
    if call.has(2):
        number = call.short(call.constant(2, "value").scalar())
    if held.batch is not None and any(pairs[held.batch]):
        raise FieldError("it adds samples to a minibatch")
    ours = [pair for place, pair in enumerate(pairs) if place != held.batch]
    if not any(map(any, ours)):
        return held
    if any(before < 0 or behind < 0 for before, behind in ours):
        return _cropped(call, held, ours)
    fields: dict[str, Any] = {"mode": mode, **({"constant_values": number} if mode == "constant" and number else {})}
    return _padded(call, held, ours, fields)


def _pairs(call: Call, held: Held) -> list[list[int]]:
    """Before and behind every axis of theirs."""
    found = call.setting("pads", 1) or call.attribute("paddings") or []
    axes = call.constant(3, "axes").integers() if call.has(3) else list(range(held.rank))
    if len(found) != 2 * len(axes):
        raise FieldError(f"its {len(found)} pads are not two for each of {len(axes)} axes")
    pairs = [[0, 0] for _ in range(held.rank)]
    for place, axis in enumerate(axes):
        pairs[counted(axis, held.rank)] = [found[place], found[place + len(axes)]]
    return pairs


def _cropped(call: Call, held: Held, pairs: Sequence[Sequence[int]]) -> Held:
    if any(before > 0 or behind > 0 for before, behind in pairs):
        raise FieldError("it adds on one side and takes away on another")
    ends = [behind or None for _, behind in pairs]
    return call.layer("slice", {"starts": [-before for before, _ in pairs], "ends": ends}, [held])


def _padded(call: Call, held: Held, pairs: list[list[int]], fields: dict[str, Any]) -> Held:
    """`pad` is for the axes of space: (*space) where the channels are not padded, else counted as if all were."""
    channels = 0 if call.channels_first else len(pairs) - 1
    plain = len(pairs) in (2, 3, 4) and not any(pairs[channels])
    if plain:
        rest = [pair for place, pair in enumerate(pairs) if place != channels]
        if fields == {"mode": "constant"}:
            one = rest[0] if len(rest) == 1 else rest
            return call.layer(f"zero_padding{len(rest)}d", {"padding": one}, [held])
        return call.layer("pad", {"padding": rest, **fields}, [held])
    sample = held.sample
    shape = (1, *sample) if call.channels_first else (*sample, 1)
    wide = call.layer("reshape", {"target_shape": _open(shape)}, [held], batch=held.batch, behind="_axes", gives="")
    padded = call.layer("pad", {"padding": pairs, **fields}, [wide], batch=held.batch, behind="_padded", gives="")
    inner = padded.sample[1:] if call.channels_first else padded.sample[:-1]
    return call.layer("reshape", {"target_shape": _open(inner)}, [padded], batch=held.batch)


def _open(shape: Sequence[int]) -> list[int]:
    """A shape as `reshape` takes it. Raises FieldError where several sizes are not known."""
    if sum(isinstance(size, Unknown) for size in shape) > 1:
        raise FieldError("several sizes of what it gives are not known")
    return as_target(shape)


def _told(shape: Sequence[int]) -> str:
    return f"[{', '.join(map(str, shape))}]"
