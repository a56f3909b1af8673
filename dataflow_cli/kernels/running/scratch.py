"""Memory that is used again: fresh memory costs more than the arithmetic that fills it.

Every thread has buffers of its own, one a name, which grow to the largest that was asked for. What a kernel takes is
valid until it, or a kernel that it calls, takes the same name again. What it takes after that for the same shape is the
same memory, unless the buffer has grown or is too large to be kept; a workspace goes by that.
"""

from __future__ import annotations

import math
from threading import local
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array


Made = TypeVar("Made")

LARGEST = 2**25
"""Bytes of the largest buffer that is kept; a larger one is made for one use."""
_LINE = 64
"""Bytes of a cache line, at which buffers begin."""
_MOST_VIEWS = 4096
"""Views that are kept."""
_BLOCK = 65_536
"""Elements of a block of constants."""


class _Buffers(local):
    """One thread's buffers, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Array] = {}
        self.views: dict[tuple[str, tuple[int, ...], Any], Array] = {}
        """What was asked for before: finding it again takes a tenth of the time."""
        self.made: dict[Any, Any] = {}
        self.single = 0
        """How many arrays were made for one use."""
        self.block: Any = None
        """What memory that lasts is taken from."""


_buffers = _Buffers()
_constants: dict[tuple[float, str], Array] = {}


def scratch(name: str, shape: tuple[int, ...], dtype: Any) -> Array:
    """An array of any content, in memory that the thread keeps under `name`."""
    key = (name, shape, dtype)
    array = _buffers.views.get(key)
    if array is None:
        array = _viewed(name, shape, np.dtype(dtype))
        if array.nbytes <= LARGEST and len(_buffers.views) < _MOST_VIEWS:
            _buffers.views[key] = array
    return array


def workspace(key: Any, make: Callable[[], Made]) -> Made:
    """What `make` makes of the calling thread's scratch memory, now or before.

    Threads that compute side by side wait for each other while they are in Python; so views are not made twice.
    """
    made: Made | None = _buffers.made.get(key)
    if made is None:
        before = _buffers.single
        made = make()
        if before == _buffers.single and len(_buffers.made) < _MOST_VIEWS:
            _buffers.made[key] = made
    return made


def _viewed(name: str, shape: tuple[int, ...], dtype: Any) -> Array:
    size = math.prod(shape) * dtype.itemsize
    buffer = _buffers.by_name.get(name)
    if buffer is None or buffer.size < size:
        if size <= LARGEST:
            buffer = None  # lets go of the smaller one before the larger one is made
            _buffers.by_name.pop(name, None)
            _buffers.views = {key: view for key, view in _buffers.views.items() if key[0] != name}
            _buffers.made.clear()
            buffer = _buffers.by_name[name] = aligned(size)
        else:
            buffer = aligned(size)
            _buffers.single += 1
    array: Array = buffer[:size].view(dtype).reshape(shape)
    return array


def release() -> None:
    """Let go of the calling thread's buffers."""
    _buffers.block = None
    _buffers.by_name.clear()
    _buffers.views.clear()
    _buffers.made.clear()


def block_of(value: float, dtype: Any) -> Array:
    """A block of one constant. NumPy compares two arrays several times as fast as an array and a number."""
    key = (value, np.dtype(dtype).str)
    if key not in _constants:
        block = np.full(_BLOCK, value, dtype)
        block.flags.writeable = False
        _constants[key] = block
    return _constants[key]


def made(shape: tuple[int, ...], dtype: Any) -> Array:
    """A new array of any content, from the start of a cache line on."""
    kind = np.dtype(dtype)
    array: Array = aligned(math.prod(shape) * kind.itemsize).view(kind).reshape(shape)
    return array


_lasting: WeakValueDictionary[int, Any] = WeakValueDictionary()
"""Who computes in memory that lasts, by identity: minibatch after minibatch goes through it."""


def lasting(who: object, *, on: bool) -> None:
    """From now on, or no longer, somebody computes in memory that lasts. It is in large pages."""
    if on:
        _lasting[id(who)] = who
    else:
        _lasting.pop(id(who), None)


def aligned(size: int) -> Array:
    """New memory of so many bytes, of any content, from the start of a cache line on."""
    if _lasting:
        if _buffers.block is None:
            from dataflow_cli.kernels.running.pages import Pages

            _buffers.block = Pages()
        piece: Array = _buffers.block.piece(size)
        return piece
    raw: Array = np.empty(size + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + size]
