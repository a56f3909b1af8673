"""LSTM, GRU and RNN: ours with their gates in our order; in both directions, bidirectional.

ONNX puts out (steps, directions, N, units). Exporters take the axis of directions away at once, so where they do, what
does it is part of the layer; elsewhere it is put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.call import Call
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held, as_target, counted
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.model import Node
    from dataflow_cli.shapes import Array

_FUNCTIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu", "softsign": "softsign", "softplus": "softplus"}
"""Ours by theirs, which they write in any case."""
_WITH_FIELDS = {
    "hardsigmoid": ("hard_sigmoid", {"alpha": 0.2, "beta": 0.5}),
    "elu": ("elu", {"alpha": 1.0}),
}
"""Those with numbers of their own, and what these are where the node does not say."""
_ENDS = ("final_hidden", "final_cell")
_APART = [0, 2, 1, 3]
"""The order of Y's axes that puts both directions of a step behind each other."""


@dataclass(frozen=True)
class Cell:
    """How one of the three is ours."""

    kind: str
    order: tuple[int, ...]
    """Our gates, by their place in theirs."""
    functions: tuple[str, ...]
    """Theirs where nothing is said: of the gates, of what is new, of the state."""

    @property
    def gates(self) -> int:
        """How many sums a step has for every unit."""
        return len(self.order)


_CELLS = {
    "LSTM": Cell("lstm", (0, 2, 3, 1), ("sigmoid", "tanh", "tanh")),
    "GRU": Cell("gru", (0, 1, 2), ("sigmoid", "tanh")),
    "RNN": Cell("simple_rnn", (0,), ("tanh",)),
}


def recurrent(call: Call) -> tuple[Held, ...]:
    """LSTM, GRU, RNN: the states of all steps, and what they end with."""
    _refuse(call)
    x = call.sampled(0, 0 if call.attribute("layout", 0) else 1)
    _check_lengths(call, x.sample[0])
    plain = [_without_directions(call, place) for place in range(len(call.node.outputs))]
    wanted = [call.is_wanted(place) for place in range(len(call.node.outputs))]
    make = _bidirectional if _is_both(call) else _one_way
    layer = make(call, x, gives=plain[0] if wanted[0] else next(iter(plain[1:]), ""), steps=wanted[0])
    found = [_every_step(call, layer, plain[0]) if wanted[0] else layer]
    for place, end in enumerate(_ENDS[: len(wanted) - 1], start=1):
        found.append(_last(call, layer, end, place, plain[place], alone=not wanted[0]) if wanted[place] else layer)
    return tuple(found)


def _is_both(call: Call) -> bool:
    return bool(call.attribute("direction", "forward") == "bidirectional")


def _is_backwards(call: Call) -> bool:
    return bool(call.attribute("direction", "forward") == "reverse")


def _refuse(call: Call) -> None:
    """Raise FieldError for what no kind does."""
    for name, what in (("clip", "cuts off the sums of its gates"), ("input_forget", "ties its input and forget gates")):
        if call.attribute(name, 0):
            raise FieldError(f"it {what} (`{name}`), which dftrace does not")
    if call.has(7) and not _is_zero(call, 7):
        raise FieldError("its gates see the cell too (peepholes), which dftrace's do not")


def _check_lengths(call: Call, steps: int) -> None:
    """Raise FieldError for samples of unequal length."""
    if not call.has(4):
        return
    lengths = call.constant(4, "sequence_lens")
    if any(length != steps for length in lengths.integers()):
        raise FieldError(
            "its samples end after unequal numbers of steps (`sequence_lens`)", hint="export it without them"
        )


def _is_zero(call: Call, place: int) -> bool:
    """Whether an input is left out, or known to be zeros."""
    return not call.has(place) or (call.is_constant(place) and call.constant(place).uniform == 0)


# The layer


def _one_way(call: Call, x: Held, gives: str, *, steps: bool) -> Held:
    """One layer, from the start or from the end; the states of all steps come in the order of the sequence."""
    turned = _is_backwards(call) and steps
    fields = _fields(call, 0, steps=steps) | ({"go_backwards": True} if _is_backwards(call) else {})
    inputs = (x, *_states(call, 0))
    kind, own = _CELLS[call.operation].kind, "" if turned else gives
    return call.layer(kind, fields, inputs, _parameters(call, 0), batch=_samples(call, steps=steps), gives=own)


def _bidirectional(call: Call, x: Held, gives: str, *, steps: bool) -> Held:
    """One layer in both directions."""
    kind = _CELLS[call.operation].kind
    one, other = ({"type": kind, **_fields(call, direction, steps=steps)} for direction in (0, 1))
    fields: dict[str, Any] = {"layer": one}
    if one != other:
        fields["backward_layer"] = {**other, "go_backwards": True}
    parameters = {
        f"{prefix}{name}": value
        for direction, prefix in enumerate(("forward_", "backward_"))
        for name, value in _parameters(call, direction).items()
    }
    own = gives if steps else ""
    inputs = (x, *_states(call, 0), *_states(call, 1))
    return call.layer("bidirectional", fields, inputs, parameters, batch=_samples(call, steps=steps), gives=own)


def _samples(call: Call, *, steps: bool) -> int:
    """Where the samples of what it puts out are, without the axis of directions: behind the steps."""
    return 1 if steps and not call.attribute("layout", 0) else 0


def _fields(call: Call, direction: int, *, steps: bool) -> dict[str, Any]:
    """The fields of the layer in one direction, but for `go_backwards`."""
    cell = _CELLS[call.operation]
    units = call.constant(2, "R").shape[-1]
    found: dict[str, Any] = {"units": units}
    *gates, new = _functions(call, direction)
    if gates and gates[0] != "sigmoid":
        found["recurrent_activation"] = gates[0]
    if new != "tanh":
        found["activation"] = new
    if _is_zero(call, 3):
        found["use_bias"] = False
    if steps:
        found["return_sequences"] = True
    if cell.kind == "gru" and not call.attribute("linear_before_reset", 0):
        found["reset_after"] = False
    return found


def _functions(call: Call, direction: int) -> list[Any]:
    """Our activations of one direction: of the gates, if there are any, and of what is new. Raises FieldError."""
    cell = _CELLS[call.operation]
    count = len(cell.functions)
    named = [name.lower() for name in call.attribute("activations", ())] or [*cell.functions, *cell.functions]
    numbers = {name: [*map(call.short, call.attribute(f"activation_{name}", ()))] for name in ("alpha", "beta")}
    own = slice(direction * count, (direction + 1) * count)
    found, named_here = [_function(name, numbers) for name in named][own], named[own]
    if len(found) != count:
        raise FieldError(f"it names {len(named)} activations, and a direction has {count}")
    if count == 3 and found[1] != found[2]:
        raise FieldError(
            f"it applies {named_here[1]} to what is new and {named_here[2]} to the cell, and dftrace one function to "
            "both"
        )
    return found[:2]


def _function(name: str, numbers: dict[str, list[float]]) -> Any:
    """One of ours: its name, or its type and fields. Takes what it needs of the numbers of all, which are in turn."""
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if name not in _WITH_FIELDS:
        raise FieldError(f"dftrace has no activation '{name[:40]}' inside of a step")
    kind, usual = _WITH_FIELDS[name]
    said = {field: numbers[field].pop(0) if numbers[field] else value for field, value in usual.items()}
    return {"type": kind, **said}


def _parameters(call: Call, direction: int) -> dict[str, Constant]:
    """The parameters of one direction, in our order and layout."""
    cell = _CELLS[call.operation]
    w, r = call.constant(1, "W"), call.constant(2, "R")
    width, units = w.shape[-2], r.shape[-1]
    if width != cell.gates * units:
        raise FieldError(f"its W has {width} rows for {cell.gates} gates of {units} units")

    def kernel(array: Array) -> Array:
        own = array[direction].reshape(cell.gates, units, -1)[list(cell.order)]
        found: Array = own.reshape(width, -1).T
        return found

    found = {
        "kernel": w.changed(kernel, (w.shape[-1], width)),
        "recurrent_kernel": r.changed(kernel, (units, width)),
    }
    if not _is_zero(call, 3):
        found["bias"] = _bias(call, direction, cell, units)
    return found


def _bias(call: Call, direction: int, cell: Cell, units: int) -> Constant:
    """The bias of inputs and that of states: added up, but where the reset gate stands between them."""
    given = call.constant(3, "B")
    width = cell.gates * units
    apart = cell.kind == "gru" and bool(call.attribute("linear_before_reset", 0))

    def bias(array: Array) -> Array:
        both = array[direction].reshape(2, cell.gates, units)[:, list(cell.order)].reshape(2, width)
        found: Array = both if apart else both.sum(axis=0)
        return found

    return given.changed(bias, (2, width) if apart else (width,))


def _states(call: Call, direction: int) -> list[Held]:
    """What a direction starts with, if those are not zeros: one vector of a sample each."""
    places = (5, 6) if call.operation == "LSTM" else (5,)
    if all(_is_zero(call, place) for place in places):
        return []
    return [_state(call, place, direction) for place in places]


def _state(call: Call, place: int, direction: int) -> Held:
    """One of the states at the start, without the axis of directions."""
    if not call.has(place):
        raise FieldError("it starts with one of its states given, and not the other")
    value, units = call.value(place), call.constant(2, "R").shape[-1]
    directions = 2 if _is_both(call) else 1
    if isinstance(value, Constant) and value.count == directions * units:
        return call.held(value.changed(lambda array: array.reshape(directions, units)[direction], (units,)))
    held, name = call.sampled(place, 0 if call.attribute("layout", 0) else 1), f"_state_{place - 4}"
    if directions > 1:
        name = f"{name}_{('forward', 'backward')[direction]}"
        part = {"starts": [direction], "ends": [direction + 1]}
        held = call.layer("slice", part, [held], batch=0, behind=f"{name}_part", gives="")
    return call.layer("reshape", {"target_shape": [units]}, [held], batch=0, behind=name, gives="")


# What it puts out


def _every_step(call: Call, layer: Held, plain: str) -> Held:
    """Y, from the states of all steps (steps, units), or (steps, 2 · units)."""
    if _is_backwards(call):  # which ours puts out as they come
        turn = {"starts": [None], "steps": [-1]}
        layer = call.layer("slice", turn, [layer], behind="_turned", gives=plain)
    if plain:
        return layer
    steps, width = layer.sample
    batch = 0 if call.attribute("layout", 0) else 2
    if _is_both(call):
        target = {"target_shape": as_target((steps, 2, width // 2))}
        return call.layer("reshape", target, [layer], batch=batch, behind="_directions", gives=call.node.outputs[0])
    return call.layer("expand_dims", {"axis": 2}, [layer], batch=batch, behind="_direction", gives=call.node.outputs[0])


def _last(call: Call, layer: Held, end: str, place: int, plain: str, *, alone: bool) -> Held:
    """Y_h and Y_c, from the states of the last step."""
    name, units = call.node.outputs[place], call.constant(2, "R").shape[-1]
    batch = 0 if call.attribute("layout", 0) else 1
    if _is_both(call):
        ends = [_end(layer, f"{way}_{end}", units) for way in ("forward", "backward")]
        return call.layer("stack", {"axis": 1}, ends, batch=batch, behind=f"_{end}", gives=name)
    held = layer if alone and end == "final_hidden" else _end(layer, end, units)
    if plain:
        return held
    return call.layer("expand_dims", {"axis": 1}, [held], batch=batch, behind=f"_{end}", gives=name)


def _end(layer: Held, name: str, units: int) -> Held:
    """A state of the last step, as a tensor within the layer."""
    return Held(f"{layer.name}:{name}", (layer.shape[layer.batch or 0], units), 0, layer.dtype)


# The axis of directions


def _without_directions(call: Call, place: int) -> str:
    """The tensor that an output is without its axis of directions, if all that takes it takes that away; else nothing.

    What takes it away is a part of the layer then.
    """
    name = call.node.outputs[place]
    layout, rank = call.attribute("layout", 0), 3 if place else 4
    readers = call.to.readers.get(name, [])
    if not name or name in call.to.kept or not readers:
        return ""
    if _is_both(call):
        return "" if place or layout else _side_by_side(call, name)
    axis = 2 if layout and not place else 1 if layout or not place else 0
    if not all(_takes_away(call, node, axis, rank) for node in readers):
        return ""
    for node in readers:
        call.to.absorbed[id(node)] = name
    return readers[0].outputs[0]


def _takes_away(call: Call, node: Node, axis: int, rank: int) -> bool:
    """Whether a node does nothing but take away this axis of length 1."""
    other = Call(node, call.to)
    if node.operation not in ("Squeeze", "Gather") or not all(known in call.to.values for known in node.inputs[1:]):
        return False
    if node.operation == "Gather":
        return counted(other.attribute("axis", 0), rank) == axis and other.constant(1).shape == ()
    axes = other.setting("axes", 1)
    return axes is not None and [counted(each, rank) for each in axes] == [axis]


def _side_by_side(call: Call, name: str) -> str:
    """The tensor that has both directions side by side, as PyTorch exports it: Transpose, then Reshape."""
    turn = call.to.next_alone(name)
    if turn is None or turn.operation != "Transpose" or list(Call(turn, call.to).attribute("perm", ())) != _APART:
        return ""
    join = call.to.next_alone(turn.outputs[0])
    if join is None or join.operation != "Reshape" or join.inputs[1] not in call.to.values:
        return ""
    *_, last = Call(join, call.to).constant(1, "shape").integers()
    if last not in (-1, 2 * call.constant(2, "R").shape[-1]):
        return ""
    for node in (turn, join):
        call.to.absorbed[id(node)] = name
    return join.outputs[0]
