"""The way from an element back to the input as a document."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.render.explanation import names
from dataflow_cli.render.explanation.document import Document, Part, Say, Table, Title
from dataflow_cli.render.explanation.element import element_document, numbers_for
from dataflow_cli.render.text import safe
from dataflow_cli.render.text import share as percent
from dataflow_cli.trace.unsound import INFINITE, NAN, made_words

if TYPE_CHECKING:
    from dataflow_cli.explain.account import Attribution, AttributionStage, Origin, Setting
    from dataflow_cli.render.explanation.numbers import Numbers
    from dataflow_cli.render.explanation.options import Wanted

SHARES = (
    "A share is an absolute contribution divided by the sum of the absolute contributions, the bias included. Along "
    "a way shares multiply, where ways meet they add up. Only the elements that are shown are followed; what an "
    "activation cut off is followed through the sum before it."
)
BEYOND = "What is NaN carries a NaN alone, and what is infinite an infinity, each as much as another."
MOST_ORIGINS = 5
"""How many places are named where NaN was made."""
SMALL = 1e-4
"""Smaller shares have an exponent."""


def back_document(attribution: Attribution, wanted: Wanted) -> Document:
    """The element itself, then step by step the elements that carry most."""
    account = attribution.account
    document = element_document(account, wanted)
    numbers = numbers_for(account, wanted)
    setting = account.setting
    rows = tuple(row for stage in attribution.stages[1:] for row in _rows(stage, numbers, setting))
    parts: list[Part] = [*document.parts, Title("Back to the input", 2)]
    parts += [Say(f"It sees {names.region(region)}.") for region in account.regions]
    if rows:
        parts.append(Table(("step", "element", "value", "share"), rows, ("left", "left", "right", "right")))
    ends = [Say(_carried(stage)) for stage in attribution.stages if stage.is_input]
    parts += ends or [Say("The shown ways do not reach the input: what they carry comes from parameters and padding.")]
    parts += [Say(_made(one, numbers)) for one in attribution.origins[:MOST_ORIGINS]]
    beyond = () if math.isfinite(account.value) else (BEYOND,)
    return Document(tuple(parts), (*document.notes, SHARES, *beyond), document.planes)


def _made(origin: Origin, numbers: Numbers) -> str:
    """Where NaN, or an infinity, was made: the words of the table of a run, for an element."""
    kind = NAN if math.isnan(origin.value) else INFINITE
    words = made_words(names.element(origin.step, origin.at), origin.type, origin.of)
    made = ", ".join(f"{names.element(name, at)} = {numbers.one(value)}" for name, at, value in origin.sources)
    return f"{kind}: {words}" + (f": {made}" if made else "")


def _rows(stage: AttributionStage, numbers: Numbers, setting: Setting) -> list[tuple[str, ...]]:
    """The step in the first line, its elements, and what they carry together."""
    values = numbers.cells([one.value for one in stage.reached])
    rows: list[tuple[str, ...]] = [
        (
            safe(stage.step) if number == 0 else "",
            names.index(one.at, names.token(setting, stage.shape, one.at)),
            value,
            _share(one.share),
        )
        for number, (one, value) in enumerate(zip(stage.reached, values, strict=True))
    ]
    if len(rows) > 1:
        count = f"{len(rows)} of {stage.elements:,}" if stage.elements > len(rows) else f"all {len(rows)}"
        rows.append(("", count, "", _share(stage.share)))
    return rows


def _carried(stage: AttributionStage) -> str:
    return (
        f"The shown ways reach {len(stage.reached)} of the {stage.elements:,} elements of {safe(stage.step)} at their "
        f"end, which carry {_share(stage.share)} of the value."
    )


def _share(value: float) -> str:
    """A share in percent, also where it is tiny, as it is far back in a deep network."""
    return percent(value) if value >= SMALL or value == 0 else f"{100 * value:.1e} %"
