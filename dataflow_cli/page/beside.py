"""What a page tells of a network beside its run: what it does over a data set, or what another side made of it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render.diff import diff_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.diff.model import Difference, Pair
    from dataflow_cli.given import Given
    from dataflow_cli.profile.model import LayerProfile, Profile
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace


@dataclass(frozen=True, eq=False)
class Beside:
    """Facts for the manifest; and the other side's tensors, in the order that ours stand in."""

    head: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By tensor."""
    theirs: Mapping[str, Array] = field(default_factory=dict)
    """By tensor, (N, *shape)."""

    def both(self, trace: Trace, name: str) -> Trace:
        """Ours and theirs of a tensor as samples of one run, so that they are drawn on one scale."""
        values = np.concatenate([trace.value(name), self.theirs[name]])
        return replace(trace, samples=2 * trace.samples, sources=2 * trace.sources, values={name: values})

    def apart(self, trace: Trace, name: str) -> Trace:
        """Ours less theirs of a tensor as a run."""
        with np.errstate(all="ignore"):
            apart = trace.value(name).astype(np.float64) - self.theirs[name]
        return replace(trace, values={name: apart})


NOTHING = Beside()


def of_profile(profile: Profile) -> Beside:
    """What a network does over a data set: its dead channels and the numbers of every layer."""
    answers = profile.answers
    head = {
        "samples": profile.samples,
        "data": ", ".join(profile.data),
        "right": None if answers is None else answers.right,
        "judged": None if answers is None else answers.judged,
    }
    return Beside({"profile": head}, {layer.name: _facts(layer, profile) for layer in profile.layers})


def _facts(layer: LayerProfile, profile: Profile) -> dict[str, Any]:
    numbers = {
        "min": layer.low,
        "mean": layer.mean,
        "max": layer.high,
        "std": layer.std,
        "high": layer.percentile(0.999, profile.dtype),
        "zeros": layer.zeros / layer.values if layer.values else None,
        "always_on": len(layer.always_on),
        "saturated": len(layer.saturated),
        "channels": layer.channels if layer.unit else 0,
    }
    dead = {"places": layer.dead.tolist(), "units": layer.channels} if layer.can_die else None
    return {"profile": numbers, **({"dead": dead} if dead else {})}


def sides_of(found: Difference, given: Sequence[Given]) -> tuple[str, str]:
    """What both sides are called: where that is the same, with what was `given` to each and tells them apart."""
    if found.a != found.b:
        return found.a, found.b
    apart = [name for name in _OWN if len({getattr(one, name) for one in given}) > 1]
    one, other = (", ".join([found.a, *(_said(side, name) for name in apart)]) for side in given)
    return (one, other) if one != other else (f"A: {one}", f"B: {other}")


_OWN = {"weights": "its own weights", "dtype": "float32", "inputs": "its example"}
"""What a side may have for itself, and what it has if it is not given."""


def _said(given: Given, name: str) -> str:
    value = getattr(given, name)
    return " ".join(value if isinstance(value, tuple) else [value]) if value else _OWN[name]


def of_difference(found: Difference, theirs: Mapping[str, Array], sides: tuple[str, str] | None = None) -> Beside:
    """What another side made of the same input: A of the comparison is what the page is of. `sides` are their names.

    The error of a layer is its own where that is known, in units of what the arithmetic allows; else its largest
    difference over the scale of the tensor.
    """
    measures = None if found.first is None else found.first.measures
    head = {
        "ours": found.a if sides is None else sides[0],
        "theirs": found.b if sides is None else sides[1],
        "first": "" if found.first is None else found.first.name,
        "at": list(measures.at) if measures is not None else None,
        "lines": [*diff_lines(found)],
        "missing": [pair.name for pair in found.missing],
        "unpaired": list(found.unpaired),
    }
    return Beside({"compared": head}, {pair.name: _apart(pair, found) for pair in found.pairs}, theirs)


def _apart(pair: Pair, found: Difference) -> dict[str, Any]:
    measures = pair.measures
    own = pair.own if found.computed else None
    error = own if own is not None else None if measures is None else measures.relative
    told = {"verdict": pair.verdict, "largest": None if measures is None else measures.largest, "note": pair.note}
    return {"error": error, "comparison": told}
