"""A Profile as a report: a row a layer, a channel or a class."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from dataflow_cli import schemas
from dataflow_cli.lazy import np
from dataflow_cli.profile.answers import no_classes
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.profile.model import LayerProfile, Profile
    from dataflow_cli.shapes import Array

By = Literal["layer", "channel", "class"]
MISTAKES = 10
"""Lines of them that people are shown; JSON has all that are kept."""

_LAYER = (
    Column("name", "layer"),
    Column("type", "type", keep=3),
    Column("output_shape", "output shape", text.shape, keep=5),
    Column("min", "min", text.number, "right", keep=6),
    Column("min_sample", "min in", shown=False, keep=1),
    Column("mean", "mean", text.number, "right", keep=6),
    Column("std", "std", text.number, "right", keep=4),
    Column("max", "max", text.number, "right", keep=6),
    Column("max_sample", "max in", shown=False, keep=1),
    Column("low_range", "0.1 %", text.number, "right", shown=False, keep=2),
    Column("high_range", "99.9 %", text.number, "right", keep=4),
    Column("zeros", "zeros", text.share, "right", keep=6),
    Column("dead", "dead", text.text, "right", told="dead_of", keep=8),
    Column("always_on", "always on", text.text, "right", told="always_on_of", shown=False, keep=5),
    Column("saturated", "saturated", text.text, "right", told="saturated_of", shown=False, keep=7),
    Column("nan", "NaN", text.count, "right", shown=False, keep=7),
    Column("inf", "infinite", text.count, "right", shown=False, keep=7),
    Column("values", "values", text.count, "right", shown=False, keep=1),
    Column("view_of", "the same as", shown=False, keep=1),
)
_CHANNEL = (
    Column("name", "layer"),
    Column("channel", "channel", text.count, "right"),
    Column("state", "state", keep=8),
    Column("min", "min", text.number, "right", keep=5),
    Column("mean", "mean", text.number, "right", keep=6),
    Column("std", "std", text.number, "right", keep=3),
    Column("max", "max", text.number, "right", keep=6),
    Column("low_range", "0.1 %", text.number, "right", shown=False, keep=2),
    Column("high_range", "99.9 %", text.number, "right", keep=4),
    Column("zeros", "zeros", text.share, "right", keep=5),
    Column("for_class", "most for", keep=5),
    Column("lift", "above the others", text.number, "right", shown=False, keep=2),
    Column("top", "excited most by", text.names, wraps=True, keep=4),
)
_CLASS = (
    Column("name", "class"),
    Column("samples", "samples", text.count, "right"),
    Column("right", "right", text.count, "right"),
    Column("accuracy", "accuracy", text.share, "right"),
    Column("taken_for", "taken for", wraps=True),
)
COLUMNS: dict[By, tuple[Column, ...]] = {"layer": _LAYER, "channel": _CHANNEL, "class": _CLASS}


def profile_report(profile: Profile, names: Sequence[str], by: By = "layer") -> Report:
    """The layers called `names`, their channels, or the classes, with answers and what was skipped.

    Raises UnknownName for the classes of a profile without right answers.
    """
    if by == "class" and profile.answers is None:
        raise no_classes()
    layers = [layer for layer in profile.layers if layer.name in names]
    rows = {"layer": _layer_rows, "channel": _channel_rows, "class": _class_rows}[by](profile, layers)
    found = tuple(rows)
    return Report(
        schema=schemas.PROFILE,
        rows_key={"layer": "layers", "channel": "channels", "class": "classes"}[by],
        columns=tuple(_shown(column, found) for column in COLUMNS[by]),
        rows=found,
        title=text.safe(_title(profile)),
        head=_head(profile),
        tail=_tail(profile),
        notes=tuple(_notes(profile)),
    )


_WHERE_ANY = ("dead", "always_on", "saturated", "nan", "inf", "state", "for_class")


def _shown(column: Column, rows: Sequence[dict[str, Any]]) -> Column:
    """A column of what there may be, shown where there is any."""
    if column.key == "high_range":
        return replace(column, shown=any(row[column.key] is not None for row in rows))
    if column.key not in _WHERE_ANY:
        return column
    return replace(column, shown=any(row[column.key] for row in rows))


def _layer_rows(profile: Profile, layers: Sequence[LayerProfile]) -> Iterator[dict[str, Any]]:
    for layer in layers:
        counts = {name: len(getattr(layer, name)) for name in ("dead", "always_on", "saturated")}
        told = {f"{name}_of": _of(count, layer) for name, count in counts.items()}
        yield {
            "name": layer.name,
            "type": layer.type,
            "output_shape": layer.output_shape,
            "min": layer.low,
            "min_sample": profile.name(layer.low_at),
            "mean": layer.mean,
            "std": layer.std,
            "max": layer.high,
            "max_sample": profile.name(layer.high_at),
            "low_range": layer.percentile(1 - RANGE, profile.dtype),
            "high_range": layer.percentile(RANGE, profile.dtype),
            "zeros": layer.zeros / layer.values if layer.values else None,
            **counts,
            **told,
            "nan": layer.nans,
            "inf": layer.infinities,
            "values": layer.values,
            "view_of": layer.view_of,
        }


RANGE = 0.999
"""The share of values below the upper edge of what is shown of a layer's range."""


def _of(count: int, layer: LayerProfile) -> str:
    return f"{count} of {text.several(layer.channels, layer.unit)}" if count else ""


def _channel_rows(profile: Profile, layers: Sequence[LayerProfile]) -> Iterator[dict[str, Any]]:
    for layer in layers:
        if not layer.unit or layer.view_of:
            continue
        states, liked = _states(layer), _liked(layer)
        tally, places = layer.tally, layer.tally.samples * layer.tally.places
        std = layer.deviations
        for channel in range(layer.channels):
            favorite, lift = liked[channel] if liked else (None, None)
            yield {
                "name": layer.name,
                "channel": channel,
                "state": states[channel],
                "min": float(tally.low[channel]),
                "mean": float(tally.mean[channel]),
                "std": float(std[channel]),
                "max": float(tally.high[channel]),
                "low_range": _told(layer.channel_percentile(channel, 1 - RANGE, profile.dtype)),
                "high_range": _told(layer.channel_percentile(channel, RANGE, profile.dtype)),
                "zeros": int(tally.zeros[channel]) / places if places else None,
                "for_class": "" if favorite is None else profile.class_name(favorite),
                "lift": lift,
                "top": () if states[channel] == "dead" else _names(profile, tally.top_at[channel]),
            }


def _told(value: float) -> float | None:
    return None if math.isnan(value) else value


def _names(profile: Profile, samples: Array) -> tuple[str, ...]:
    return tuple(profile.name(int(at)) for at in samples if at >= 0)


def _states(layer: LayerProfile) -> list[str]:
    found = [""] * layer.channels
    for name, channels in (("always on", layer.always_on), ("saturated", layer.saturated), ("dead", layer.dead)):
        for channel in channels:
            found[int(channel)] = name
    return found


def _liked(layer: LayerProfile) -> list[tuple[int | None, float | None]]:
    """The class whose samples excite a channel most, and how far their mean lies above that of the others."""
    if not layer.tally.class_counts.any():
        return []
    return [_most(sums, layer.tally.class_counts) for sums in layer.tally.class_sums.T]


def _most(sums: Array, counts: Array) -> tuple[int | None, float | None]:
    means = np.divide(sums, counts, out=np.full(len(sums), -np.inf), where=counts > 0)
    best = int(means.argmax())
    others = counts.sum() - counts[best]
    lift = float(means[best] - (sums.sum() - sums[best]) / others) if others else 0.0
    return (best, lift) if lift > 0 else (None, None)


def _class_rows(profile: Profile, _layers: Sequence[LayerProfile]) -> Iterator[dict[str, Any]]:
    confusion = () if profile.answers is None else profile.answers.confusion
    for index, row in enumerate(confusion):
        total, right = int(row.sum()), int(row[index])
        wrong = sorted((j for j in range(len(row)) if j != index and row[j]), key=lambda j: (-row[j], j))
        yield {
            "name": profile.class_name(index),
            "samples": total,
            "right": right,
            "accuracy": right / total if total else None,
            "taken_for": ", ".join(f"{profile.class_name(j)} {row[j]:,}" for j in wrong),
        }


def _title(profile: Profile) -> str:
    data = ", ".join(profile.data[:3]) + (f" and {len(profile.data) - 3} more" if len(profile.data) > 3 else "")
    return f"{profile.network} over {text.several(profile.samples, 'sample')} of {data} (weights: {profile.weights})"


def _head(profile: Profile) -> dict[str, Any]:
    return {
        "network": profile.network,
        "file": profile.file,
        "weights": profile.weights,
        "weights_sha256": profile.weights_fingerprint,
        "data": profile.data,
        "samples": profile.samples,
        "chunk": profile.chunk,
        "dtype": profile.dtype,
        "machines": profile.machines,
    }


def _tail(profile: Profile) -> dict[str, Any]:
    answers = profile.answers
    found: dict[str, Any] = {
        "skipped": [
            *({"file": path, "sample": None, "why": why} for path, why in profile.skipped_files),
            *({"file": path, "sample": number, "why": why} for number, path, why in profile.broken),
        ]
    }
    if answers is None:
        return found
    return found | {
        "right": answers.right,
        "judged": answers.judged,
        "confusion": answers.confusion.tolist(),
        "mistakes": [
            {
                "sample": one.sample,
                "name": profile.name(one.sample),
                "right": profile.class_name(one.right),
                "answer": profile.class_name(one.answer),
                "score": one.score,
                "right_score": one.right_score,
            }
            for one in answers.mistakes
        ],
    }


def _notes(profile: Profile) -> Iterator[str]:
    answers = profile.answers
    if answers is not None and answers.judged:
        share = 100 * answers.right / answers.judged
        yield f"accuracy: {answers.right:,} of {answers.judged:,} right, {share:.4g} %"
        shown = answers.mistakes[:MISTAKES]
        width = max((len(text.safe(profile.name(one.sample))) for one in shown), default=0)
        if shown:
            yield f"the surest of {text.several(answers.judged - answers.right, 'mistake')}:"
        for one in shown:
            name, said, right = (
                text.safe(each)
                for each in (profile.name(one.sample), profile.class_name(one.answer), profile.class_name(one.right))
            )
            score = f"{one.score:.4f}" if profile.score == "probability" else text.number(one.score)
            yield f"  {name:<{width}}  {right}, taken for {said} ({score})"
    skipped = len(profile.broken) + len(profile.skipped_files)
    if skipped:
        yield f"skipped: {skipped:,} that could not be read; -f json names them"
    if len(profile.machines) > 1:
        yield f"computed on {len(profile.machines)} kinds of machine: the last bits may differ from one kind's"
