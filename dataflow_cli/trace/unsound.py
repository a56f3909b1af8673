"""Where NaN and infinities come from: the step that makes the first of them, and those that only pass them on.

One rule for a table of a run and for the explanation of an element: a step makes NaN if it has some and none of its
inputs has any; it passes NaN on if one of its inputs has. Likewise infinities.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.trace.model import Step

NAN, INFINITE = "NaN", "infinite values"
FINITE = "finite inputs"
INFINITIES = "infinite inputs"
GIVEN = ""
"""What an input of the network makes them of: they came in with it."""
_MOST = 5
"""How many steps are named."""


@dataclass(frozen=True)
class Made:
    """One step that makes NaN, or infinities, of what has none."""

    step: str
    type: str
    of: str
    """FINITE, INFINITIES or GIVEN."""


@dataclass(frozen=True)
class Unsound:
    """NaN, or infinities, in a run: who makes them, in order, and who passes them on."""

    kind: str
    """NAN or INFINITE."""
    made: tuple[Made, ...]
    passed: tuple[str, ...]

    @property
    def words(self) -> str:
        """`NaN: first made by l (log), of finite inputs; passed on by r, e`."""
        first, *more = self.made
        also = f", then by {_listed([one.step for one in more])} too" if more else ""
        passed = f"; passed on by {_listed(self.passed)}" if self.passed else ""
        return f"{self.kind}: {made_words(first.step, first.type, first.of)}{also}{passed}"


def made_words(step: str, kind: str, of: str) -> str:
    """Who made them, of what. `step` may be an element of one."""
    return f"came in with {step}" if of == GIVEN else f"first made by {step} ({kind}), of {of}"


def unsound(steps: Sequence[Step]) -> tuple[Unsound, ...]:
    """What there is to say of a run: nothing, if all its numbers are finite."""
    by_name = {step.name: step for step in steps}
    found = []
    for kind in (NAN, INFINITE):
        having = [step for step in steps if _count(step, kind)]
        names = {step.name for step in having}
        made = tuple(_made(step, by_name, kind) for step in having if not names.intersection(step.inputs))
        if made:
            passed = tuple(step.name for step in having if names.intersection(step.inputs))
            found.append(Unsound(kind, made, passed))
    return tuple(found)


def unsound_at(steps: Sequence[Step], value: float) -> Unsound | None:
    """What there is to say of one element: where the kind of number that it is comes from."""
    kind = NAN if math.isnan(value) else INFINITE if math.isinf(value) else ""
    return next((one for one in unsound(steps) if one.kind == kind), None)


def _count(step: Step, kind: str) -> int:
    return step.statistics.nans if kind == NAN else step.statistics.infinities


def _made(step: Step, by_name: Mapping[str, Step], kind: str) -> Made:
    inputs = [by_name[name] for name in step.inputs if name in by_name]
    other = INFINITE if kind == NAN else NAN
    if step.is_input:
        return Made(step.name, step.type, GIVEN)
    return Made(step.name, step.type, _of(other) if any(_count(each, other) for each in inputs) else FINITE)


def _of(kind: str) -> str:
    return INFINITIES if kind == INFINITE else "inputs that are NaN"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
