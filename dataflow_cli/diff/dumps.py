"""Two captures without a network: what differs, and where the difference begins to grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.looks import look
from dataflow_cli.diff.measuring import equal, identical, measured
from dataflow_cli.diff.model import DIFFERS, MISSING, ROUND_OFF, SAME, Difference, Pair
from dataflow_cli.diff.pairing import paired
from dataflow_cli.diff.storing import stored_as
from dataflow_cli.diff.tolerance import Allowed
from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.tolerance import Tolerance
    from dataflow_cli.shapes import Array

RELATIVE = {"float16": 1e-2, "bfloat16": 5e-2}
"""How far tensors may lie apart, of the reference's largest magnitude, by the type of either."""
USUAL = 1e-3


def compared_dumps(
    a: Captured, b: Captured, asked: Sequence[str] = (), tolerance: Tolerance | None = None
) -> Difference:
    """Every tensor of A beside its partner of B, by a `tolerance` if one is given. Raises InputError if none pairs."""
    partner = paired(a.shapes, b.shapes, asked, (lambda name: look(a[name]), lambda name: look(b[name]))).partner
    if not partner:
        raise InputError(
            f"no tensor of {a.source} pairs with one of {b.source}",
            hint=f"A has {', '.join(list(a)[:6])}; B has {', '.join(list(b)[:6])}; --map A=B pairs them",
        )
    pairs = tuple(_pair(a, b, name, partner.get(name), tolerance) for name in a)
    return Difference(
        a=a.source,
        b=b.source,
        pairs=pairs,
        unpaired=tuple(name for name in b if name not in partner.values()),
        first=next((pair for pair in pairs if pair.verdict == DIFFERS), None),
        computed=False,
        notes=(*a.notes, *b.notes),
    )


def _pair(a: Captured, b: Captured, name: str, partner: str | None, tolerance: Tolerance | None) -> Pair:
    if partner is None:
        return Pair(name, "", "", MISSING, note="no partner")
    left, right = a[name], b[partner]
    if identical(left, right):
        return Pair(name, "", partner, SAME, measures=equal(left))
    way = best(right.shape, left, right)
    if way is None:
        note = f"shape {right.shape} beside {left.shape}"
        return Pair(name, "", partner, DIFFERS, note=note)
    right = np.ascontiguousarray(way.ours(right))
    if way.said and identical(left, right):
        return Pair(name, "", partner, SAME, measures=equal(left), layout=way.said)
    found = measured(left, right, allowed(left, right, tolerance), reference=left)
    return Pair(name, "", partner, DIFFERS if found.outside else ROUND_OFF, measures=found, layout=way.said)


def allowed(left: Array, right: Array, tolerance: Tolerance | None) -> Callable[[float], Allowed]:
    """What two tensors may have apart: by a tolerance, else what their types allow of the scale of the whole tensor."""
    if tolerance is not None:
        rule = tolerance.allowed(left, right)
        return lambda _: rule
    part = max(RELATIVE.get(stored_as(each), USUAL) for each in (left, right))
    return lambda scale: Allowed(0.0, part * scale)
