"""The pickle of a PyTorch file, read by a machine of our own that can make tables of tensors and nothing else.

Python's `pickle` calls what the file names, which is how a model file runs code. Here the standard library only takes
the bytes apart (`pickletools`); what an instruction does is written below, and a name that the file gives is looked up
in a table of what PyTorch writes into state dicts. No name is imported, nothing from the file is called.
"""

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.stored import MOST_AXES
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

PICKLE_LIMIT = 2**26
"""The most bytes of a pickle that are read: more than a hundred thousand tensors."""
_DAMAGED = "the file is damaged or cut off; write or copy it again"
_SAVE = "save its parameters alone, `torch.save(model.state_dict(), 'net.pt')`, and name that file"
_DTYPES = {
    "float32": "float32",
    "float64": "float64",
    "float16": "float16",
    "bfloat16": "bfloat16",
    "uint8": "uint8",
    "int8": "int8",
    "int16": "int16",
    "uint16": "uint16",
    "int32": "int32",
    "uint32": "uint32",
    "int64": "int64",
    "uint64": "uint64",
    "bool": "bool",
}
_STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "BoolStorage": "bool",
}
_BESIDE = frozenset(
    {
        "torch device",
        "argparse Namespace",
        "numpy dtype",
        "numpy.core.multiarray scalar",
        "numpy._core.multiarray scalar",
        "_codecs encode",
        "collections defaultdict",
        "builtins dict",
        "builtins set",
        "__builtin__ set",
        "torch.serialization _get_layout",
    }
)
"""What training scripts save beside the parameters: passed over, made of nothing."""


@dataclass(frozen=True)
class StorageKind:
    """A class of PyTorch's that holds numbers: `torch.FloatStorage`."""

    dtype: str
    """Nothing if the tensor says it (`UntypedStorage`)."""


@dataclass(frozen=True)
class Dtype:
    """`torch.float32`."""

    name: str


@dataclass(frozen=True)
class StorageRef:
    """The numbers that a tensor stands on: a key that the file gives them, and how many there are."""

    key: str
    dtype: str
    count: int


@dataclass(frozen=True)
class TensorRef:
    """A tensor as a view of a storage: `offset`, `shape` and `strides` in elements, none of them checked yet."""

    storage: StorageRef
    dtype: str
    offset: object
    shape: object
    strides: object


class _Beside:
    """A value that is none of tensors."""


@dataclass(frozen=True)
class _Callable:
    """What the file may call, by the name it gives."""

    make: Callable[[tuple[Any, ...]], Any]


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
        if isinstance(function, _Beside):
            self.push(function)
        elif isinstance(function, _Callable) and isinstance(arguments, tuple):
            self.push(function.make(arguments))
        else:
            raise TypeError("calls what is no function")

    def set_items(self, values: list[Any]) -> None:
        """Puts pairs of key and value into the dictionary on top of the stack."""
        target = self.stack[-1]
        if isinstance(target, _Beside):
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
        elif not isinstance(target, _Beside):
            raise TypeError("appends to what is no list")


def _refused(instruction: str) -> Callable[[_Machine, Any], None]:
    def refuse(_machine: _Machine, _: Any) -> None:
        raise FileProblem(f"its pickle has the instruction {instruction}, which no state dict has", hint=_SAVE)

    return refuse


def _global(machine: _Machine, name: str) -> None:
    machine.push(_named(name))


def _stack_global(machine: _Machine, _: Any) -> None:
    module, name = machine.take(2)
    machine.push(_named(f"{module} {name}"))


def _named(name: str) -> Any:
    """What PyTorch's name stands for, `module name`. Raises FileProblem for one that no state dict has."""
    if name in _NAMES:
        return _NAMES[name]
    if name in _BESIDE or name.startswith("pathlib "):
        return _Beside()
    module, _, kind = name.partition(" ")
    shown = printable(f"{module}.{kind}")[:100]
    if module.startswith("torch.nn.modules.") or not module.startswith(("torch", "numpy", "collections")):
        raise FileProblem(f"holds Python objects ({shown}), not only tensors: they can run code", hint=_SAVE)
    raise FileProblem(f"holds {shown}, which is not read", hint=_SAVE)


def _storage(machine: _Machine, _: Any) -> None:
    (reference,) = machine.take(1)
    word, kind, key, _place, count, *_view = reference
    if word != "storage" or not isinstance(kind, StorageKind) or type(count) is not int or count < 0:
        raise ValueError("names a storage in an unknown way")
    machine.push(machine.storages.setdefault(str(key), StorageRef(str(key), kind.dtype, count)))


def _tensor(arguments: tuple[Any, ...]) -> TensorRef:
    """`_rebuild_tensor(storage, offset, shape, strides, ...)`; what follows says how it is trained."""
    storage, offset, shape, strides = arguments[:4]
    return TensorRef(storage, storage.dtype, offset, shape, strides)


def _tensor_of_dtype(arguments: tuple[Any, ...]) -> TensorRef:
    """`_rebuild_tensor_v3(storage, offset, shape, strides, requires_grad, hooks, dtype, ...)`."""
    storage, offset, shape, strides, _grad, _hooks, dtype = arguments[:7]
    return TensorRef(storage, dtype.name, offset, shape, strides)


def _typed(arguments: tuple[Any, ...]) -> Any:
    """`_rebuild_from_type_v2(function, type, arguments, state)`: a tensor with attributes of its own."""
    function, _kind, inner = arguments[:3]
    if not isinstance(function, _Callable):
        raise TypeError("calls what is no function")
    return function.make(inner)


def _ordered(arguments: tuple[Any, ...]) -> dict[Any, Any]:
    """`OrderedDict()`, or of a list of pairs as Python 2 wrote it, which is used up: a bomb would use it again."""
    pairs = arguments[0] if arguments else []
    found = {key: value for key, value in pairs if isinstance(key, str | int)}
    if pairs:
        pairs.clear()
    return found


def _size(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """`torch.Size([3, 4])`."""
    return tuple(arguments[0][: MOST_AXES + 1])


_NAMES: dict[str, Any] = {
    "collections OrderedDict": _Callable(_ordered),
    "torch Size": _Callable(_size),
    "torch._utils _rebuild_tensor": _Callable(_tensor),
    "torch._utils _rebuild_tensor_v2": _Callable(_tensor),
    "torch._utils _rebuild_tensor_v3": _Callable(_tensor_of_dtype),
    "torch._utils _rebuild_parameter": _Callable(lambda arguments: arguments[0]),
    "torch._utils _rebuild_parameter_with_state": _Callable(lambda arguments: arguments[0]),
    "torch._tensor _rebuild_from_type_v2": _Callable(_typed),
    "torch.nn.parameter Parameter": _Callable(lambda arguments: arguments[0]),
    "torch Tensor": _Beside(),
    "torch.storage UntypedStorage": StorageKind(""),
    **{f"torch {name}": StorageKind(dtype) for name, dtype in _STORAGES.items()},
    **{f"torch.cuda {name}": StorageKind(dtype) for name, dtype in _STORAGES.items()},
    **{f"torch {name}": Dtype(dtype) for name, dtype in _DTYPES.items()},
}
"""What the names in a state dict stand for."""


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
    "EMPTY_SET": _constant(_Beside),
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
