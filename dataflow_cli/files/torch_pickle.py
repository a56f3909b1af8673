"""The pickle of a PyTorch file, read by a machine of our own that can make tables of tensors and nothing else.

Python's `pickle` calls what the file names, which is how a model file runs code. Here the standard library only takes
the bytes apart (`pickletools`); what an instruction does is written below, and a name that the file gives is looked up
in the table of `torch_names`. No name is imported, nothing from the file is called.
"""

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.torch_names import SAVE, Beside, Made, StorageKind, StorageRef, named
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

PICKLE_LIMIT = 2**26
"""The most bytes of a pickle that are read: more than a hundred thousand tensors."""
_DAMAGED = "the file is damaged or cut off; write or copy it again"


@dataclass(frozen=True)
class Pickled:
    """What a pickle holds."""

    found: Any
    """Dictionaries, lists, numbers, text and TensorRef."""
    storages: dict[str, StorageRef]
    """What it says of each storage, by key."""


def read_pickle(stream: BinaryIO) -> Pickled:
    """The next pickle of a stream.

    Raises FileProblem if it is damaged, or asks for more than a table of tensors has.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            _STEPS.get(opcode.name, _refused(opcode.name))(machine, argument)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise FileProblem(f"a pickle that cannot be followed ({printable(error)[:80]})", hint=_DAMAGED) from error
    return Pickled(machine.result, machine.storages)


class _Machine:
    """The stack and the memory of one pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.storages: dict[str, StorageRef] = {}
        self.result: Any = None

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        """The values after the last mark, taken off the stack with it."""
        at = self.marks.pop()
        values = self.stack[at:]
        del self.stack[at:]
        return values

    def take(self, count: int) -> tuple[Any, ...]:
        """The last values, taken off the stack."""
        if count > len(self.stack):
            raise IndexError("its stack is empty")
        values = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        return values

    def reduce(self) -> None:
        """Calls what the table of names allows, with the arguments on the stack."""
        function, arguments = self.take(2)
        if isinstance(function, Beside):
            self.push(function)
        elif isinstance(function, Made) and isinstance(arguments, tuple):
            self.push(function.make(arguments))
        else:
            raise TypeError("calls what is no function")

    def set_items(self, values: list[Any]) -> None:
        """Puts pairs of key and value into the dictionary on top of the stack."""
        target = self.stack[-1]
        if isinstance(target, Beside):
            return
        if not isinstance(target, dict):
            raise TypeError("puts items into what is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if isinstance(key, str | int | float | bool | None):
                target[key] = value

    def append(self, values: list[Any]) -> None:
        """Puts values at the end of the list on top of the stack."""
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(values)
        elif not isinstance(target, Beside):
            raise TypeError("appends to what is no list")


def _refused(instruction: str) -> Callable[[_Machine, Any], None]:
    def refuse(_machine: _Machine, _: Any) -> None:
        raise FileProblem(f"its pickle has the instruction {instruction}, which no state dict has", hint=SAVE)

    return refuse


def _global(machine: _Machine, name: str) -> None:
    machine.push(named(name))


def _stack_global(machine: _Machine, _: Any) -> None:
    module, name = machine.take(2)
    machine.push(named(f"{module} {name}"))


def _storage(machine: _Machine, _: Any) -> None:
    (reference,) = machine.take(1)
    word, kind, key, _place, count, *_view = reference
    if word != "storage" or not isinstance(kind, StorageKind) or type(count) is not int or count < 0:
        raise ValueError("names a storage in an unknown way")
    machine.push(machine.storages.setdefault(str(key), StorageRef(str(key), kind.dtype, count)))


def _memoize(machine: _Machine, place: int | None) -> None:
    machine.memo[len(machine.memo) if place is None else place] = machine.stack[-1]


def _drop(machine: _Machine, _: Any) -> None:
    """Passes over a value: attributes of an object, such as a state dict's versions."""
    machine.take(1)


def _drop_group(machine: _Machine, _: Any) -> None:
    machine.since_mark()


def _stop(machine: _Machine, _: Any) -> None:
    (machine.result,) = machine.take(1)


def _constant(make: Callable[[], Any]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.push(make())


def _tuple(count: int) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.push(machine.take(count))


def _number(machine: _Machine, argument: Any) -> None:
    machine.push(argument)


_ARGUMENTS = (
    "BININT",
    "BININT1",
    "BININT2",
    "LONG1",
    "LONG4",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "BINUNICODE8",
    "BINSTRING",
    "SHORT_BINSTRING",
    "BINBYTES",
    "SHORT_BINBYTES",
)
_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(_ARGUMENTS, _number),
    **dict.fromkeys(("PROTO", "FRAME"), lambda _machine, _: None),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _memoize),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda machine, place: machine.push(machine.memo[place])),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), lambda machine, _: machine.reduce()),
    "NONE": _constant(lambda: None),
    "NEWTRUE": _constant(lambda: True),
    "NEWFALSE": _constant(lambda: False),
    "EMPTY_DICT": _constant(dict),
    "EMPTY_LIST": _constant(list),
    "EMPTY_TUPLE": _constant(tuple),
    "EMPTY_SET": _constant(Beside),
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "POP": _drop,
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "SETITEM": lambda machine, _: machine.set_items(list(machine.take(2))),
    "SETITEMS": lambda machine, _: machine.set_items(machine.since_mark()),
    "APPEND": lambda machine, _: machine.append(list(machine.take(1))),
    "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
    "ADDITEMS": _drop_group,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "BINPERSID": _storage,
    "BUILD": _drop,
    "STOP": _stop,
}
"""What each instruction that a state dict has does."""
