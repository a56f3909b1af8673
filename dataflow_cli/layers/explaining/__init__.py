"""What the `explain` of every kind is made of, under one name: `explaining.summed`, `explaining.taken`.

Each is imported when it is first asked for: a network is read, counted and run without a single explanation.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.blocks import carrying, element, mixed, own, silent, weighted
    from dataflow_cli.layers.explaining.explanation import Notation, Use
    from dataflow_cli.layers.explaining.normalized import rescaled, split, spread, standardized, uses
    from dataflow_cli.layers.explaining.starting import from_blocks, largest, mean, moved, summed, winner
    from dataflow_cli.layers.explaining.taking import Taken, taken
    from dataflow_cli.layers.explaining.unrolling import counted, ravelled, unravelled

__all__ = [
    "Notation",
    "Taken",
    "Use",
    "carrying",
    "counted",
    "element",
    "from_blocks",
    "largest",
    "mean",
    "mixed",
    "moved",
    "own",
    "ravelled",
    "rescaled",
    "silent",
    "split",
    "spread",
    "standardized",
    "summed",
    "taken",
    "unravelled",
    "uses",
    "weighted",
    "winner",
]

_HOMES = {
    "blocks": ("carrying", "element", "mixed", "own", "silent", "weighted"),
    "explanation": ("Notation", "Use"),
    "normalized": ("rescaled", "split", "spread", "standardized", "uses"),
    "starting": ("from_blocks", "largest", "mean", "moved", "summed", "winner"),
    "taking": ("Taken", "taken"),
    "unrolling": ("counted", "ravelled", "unravelled"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = found  # from here on found without asking
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
