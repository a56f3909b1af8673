"""A ProfileComparison as a report, and as the lines that answer what changed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.lazy import np
from dataflow_cli.profile.answers import no_classes
from dataflow_cli.profile.comparison import CHANGED, CLOSE, SAME
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.profile.comparison import ClassChange, LayerChange, ProfileComparison
    from dataflow_cli.profile.model import Profile
    from dataflow_cli.render.profile import By

_MOST = 5
"""Channels, classes and confusions that are named in a line."""
_WAYS = {
    "died": "died",
    "revived": "dead in A alone",
    "saturated": "saturated in B alone",
    "freed": "saturated in A alone",
    "unsound": "NaN or infinite in one alone",
}
"""By field of a LayerChange, what is said of its channels; of the others that their mean or spread moved."""


def _pair(key: str, title: str, keep: int, *, shown: bool = True, show: Any = text.number) -> tuple[Column, Column]:
    """A number of A beside that of B."""
    return tuple(  # type: ignore[return-value]
        Column(f"{key}_{side}", f"{title} {side.upper()}", show, "right", shown=shown, keep=keep) for side in "ab"
    )


_LAYER = (
    Column("name", "layer"),
    Column("type", "type", keep=3),
    Column("verdict", "verdict", keep=9),
    Column("changed", "channels changed", text.text, "right", told="changed_of", keep=8),
    Column("shift", "largest shift", text.number, "right", keep=7),
    Column("shift_channel", "in channel", text.count, "right", shown=False, keep=5),
    *_pair("mean", "mean", 6),
    *_pair("std", "std", 5),
    *_pair("min", "min", 3, shown=False),
    *_pair("max", "max", 4),
    *_pair("high_range", "99.9 %", 2, shown=False),
    *_pair("zeros", "zeros", 4, show=text.share),
    *_pair("dead", "dead", 7, show=text.count),
    *_pair("saturated", "saturated", 7, show=text.count),
    Column("beyond", "B beyond A's range", text.share, "right", keep=6),
)
_CHANNEL = (
    Column("name", "layer"),
    Column("channel", "channel", text.count, "right"),
    Column("verdict", "verdict", shown=False, keep=3),
    Column("what", "what changed", keep=9),
    Column("shift", "shift", text.number, "right", keep=8),
    *_pair("mean", "mean", 7),
    *_pair("std", "std", 6),
    *_pair("max", "max", 4),
    *_pair("zeros", "zeros", 5, show=text.share),
)
_CLASS = (
    Column("name", "class"),
    Column("verdict", "verdict"),
    *_pair("samples", "samples", 5, show=text.count),
    *_pair("right", "right", 6, show=text.count),
    *_pair("accuracy", "accuracy", 9, show=text.share),
    Column("taken_for", "taken for", wraps=True, keep=7),
)
COLUMNS: dict[By, tuple[Column, ...]] = {"layer": _LAYER, "channel": _CHANNEL, "class": _CLASS}
_WHERE_ANY = ("dead_a", "dead_b", "saturated_a", "saturated_b")


def comparison_report(found: ProfileComparison, by: By = "layer", *, everything: bool = True) -> Report:
    """A row a layer, a channel that changed (or every one), or a class, with the answer as notes.

    Raises UnknownName for the classes of profiles that do not both know right answers.
    """
    if by == "class" and found.whole is None:
        raise no_classes()
    rows = {"layer": _layer_rows, "channel": _channel_rows, "class": _class_rows}[by](found, everything)
    listed = tuple(rows)
    return Report(
        schema=schemas.PROFILE_DIFF,
        rows_key={"layer": "layers", "channel": "channels", "class": "classes"}[by],
        columns=tuple(_shown(column, listed) for column in COLUMNS[by]),
        rows=listed,
        title=text.safe(f"A: {found.sources[0]}, B: {found.sources[1]}"),
        head=_head(found),
        tail={"missing_in_a": found.unpaired, "missing_in_b": found.missing, "confused": _all_confused(found)},
        notes=tuple(comparison_lines(found)),
    )


def _shown(column: Column, rows: Sequence[dict[str, Any]]) -> Column:
    """A column of what there may be, shown where there is any in A or in B."""
    if column.key not in _WHERE_ANY:
        return column
    both = [f"{column.key[:-1]}{side}" for side in "ab"]
    return replace(column, shown=any(row[key] for row in rows for key in both))


def _layer_rows(found: ProfileComparison, _everything: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001
    dtypes = {"a": found.a.dtype, "b": found.b.dtype}
    for layer in found.layers:
        worst = int(np.abs(layer.shift).argmax()) if len(layer.shift) else 0
        row: dict[str, Any] = {
            "name": layer.name,
            "type": layer.a.type,
            "verdict": layer.verdict,
            "changed": len(layer.changed),
            "changed_of": _of(layer),
            "shift": float(layer.shift[worst]) if len(layer.shift) else None,
            "shift_channel": worst if layer.a.unit else None,
            "beyond": _told(layer.beyond(dtypes["b"])),
        }
        for side, one in (("a", layer.a), ("b", layer.b)):
            row |= {
                f"mean_{side}": one.mean,
                f"std_{side}": one.std,
                f"min_{side}": one.low,
                f"max_{side}": one.high,
                f"high_range_{side}": one.percentile(0.999, dtypes[side]),
                f"zeros_{side}": one.zeros / one.values if one.values else None,
                f"dead_{side}": len(one.dead),
                f"saturated_{side}": len(one.saturated),
            }
        yield row


def _told(value: float) -> float | None:
    return None if math.isnan(value) else value


def _of(layer: LayerChange) -> str:
    count = len(layer.changed)
    return f"{count} of {text.several(layer.a.channels, layer.a.unit)}" if count and layer.a.unit else ""


def _channel_rows(found: ProfileComparison, everything: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001
    for layer in found.layers:
        if not layer.a.unit or layer.a.view_of:
            continue
        ways, changed = _ways(layer), frozenset(layer.changed.tolist())
        for channel in range(layer.a.channels) if everything else sorted(changed):
            row: dict[str, Any] = {
                "name": layer.name,
                "channel": channel,
                "verdict": CHANGED if channel in changed else CLOSE,
                "what": ways.get(channel, ""),
                "shift": float(layer.shift[channel]),
            }
            for side, one in (("a", layer.a), ("b", layer.b)):
                places = one.tally.samples * one.tally.places
                row |= {
                    f"mean_{side}": float(one.tally.mean[channel]),
                    f"std_{side}": float(one.deviations[channel]),
                    f"max_{side}": float(one.tally.high[channel]),
                    f"zeros_{side}": int(one.tally.zeros[channel]) / places if places else None,
                }
            yield row


def _ways(layer: LayerChange) -> dict[int, str]:
    """By channel that changed, how."""
    found = dict.fromkeys(map(int, layer.moved), "mean or spread")
    for field, said in _WAYS.items():
        found |= dict.fromkeys(map(int, getattr(layer, field)), said)
    return found


def _class_rows(found: ProfileComparison, _everything: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001
    for one in found.classes:
        taken = [each for each in found.confused if each.right == one.name][:_MOST]
        row: dict[str, Any] = {
            "name": one.name,
            "verdict": CHANGED if one.changed else CLOSE,
            "taken_for": ", ".join(f"{each.answer} {each.counts[0]:,} -> {each.counts[1]:,}" for each in taken),
        }
        for number, side in enumerate("ab"):
            row |= {
                f"samples_{side}": one.samples[number],
                f"right_{side}": one.right[number],
                f"accuracy_{side}": one.accuracy[number],
            }
        yield row


def _head(found: ProfileComparison) -> dict[str, Any]:
    return {
        "a": found.sources[0],
        "b": found.sources[1],
        "equal": not found.changed,
        "first": None if found.first is None else found.first.name,
        "accuracy": None if found.whole is None else {"a": found.whole.accuracy[0], "b": found.whole.accuracy[1]},
        "notes": tuple(_sides(found)),
    }


def _all_confused(found: ProfileComparison) -> list[dict[str, Any]]:
    return [
        {"right": one.right, "answer": one.answer, "a": one.counts[0], "b": one.counts[1]} for one in found.confused
    ]


def comparison_lines(found: ProfileComparison) -> Iterator[str]:
    """The answer: the first layer that changed and how, what became of the answers, and what the two are of."""
    first = found.first
    if first is None:
        counts = [f"{found.counted(verdict)} {verdict}" for verdict in (SAME, CLOSE) if found.counted(verdict)]
        yield f"no layer changed: {text.several(len(found.layers), 'tensor')} compared, {', '.join(counts)}"
    else:
        yield text.safe(_changed(first, found))
    yield from _accuracy(found)
    for names, there, here in ((found.missing, "A", "B"), (found.unpaired, "B", "A")):
        if names:
            listed = _listed(list(names))
            yield text.safe(f"of {there} without a partner of its shape in {here}: {listed}")
    yield from map(text.safe, _sides(found))


def _changed(first: LayerChange, found: ProfileComparison) -> str:
    others = found.counted(CHANGED) - 1
    more = f", and {text.several(others, 'layer')} after it" if others else ""
    if first.a.is_input:
        return f"{first.name} itself changed, what goes in{more}: {_how(first)}"
    return f"{first.name} ({first.a.type}) is the first that changed{more}: {_how(first)}"


def _how(layer: LayerChange) -> str:
    """`2 of 32 channels died (4, 9), 5 moved, channel 3 by 1.2 standard deviations`."""
    parts, told = [], set()
    for field, said in _WAYS.items():
        channels = getattr(layer, field).tolist()
        if channels:
            parts.append(f"{len(channels)} {said} ({_listed(list(map(str, channels)))})")
            told |= set(channels)
    moved = [channel for channel in layer.moved.tolist() if channel not in told]
    if moved:
        worst = max(moved, key=lambda channel: abs(layer.shift[channel]))
        who = f"{len(moved)} moved, {layer.a.unit} {worst} most: its" if layer.a.channels > 1 else "its"
        parts.append(
            f"{who} mean {text.number(layer.a.tally.mean[worst])} -> "
            f"{text.number(layer.b.tally.mean[worst])}, standard deviation {text.number(layer.a.deviations[worst])} -> "
            f"{text.number(layer.b.deviations[worst])}"
        )
    whole = f"of {text.several(layer.a.channels, layer.a.unit)} " if layer.a.channels > 1 else ""
    return whole + ", ".join(parts)


def _accuracy(found: ProfileComparison) -> Iterator[str]:
    whole = found.whole
    if whole is None or None in whole.accuracy:
        return
    before, after = (f"{100 * share:.4g} %" for share in whole.accuracy if share is not None)
    chance = "" if whole.changed or before == after else ", which chance may do"
    yield f"accuracy: {before} -> {after}{chance}"
    worse = [one for one in found.classes if one.changed]
    if worse:
        yield text.safe(f"classes that changed: {_listed([_class(one) for one in worse])}")
    if found.confused and (whole.changed or worse):
        most = [f"{one.right} taken for {one.answer} {one.counts[0]:,} -> {one.counts[1]:,}" for one in found.confused]
        yield text.safe(f"most of it: {_listed(most)}")


def _class(one: ClassChange) -> str:
    before, after = (text.share(share) for share in one.accuracy)
    return f"{one.name} ({before} -> {after})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _sides(found: ProfileComparison) -> Iterator[str]:
    """What the two have apart before any number is looked at."""
    a, b = found.a, found.b
    if a.network != b.network:
        yield f"of two networks: A {a.network}, B {b.network}"
    if a.weights_fingerprint != b.weights_fingerprint:
        yield f"with other weights: A {a.weights}, B {b.weights}"
    if (a.data, a.samples) != (b.data, b.samples):
        yield f"over other data: A {_data(a)}, B {_data(b)}"
    if a.dtype != b.dtype:
        yield f"in other numbers: A {a.dtype}, B {b.dtype}"
    for side, one in (("A", a), ("B", b)):
        skipped = len(one.broken) + len(one.skipped_files)
        if skipped:
            yield f"{side} skipped {text.several(skipped, 'sample or file')} that could not be read"
    if (a.answers is None) != (b.answers is None):
        yield f"only {'B' if a.answers is None else 'A'} knows right classes, so answers are not compared"
    elif a.answers and b.answers and found.whole is None:
        yield "of another number of classes, so answers are not compared"


def _data(profile: Profile) -> str:
    more = f" and {len(profile.data) - 1} more" if len(profile.data) > 1 else ""
    return f"{text.several(profile.samples, 'sample')} of {profile.data[0] if profile.data else 'nothing'}{more}"
