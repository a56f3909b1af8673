"""What a page tells of a network beside its run: what it does over a data set, or what another side made of it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflow_cli.diff.model import Difference, Pair
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

    def others(self, trace: Trace, name: str) -> Iterator[tuple[str, Trace]]:
        """What is drawn of a tensor beside it: what it is called in the manifest, and a run that has it."""
        if name not in self.theirs:
            return
        theirs = self.theirs[name]
        with np.errstate(all="ignore"):
            apart = trace.value(name).astype(np.float64) - theirs
        yield "their_pictures", replace(trace, values={name: theirs})
        yield "difference_pictures", replace(trace, values={name: apart})


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


def of_difference(found: Difference, theirs: Mapping[str, Array]) -> Beside:
    """What another side made of the same input: A of the comparison is what the page is of.

    The error of a layer is its own where that is known, in units of what the arithmetic allows; else its largest
    difference over the scale of the tensor.
    """
    head = {"ours": found.a, "theirs": found.b, "first": "" if found.first is None else found.first.name}
    return Beside({"compared": head}, {pair.name: _apart(pair, found) for pair in found.pairs}, theirs)


def _apart(pair: Pair, found: Difference) -> dict[str, Any]:
    measures = pair.measures
    own = pair.own if found.computed else None
    error = own if own is not None else None if measures is None else measures.relative
    told = {"verdict": pair.verdict, "largest": None if measures is None else measures.largest, "note": pair.note}
    return {"error": error, "comparison": told}
