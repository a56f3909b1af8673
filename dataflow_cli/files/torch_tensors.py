"""The tensors of a PyTorch file by name: found in what its pickle holds, and read as views of its storages.

A tensor is an offset, a shape and strides over a storage, which others may share (tied weights, parts of one large
buffer). Each is held against the storage's size before anything is read, and only the bytes it spans are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.stored import ITEM_SIZES, TensorHeader, check_memory, check_shape, numbers
from dataflow_cli.files.torch_names import TensorRef
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from dataflow_cli.shapes import Array, Shape

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "params", "weights", "module", "ema")
"""Under which keys training scripts keep the parameters, the likeliest first."""
PREFIXES = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put before every name."""
_MOST_DEPTH = 64
_MOST_HOLDERS = 2**20
"""Dictionaries and lists that are gone through."""
_PART = 2**18
_DAMAGED = "the file is damaged or cut off; write or copy it again"


class Storages(Protocol):
    """The numbers of an open file, by the keys that its pickle gives."""

    big_endian: bool

    def size(self, key: str) -> int:
        """Bytes of a storage. Raises FileProblem if there is none."""

    def read(self, key: str, start: int, count: int) -> Array:
        """`count` bytes from byte `start` on. Raises FileProblem."""

    def close(self) -> None:
        """Closes the file."""


@dataclass(frozen=True)
class View:
    """A tensor whose claims have been held against its storage."""

    header: TensorHeader
    key: str
    offset: int
    """Elements before its first."""
    strides: Shape
    """Elements from one index to the next, by axis."""
    span: int
    """Elements from its first to its last, both included."""


class TorchTensors:
    """The tensors of an open PyTorch file by name."""

    origin = "torch"

    def __init__(self, found: object, storages: Storages) -> None:
        self._storages = storages
        self._tensors = _named(found)

    @property
    def names(self) -> tuple[str, ...]:
        """The tensors' names, in the order of the file."""
        return tuple(self._tensors)

    def header(self, name: str) -> TensorHeader:
        """What a tensor is like. Raises FileProblem if it does not fit its storage."""
        return self._view(name).header

    def read(self, name: str) -> Array:
        """A tensor. Raises FileProblem."""
        view = self._view(name)
        check_memory(view.header)
        return numbers(self._stored(view), view.header).reshape(view.header.shape)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A tensor's data as it is stored, in parts of whole numbers; one with gaps as a whole. Raises FileProblem."""
        view = self._view(name)
        first, length = view.offset * view.header.itemsize, view.header.nbytes
        if view.span != view.header.count:
            check_memory(view.header)
            yield self._stored(view).tobytes()
            return
        for start in range(0, length, _PART):
            yield self._storages.read(view.key, first + start, min(_PART, length - start)).tobytes()

    def _stored(self, view: View) -> Array:
        """The bytes of a tensor's own elements, one behind the other as its shape counts them."""
        size = view.header.itemsize
        spanned = self._storages.read(view.key, view.offset * size, view.span * size).view(f"u{size}")
        steps = [step * size for step in view.strides]
        if not view.header.count:
            return np.zeros(0, np.uint8)
        own: Array = np.lib.stride_tricks.as_strided(spanned, view.header.shape, steps, writeable=False)
        return np.ascontiguousarray(own).reshape(-1).view(np.uint8)

    def _view(self, name: str) -> View:
        try:
            return _checked(self._tensors[name], self._storages)
        except FileProblem as problem:
            raise FileProblem(f"tensor '{name}': {problem.message}", hint=problem.hint or _DAMAGED) from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._storages.close()


def _checked(tensor: TensorRef, storages: Storages) -> View:
    """A tensor's claims against its storage. Raises FileProblem."""
    dtype = tensor.dtype
    if dtype not in ITEM_SIZES:
        raise FileProblem("holds elements of a type that is not read", hint="convert it with .float() before saving")
    shape, strides = check_shape(tensor.shape), check_shape(tensor.strides)
    header = TensorHeader(shape, dtype, storages.big_endian)
    offset = tensor.offset
    if type(offset) is not int or offset < 0 or len(strides) != len(shape):
        raise FileProblem("an offset or strides that no tensor has")
    span = 1 + sum(step * (axis - 1) for step, axis in zip(strides, shape, strict=True)) if header.count else 0
    room = storages.size(tensor.storage.key) // header.itemsize
    if offset + span > room:
        raise FileProblem(f"takes numbers up to {offset + span:,} of a storage of {room:,}")
    if header.count > room:  # strides of 0 make much of little
        raise FileProblem(f"{header.count:,} elements of a storage of {room:,}", hint="save it with .contiguous()")
    return View(header, tensor.storage.key, offset, strides, span)


def _named(found: object) -> dict[str, TensorRef]:
    """The tensors by their names, dots between those of what holds what. Raises FileProblem if there are none."""
    tensors = dict(_walk(_parameters(found), "", set()))
    if not tensors:
        raise FileProblem("holds no tensors", hint="save a state dict, `torch.save(model.state_dict(), 'net.pt')`")
    while prefix := next((one for one in PREFIXES if all(name.startswith(one) for name in tensors)), ""):
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _parameters(found: object) -> object:
    """The parameters among all that a training script saved: what stands under the likeliest key."""
    for _ in range(_MOST_DEPTH):
        if not isinstance(found, dict) or any(isinstance(value, TensorRef) for value in found.values()):
            break
        key = next((key for key in WRAPPERS if _holds_tensors(found.get(key))), None)
        if key is None:
            break
        found = found[key]
    return found


def _holds_tensors(value: object) -> bool:
    return isinstance(value, dict) and next(_walk(value, "", set()), None) is not None


def _walk(value: object, name: str, seen: set[int]) -> Iterator[tuple[str, TensorRef]]:
    """The tensors inside a value. What holds others is gone through once: a pickle may hold itself."""
    if isinstance(value, TensorRef):
        yield _printed(name or "tensor"), value
    elif id(value) not in seen and len(seen) <= _MOST_HOLDERS and name.count(".") < _MOST_DEPTH:
        seen.add(id(value))
        for key, inner in _members(value):
            yield from _walk(inner, f"{name}.{key}" if name else str(key), seen)


def _members(value: object) -> Iterator[tuple[Any, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _printed(name: str) -> str:
    if not name.isprintable():
        raise FileProblem(f"holds a tensor with the name '{printable(name)}'", hint="give it a printable name")
    return name
