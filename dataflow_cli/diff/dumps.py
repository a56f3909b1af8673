"""Two captures without a network: what differs, and where the difference begins to grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.measuring import measured
from dataflow_cli.diff.model import DIFFERS, MISSING, ROUND_OFF, SAME, Difference, Pair
from dataflow_cli.diff.pairing import look, paired
from dataflow_cli.diff.storing import stored_as
from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.shapes import Array

RELATIVE = {"float16": 1e-2, "bfloat16": 5e-2}
"""How far tensors may lie apart, of the reference's largest magnitude, by the type of either."""
USUAL = 1e-3


def compared_dumps(a: Captured, b: Captured, asked: Sequence[str] = ()) -> Difference:
    """Every tensor of A beside its partner of B. Raises InputError if none has one."""
    partner = paired(a.shapes, b.shapes, asked, (lambda name: look(a[name]), lambda name: look(b[name])))
    if not partner:
        raise InputError(
            f"no tensor of {a.source} pairs with one of {b.source}",
            hint=f"A has {', '.join(list(a)[:6])}; B has {', '.join(list(b)[:6])}; --map A=B pairs them",
        )
    pairs = tuple(_pair(a, b, name, partner.get(name)) for name in a)
    return Difference(
        a=a.source,
        b=b.source,
        pairs=pairs,
        unpaired=tuple(name for name in b if name not in partner.values()),
        first=next((pair for pair in pairs if pair.verdict == DIFFERS), None),
        computed=False,
    )


def _pair(a: Captured, b: Captured, name: str, partner: str | None) -> Pair:
    if partner is None:
        return Pair(name, "", "", MISSING, note="no partner")
    left, right = a[name], b[partner]
    way = best(right.shape, left, right)
    if way is None:
        note = f"shape {right.shape} beside {left.shape}"
        return Pair(name, "", partner, DIFFERS, note=note)
    right = way.ours(right)
    outside = _outside(left, right)
    verdict = SAME if np.array_equal(left, right, equal_nan=True) else DIFFERS if outside.any() else ROUND_OFF
    found = measured(left, right, outside, reference=left)
    return Pair(name, "", partner, verdict, measures=found, layout=way.said)


def _outside(left: Array, right: Array) -> Array:
    """Which elements lie further apart than the type allows, of the scale of the whole tensor."""
    finite = np.abs(left[np.isfinite(left)].astype(np.float64))
    scale = float(finite.max()) if finite.size else 0.0
    allowed = max(RELATIVE.get(stored_as(each), USUAL) for each in (left, right)) * scale
    with np.errstate(all="ignore"):
        close = np.abs(left.astype(np.float64) - right) <= allowed
    outside: Array = ~(close | (left == right) | (np.isnan(left) & np.isnan(right)))
    return outside
