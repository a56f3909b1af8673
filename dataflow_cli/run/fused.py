"""What is computed at once, with its arrays and the work to be done."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.kernels.running.observer import Observer
    from dataflow_cli.network.chains import Chain
    from dataflow_cli.shapes import Array


class FusedUnit:
    """What is computed at once: a chain of nodes, or a single one."""

    def __init__(self, nodes: Chain, action: Callable[[], Array], observers: tuple[Observer, ...] = ()) -> None:
        self.nodes = nodes
        self.observers = observers
        """One a node, if tiles are observed while they are made."""
        self.array: Array
        """What the last node gives."""
        self.source = ""
        """The tensor that `array` is another view of, with all its elements."""
        self.seconds = 0.0
        self._action: Callable[[], Array] | None = action
        self._computed = False

    def run(self) -> None:
        """Compute it for what is in the input arrays now."""
        self.seconds = 0.0
        if self._action is None:
            return
        started = perf_counter()
        made = self._action()
        if not self._computed:
            self.array = made
        elif made is not self.array:
            self.array[...] = made
        self._computed = True
        self.seconds = perf_counter() - started

    def settle(self) -> None:
        """Never compute it again, and let go of what it was computed from."""
        self._action = None

    def seconds_each(self) -> list[float]:
        """What of the time each node took; where they are made together, in the shares that their tiles took."""
        shares = [observer.seconds for observer in self.observers]
        total = sum(shares) + sum(observer.looking for observer in self.observers)
        if not total:
            return [self.seconds / len(self.nodes)] * len(self.nodes)
        return [self.seconds * share / total for share in shares]
