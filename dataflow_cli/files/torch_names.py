"""What the names in a PyTorch pickle stand for: tensors, storages, types, and what training scripts save beside them.

A name that a file gives is looked up here, and nowhere else: no module is imported for it. What may be called are the
functions of this file, which put records together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.stored import MOST_AXES
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

SAVE = "save its parameters alone, `torch.save(model.state_dict(), 'net.pt')`, and name that file"
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


class Beside:
    """A value that is none of tensors."""


@dataclass(frozen=True)
class Made:
    """What the file may call, by the name it gives."""

    make: Callable[[tuple[Any, ...]], Any]


def named(name: str) -> Any:
    """What PyTorch's name stands for, `module name`. Raises FileProblem for one that no state dict has."""
    if name in _NAMES:
        return _NAMES[name]
    if name in _BESIDE or name.startswith("pathlib "):
        return Beside()
    module, _, kind = name.partition(" ")
    shown = printable(f"{module}.{kind}")[:100]
    if module.startswith("torch.nn.modules.") or not module.startswith(("torch", "numpy", "collections")):
        raise FileProblem(f"holds Python objects ({shown}), not only tensors: they can run code", hint=SAVE)
    raise FileProblem(f"holds {shown}, which is not read", hint=SAVE)


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
    if not isinstance(function, Made):
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
    "collections OrderedDict": Made(_ordered),
    "torch Size": Made(_size),
    "torch._utils _rebuild_tensor": Made(_tensor),
    "torch._utils _rebuild_tensor_v2": Made(_tensor),
    "torch._utils _rebuild_tensor_v3": Made(_tensor_of_dtype),
    "torch._utils _rebuild_parameter": Made(lambda arguments: arguments[0]),
    "torch._utils _rebuild_parameter_with_state": Made(lambda arguments: arguments[0]),
    "torch._tensor _rebuild_from_type_v2": Made(_typed),
    "torch.nn.parameter Parameter": Made(lambda arguments: arguments[0]),
    "torch Tensor": Beside(),
    "torch.storage UntypedStorage": StorageKind(""),
    **{f"torch {name}": StorageKind(dtype) for name, dtype in _STORAGES.items()},
    **{f"torch.cuda {name}": StorageKind(dtype) for name, dtype in _STORAGES.items()},
    **{f"torch {name}": Dtype(dtype) for name, dtype in _DTYPES.items()},
}
"""What the names in a state dict stand for."""
