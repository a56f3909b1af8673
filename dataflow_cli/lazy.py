"""Hands out NumPy without importing it.

Counting parameters needs no arithmetic on arrays, and importing NumPy takes longer than counting. So every file says
`from dataflow_cli.lazy import np` and the import happens at the first attribute that somebody really uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
else:

    class _LazyNumPy:
        """Stands for the module `numpy` until its first attribute is asked for."""

        def __getattr__(self, name: str) -> Any:
            import numpy  # noqa: ICN001  `np` is this object's own name here

            self.__dict__.update(vars(numpy))  # from here on a plain attribute look-up, as fast as the module's own
            return getattr(numpy, name)

    np = _LazyNumPy()

__all__ = ["np"]
