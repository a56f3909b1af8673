"""What the `explain` of every kind is made of, under one name: `explaining.summed`, `explaining.taken`.

Each is imported when it is first asked for: a network is read, counted and run without a single explanation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import exports, imported

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.blocks import (
        added,
        carrying,
        element,
        elements,
        mixed,
        own,
        pieces,
        recalled,
        scaled,
        silent,
        sources,
        weighted,
    )
    from dataflow_cli.layers.explaining.explanation import Notation, Use
    from dataflow_cli.layers.explaining.normalized import (
        centred,
        rescaled,
        split,
        spread,
        squares,
        standardized,
        unless_fixed,
        uses,
    )
    from dataflow_cli.layers.explaining.starting import from_blocks, largest, mean, moved, summed, winner
    from dataflow_cli.layers.explaining.taking import Taken, taken
    from dataflow_cli.layers.explaining.unrolling import counted, ravelled, unravelled

__all__ = [
    "Notation",
    "Taken",
    "Use",
    "added",
    "carrying",
    "centred",
    "counted",
    "element",
    "elements",
    "from_blocks",
    "largest",
    "mean",
    "mixed",
    "moved",
    "multiplied",
    "own",
    "pieces",
    "ravelled",
    "recalled",
    "rescaled",
    "scaled",
    "silent",
    "sources",
    "split",
    "spread",
    "squares",
    "standardized",
    "summed",
    "taken",
    "unless_fixed",
    "unravelled",
    "uses",
    "weighted",
    "winner",
]

_NAMES = {
    "blocks": (
        "added",
        "carrying",
        "element",
        "elements",
        "mixed",
        "multiplied",
        "own",
        "pieces",
        "recalled",
        "scaled",
        "silent",
        "sources",
        "weighted",
    ),
    "explanation": ("Notation", "Use"),
    "normalized": ("centred", "rescaled", "split", "spread", "squares", "standardized", "unless_fixed", "uses"),
    "starting": ("from_blocks", "largest", "mean", "moved", "summed", "winner"),
    "taking": ("Taken", "taken"),
    "unrolling": ("counted", "ravelled", "unravelled"),
}

_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__getattr__, __dir__ = exports(__name__, __all__, lambda name: imported(f"{__name__}.{_HOMES[name]}.{name}"))
