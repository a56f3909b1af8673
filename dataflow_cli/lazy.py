"""What is made when it is used: NumPy, names that stand in other modules, regular expressions.

Counting parameters needs no arithmetic on arrays, and importing NumPy takes longer than counting. So every file says
`from dataflow_cli.lazy import np` and the import happens at the first attribute that somebody really uses. A module
that hands out names from others says where they stand, and `exports` makes what Python asks: `__getattr__`, `__dir__`.
A regular expression takes as long to compile as a module to import, and most are for what few files hold.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import numpy as np

    pattern = re.compile
else:

    class _LazyNumPy:
        """Stands for the module `numpy` until its first attribute is asked for."""

        def __getattr__(self, name: str) -> Any:
            import numpy  # noqa: ICN001  `np` is this object's own name here

            if _Expected.quiet:
                numpy.seterr(all="ignore")
            self.__dict__.update(vars(numpy))  # from here on a plain attribute look-up, as fast as the module's own
            return getattr(numpy, name)

    np = _LazyNumPy()

    class pattern:  # noqa: N801  it is called as `re.compile` is
        """Stands for a compiled regular expression until its first method is asked for."""

        def __init__(self, text: str | bytes) -> None:
            self._text = text

        def __getattr__(self, name: str) -> Any:
            method = getattr(re.compile(self._text), name)
            self.__dict__[name] = method  # from here on as fast as the compiled one's own
            return method


__all__ = ["exports", "imported", "np", "pattern", "unwarned"]


class _Expected:
    """What is to be said to NumPy once it is there."""

    quiet = False


@contextmanager
def unwarned() -> Iterator[None]:
    """Until the block ends overflow and NaN are values, to be shown and not warned of; NumPy may come in the block."""
    outer, _Expected.quiet = _Expected.quiet, True
    before = np.seterr(all="ignore") if "numpy" in sys.modules else None
    try:
        yield
    finally:
        _Expected.quiet = outer
        if before is not None:
            np.seterr(**before)
        elif not outer and "numpy" in sys.modules:
            np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")  # as NumPy itself starts


def imported(path: str) -> Any:
    """What a path such as `dataflow_cli.api.Network` names: an attribute of a module."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def exports(
    module: str, names: Collection[str], load: Callable[[str], Any]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a module that hands out `names` from elsewhere: `load` gets what one means."""

    def found(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = load(name)
        setattr(sys.modules[module], name, value)  # from here on found without asking
        return value

    return found, lambda: sorted({*names, *(name for name in vars(sys.modules[module]) if name.startswith("__"))})
