"""A classifier's output as labelled bars: classes by name, with probabilities or logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.ranking import ranked
from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.model import Bars, Row
from dataflow_cli.trace.prediction import class_scores, label

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace

LONGEST_NAME = 28
"""Characters of a class's name."""
ALL_UP_TO = 20
"""So many classes are all shown, in their order; of more only the highest."""


def bars_row(trace: Trace, name: str, top: int) -> Row:
    """The classes of every sample: all in their order if they are few, else the `top` highest, best first."""
    scores = class_scores(trace.value(name), trace.score).astype(np.float64)
    count = scores.shape[1]
    most = count if count <= ALL_UP_TO else min(top, count)
    low, high = _axis(scores, trace.score)
    panels = tuple(_bars(one, most, low, high, trace) for one in scores)
    kind = {"probability": "probabilities", "logit": "logits"}.get(trace.score, "values")
    said = f"{count:,} {kind}" if most == count else f"the {most} highest of {count:,} {kind}"
    return Row(name, (said,), panels)


def _bars(scores: Array, most: int, low: float, high: float, trace: Trace) -> Bars:
    order = ranked(scores)
    chosen = [int(i) for i in (range(len(scores)) if most == len(scores) else order[:most])]
    return Bars(
        names=tuple(_short(text.safe(label(trace.classes, i))) for i in chosen),
        values=tuple(float(scores[i]) for i in chosen),
        texts=tuple(_number(float(scores[i]), trace.score) for i in chosen),
        low=low,
        high=high,
        best=-1 if np.isnan(scores).any() else chosen.index(int(order[0])),
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."


def _axis(scores: Array, score: str) -> tuple[float, float]:
    """From 0 to 1 for probabilities, else from the smallest to the largest of all samples, with zero on the axis."""
    finite = scores[np.isfinite(scores)]
    if score == "probability" or not finite.size:
        return 0.0, 1.0
    low, high = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
    return (low, high) if low < high else (0.0, 1.0)


def _number(value: float, score: str) -> str:
    return f"{value:.4f}" if score == "probability" and np.isfinite(value) else text.number(value)
