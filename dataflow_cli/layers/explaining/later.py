"""What an explanation says of whole inputs, put off until it is asked for: it can take longer than all the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array


class Later(Sequence["Array"]):
    """The roles that `make` gives; it is called once, by who asks first."""

    def __init__(self, make: Callable[[], Sequence[Array]]) -> None:
        self._make = make
        self._made: tuple[Array, ...] | None = None

    @property
    def made(self) -> tuple[Array, ...]:
        """The roles."""
        if self._made is None:
            with np.errstate(all="ignore"):
                self._made = tuple(self._make())
        return self._made

    @overload
    def __getitem__(self, number: int) -> Array: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Array, ...]: ...
    def __getitem__(self, number: int | slice) -> Any:
        return self.made[number]

    def __len__(self) -> int:
        return len(self.made)
