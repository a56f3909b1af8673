"""Three ways: what B has apart from A is held against what a third side, in B's precision, has apart from A.

A port in float16 of a network in float32 errs at every layer, and so does the original when it runs in float16: what is
wrong with the port is what it errs more.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.model import DIFFERS, DRIFT, ROUND_OFF, SAME

if TYPE_CHECKING:
    from dataflow_cli.diff.model import Difference, Pair

MOST = 1.5
"""B's error over the baseline's, as roots of mean squares: up to so much is no worse."""
NOTHING = 2.0**-19
"""Of the scale: what lies no further apart in float32 is no error to compare."""


def against(difference: Difference, baseline: Difference) -> Difference:
    """A comparison of A with B, judged anew by one of A with the baseline."""
    known = {pair.name: pair for pair in baseline.pairs}
    computed = difference.computed
    pairs = tuple(_judged(pair, known.get(pair.name), computed=computed) for pair in difference.pairs)
    first = next((pair for pair in pairs if pair.verdict == DIFFERS), None)
    same = first is not None and difference.first is not None and first.name == difference.first.name
    return replace(
        difference,
        pairs=pairs,
        first=first,
        cause=difference.cause if same else None,
        inputs_differ=first is not None and first.is_input,
        baseline=baseline.b,
    )


def _judged(pair: Pair, base: Pair | None, *, computed: bool) -> Pair:
    """What errs no more than the baseline is round-off; what errs more differs, unless it only hands errors on."""
    found = pair.measures
    if found is None or base is None or base.measures is None or pair.is_input:
        return pair
    over = _over(found.snr, base.measures.snr)
    pair = replace(pair, over=over)
    if pair.verdict == SAME or found.relative <= NOTHING:
        return pair
    if over <= MOST:
        return replace(pair, verdict=ROUND_OFF)
    if computed:
        return replace(pair, verdict=DRIFT) if pair.verdict != DIFFERS else pair
    return replace(pair, verdict=DIFFERS)


def _over(ours: float, theirs: float) -> float:
    """The ratio of two errors, from the signal to noise of both in decibels."""
    if math.isinf(ours) and ours > 0:
        return 0.0
    if math.isinf(theirs) and theirs > 0:
        return math.inf
    if math.isinf(ours) or math.isinf(theirs):  # NaN or infinity in one
        return 1.0 if ours == theirs else math.inf if math.isinf(ours) else 0.0
    return math.pow(10.0, (theirs - ours) / 20)
