"""What the user wants measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from machine import cores
from networks import NETWORKS, QUICK, QUICK_SEQUENCES, SEQUENCES

if TYPE_CHECKING:
    from pathlib import Path

    from networks import Measured


@dataclass(frozen=True)
class Options:
    """How much to measure."""

    quick: bool = False
    digits: Path | None = None
    """An .npz with MNIST's `x_test`."""
    alone: bool = False
    """Whether one thread is enough: on a machine that others use, several tell nothing."""

    @property
    def networks(self) -> tuple[Measured, ...]:
        return QUICK if self.quick else NETWORKS

    @property
    def sequences(self) -> tuple[Measured, ...]:
        """The networks of which only the warm forward pass is measured."""
        return QUICK_SEQUENCES if self.quick else SEQUENCES

    @property
    def threads(self) -> tuple[int, ...]:
        """One thread, and one a core."""
        return (1,) if self.quick or self.alone or cores() == 1 else (1, cores())

    def rounds(self, full: int) -> int:
        """So many rounds, or a few."""
        return min(full, 3) if self.quick else full
