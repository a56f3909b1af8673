"""A comparison with its sides exchanged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.model import MISSING, Difference, Pair

if TYPE_CHECKING:
    from dataflow_cli.diff.model import Measures


def flipped(difference: Difference) -> Difference:
    """The same comparison, seen from B: what has no partner in A is missing, and the other way round."""
    pairs = [_flipped(pair) for pair in difference.pairs if pair.verdict != MISSING]
    missing = [Pair(name, "", "", MISSING, note="no partner") for name in difference.unpaired]
    return replace(
        difference,
        a=difference.b,
        b=difference.a,
        pairs=(*pairs, *missing),
        unpaired=tuple(pair.name for pair in difference.missing),
        first=None if difference.first is None else _flipped(difference.first),
    )


def _flipped(pair: Pair) -> Pair:
    measures = None if pair.measures is None else _exchanged(pair.measures)
    return replace(pair, name=pair.partner, partner=pair.name, measures=measures)


def _exchanged(measures: Measures) -> Measures:
    return replace(measures, a=measures.b, b=measures.a)
