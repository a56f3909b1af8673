"""A size that is not known yet, such as the length of a sequence, or the height and width of a picture.

Rules of shapes are rules of plain integers. So what is not known is an integer too: one that would do, by which one can
reckon, and that remembers that it is made up. What is reckoned from it is not known either, and is written `?`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PROBE = 20160
"""What stands for a size that is not known: large enough for any window, and whole after any few strides and pools."""


class Unknown(int):
    """A size that is not known: in sums and products an integer that would do, in writing `?`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "?"

    def __reduce__(self) -> tuple[Any, ...]:
        return Unknown, (int(self),)


def _reckoned(name: str) -> Callable[..., Any]:
    """The operation of integers, whose result is not known either."""
    plain = getattr(int, name)

    def operation(*numbers: Any) -> Any:
        result = plain(*numbers)
        if isinstance(result, tuple):
            return tuple(map(Unknown, result))
        return result if result is NotImplemented else Unknown(result)

    operation.__name__ = name
    return operation


_OF_ONE = ("__neg__", "__pos__", "__abs__", "__invert__")
_OF_TWO = ("__add__", "__sub__", "__mul__", "__floordiv__", "__mod__", "__divmod__", "__pow__")
for _name in (*_OF_ONE, *_OF_TWO, *(name.replace("__", "__r", 1) for name in _OF_TWO)):
    setattr(Unknown, _name, _reckoned(_name))


def is_known(sizes: Iterable[int]) -> bool:
    """Whether all of the sizes are known."""
    return not any(isinstance(size, Unknown) for size in sizes)


def known(size: int) -> int | None:
    """The size, or None if it is not known."""
    return None if isinstance(size, Unknown) else size


def standing(sizes: Iterable[int], probe: int = PROBE) -> tuple[int, ...]:
    """The sizes with another number that stands for those that are not known."""
    return tuple(Unknown(probe) if isinstance(size, Unknown) else size for size in sizes)
