"""A comparison of two runs: the answer in words, and every tensor as a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.diff.model import DIFFERS, DRIFT, ROUND_OFF, SAME
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.model import Difference, Measures, Pair

COLUMNS = (
    Column("name", "A"),
    Column("type", "type", keep=3),
    Column("partner", "B", keep=7),
    Column("verdict", "verdict", keep=9),
    Column("max_abs", "max |A - B|", text.number, "right", keep=8),
    Column("where", "where", wraps=True, keep=5),
    Column("at", "at", shown=False, keep=1),
    Column("a", "A there", text.number, "right", shown=False, keep=2),
    Column("b", "B there", text.number, "right", shown=False, keep=2),
    Column("relative", "of the scale", text.number, "right", keep=7),
    Column("own", "own error", text.number, "right", keep=6),
    Column("outside", "outside", text.count, "right", keep=5),
    Column("elements", "elements", text.count, "right", shown=False, keep=1),
    Column("outside_share", "share outside", text.share, "right", keep=3),
    Column("snr", "SNR (dB)", text.number, "right", keep=3),
    Column("cosine", "cosine", text.number, "right", keep=2),
    Column("ulps", "ULP", text.number, "right", keep=2),
    Column("least", "weight seen", text.number, "right", keep=3),
    Column("seen", "weights seen", text.share, "right", shown=False, keep=1),
    Column("segment", "computed with", shown=False, wraps=True, keep=1),
    Column("over", "over baseline's", text.number, "right", shown=False, keep=4),
    Column("layout", "B stands", shown=False, wraps=True, keep=2),
    Column("note", "note", shown=False, wraps=True, keep=2),
)
_EQUAL = (SAME, ROUND_OFF, DRIFT)
_MOST = 5
"""How many names are listed."""


def diff_report(difference: Difference) -> Report:
    """A row a tensor of A, with the answer as notes."""
    first, cause = difference.first, difference.cause
    return Report(
        schemas.DIFF,
        "pairs",
        tuple(_shown(column, difference) for column in COLUMNS),
        tuple(map(_row, difference.pairs)),
        title=text.safe(f"A: {difference.a}, B: {difference.b}"),
        head={
            "a": difference.a,
            "b": difference.b,
            "equal": first is None,
            "first": None if first is None else first.name,
            "inputs_differ": difference.inputs_differ,
            "most": most.name if (most := _most(difference)) is not None else None,
            "cause": None if cause is None else {"found": cause.found, "advice": cause.advice},
            "untried": difference.untried,
            "computed": difference.computed,
            "baseline": difference.baseline or None,
            "notes": difference.notes,
        },
        tail={"missing_in_a": difference.unpaired, "missing_in_b": tuple(pair.name for pair in difference.missing)},
        notes=tuple(diff_lines(difference)),
    )


def _shown(column: Column, difference: Difference) -> Column:
    from dataclasses import replace

    told = column.key in {"layout", "note", "over"}
    telling = told and any(_row(pair)[column.key] not in ("", None) for pair in difference.pairs)
    hidden = column.key in {"own", "type"} and not difference.computed
    return replace(column, shown=(column.shown or telling) and not hidden)


def _row(pair: Pair) -> dict[str, Any]:
    found = pair.measures
    return {
        "name": pair.name,
        "type": pair.type,
        "partner": pair.partner,
        "verdict": pair.verdict,
        "own": pair.own,
        "over": pair.over,
        "least": None if pair.seen is None else pair.seen.least,
        "seen": None if pair.seen is None else pair.seen.share,
        "segment": [*pair.segment],
        "layout": pair.layout,
        "note": pair.note,
        **(dict.fromkeys(_OF_MEASURES) if found is None else _measures(pair, found)),
    }


_OF_MEASURES = (
    *("max_abs", "where", "at", "a", "b", "relative", "outside", "elements", "outside_share", "snr", "cosine", "ulps"),
)


def _measures(pair: Pair, found: Measures) -> dict[str, Any]:
    return {
        "max_abs": found.largest,
        "where": place(pair, found) if found.largest else None,
        "at": [*found.at] if found.largest else None,
        "a": found.a,
        "b": found.b,
        "relative": found.relative,
        "outside": found.outside,
        "elements": found.elements,
        "outside_share": found.outside / found.elements if found.elements else 0.0,
        "snr": found.snr,
        "cosine": found.cosine,
        "ulps": found.ulps,
    }


def place(pair: Pair, found: Measures) -> str:
    """An index in words: `height 0, width 17, channel 5`; of several samples with the number of the sample."""
    sample, *rest = found.at or (0,)
    names = pair.axes if len(pair.axes) == len(rest) else tuple(f"axis {axis}" for axis in range(1, len(rest) + 1))
    words = [f"{name} {number}" for name, number in zip(names, rest, strict=True)]
    return ", ".join([f"sample {sample}", *words] if sample or not words else words)


def diff_lines(difference: Difference) -> Iterator[str]:
    """The answer: the first layer that differs, or that none does; why; and what has no partner."""
    yield from _answer(difference)
    if difference.cause is not None:
        advice = difference.cause.advice
        advice = f". {advice[0].upper()}{advice[1:]}" if advice else ""
        yield text.safe(f"cause: {difference.cause.found}{advice}")
    elif difference.first is not None and difference.computed and not difference.inputs_differ:
        untried = f"; not tried, as the layer is large: {', '.join(difference.untried)}" if difference.untried else ""
        yield f"cause: not known{untried}"
    yield from _losses(difference)
    yield from _partners(difference)
    yield from map(text.safe, difference.notes)


def _answer(difference: Difference) -> Iterator[str]:
    first = difference.first
    if first is None:
        yield _equal(difference)
        return
    kind = f" ({first.type})" if first.type else ""
    partner = f", {first.partner} in B," if first.partner not in ("", first.name) else ""
    yield text.safe(f"{first.name}{kind}{partner} differs{_why(difference, first)}. {_where(first)}")


def _why(difference: Difference, first: Pair) -> str:
    if difference.inputs_differ:
        return ": the inputs are not the same"
    if not difference.computed:
        return ", the first that does"
    if first.own is None and first.measures is not None:
        return ", the first that does; where that is made is not known"
    if first.segment:
        return f": made here or in {', '.join(first.segment[-3:])}, of which nothing was captured; its inputs agree"
    return ": made here, from inputs that lead to something else"


def _where(pair: Pair) -> str:
    found = pair.measures
    if found is None:
        return pair.note
    several = f"{found.outside:,} of {text.several(found.elements, 'element')}"
    if not found.outside:
        several = f"no single one of {text.several(found.elements, 'element')} is far off, all or a channel of them are"
    if pair.over is not None:
        several = f"{text.number(pair.over)} times the baseline's error; {several}"
    at = f"{several}, the largest at {place(pair, found)}: " if found.at else f"{several}: "
    return f"{at}A {text.number(found.a)}, B {text.number(found.b)}"


def _equal(difference: Difference) -> str:
    counts = [f"{difference.counted(verdict)} {verdict}" for verdict in _EQUAL if difference.counted(verdict)]
    missing = len(difference.missing)
    if missing:
        counts.append(f"{missing} without a partner")
    compared = sum(difference.counted(verdict) for verdict in _EQUAL)
    return f"no layer differs: {text.several(compared, 'tensor')} compared, {', '.join(counts)}"


def _most(difference: Difference) -> Pair | None:
    """The layer that makes the largest error, where inputs agree and own errors are known."""
    return difference.most if difference.computed and not difference.inputs_differ else None


def _losses(difference: Difference) -> Iterator[str]:
    most = _most(difference)
    if most is not None and most.measures is not None:
        count = sum(pair.verdict == DIFFERS for pair in difference.pairs)
        snr = text.number(most.measures.snr)
        yield text.safe(f"of {count} layers that differ, {most.name} ({most.type}) loses most: {snr} dB of its own")


def _partners(difference: Difference) -> Iterator[str]:
    for names, there, here in (
        ([pair.name for pair in difference.missing], "A", "B"),
        (list(difference.unpaired), "B", "A"),
    ):
        if names:
            more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            yield text.safe(f"of {there} without a partner in {here}: {', '.join(names[:_MOST])}{more}")
