"""The room that a panel has on a sheet."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction


@dataclass(frozen=True)
class Room:
    """The width that a panel should fill, and how large one value is to be drawn (None: as large as fits)."""

    width: int
    zoom: Fraction | None = None
    compact: bool = False
    """Average what is wider than the room, instead of going beyond it."""
    zooms: Mapping[str, int] = field(default_factory=dict)
    """How large one value is in tiles of one kin."""
