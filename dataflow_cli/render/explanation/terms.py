"""Long rows as tables: the largest terms with their places and the rest in one line; the logits of a softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.product import product
from dataflow_cli.kernels.ranking import ranked
from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.lazy import np
from dataflow_cli.render.explanation import names
from dataflow_cli.render.explanation.document import Align, Table
from dataflow_cli.render.explanation.places import listed
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.explain.account import Account
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.render.explanation.numbers import Numbers
    from dataflow_cli.render.explanation.options import Wanted
    from dataflow_cli.shapes import Array

MOST_LOGITS = 12
"""Up to so many are shown in their order."""


def largest_terms(account: Account, block: Block, wanted: Wanted, numbers: Numbers) -> Table:
    """The largest terms of a block with their places, and the others in one line."""
    flat = {name: getattr(block, name).reshape(-1) for name in ("terms", "inside", "contributions")}
    there = np.flatnonzero(flat["inside"])
    weight = flat["contributions"] if block.combine in ("max", "min") else flat["terms"]
    order = there[ranked(np.abs(weight[there]))]
    shown, others = order[: wanted.rows], order[wanted.rows :]
    if not len(others):
        shown = np.sort(shown)
    columns = list(_columns(account, block, shown, numbers))
    rows = [list(row) for row in zip(*(cells for _, _, cells in columns), strict=True)]
    if len(others):
        rest = _rest(block, flat["terms"][others], numbers)
        rows.append([f"{len(others):,} others", *[""] * (len(columns) - 2), rest])
    if block.combine == "sum":
        rows.append(["sum", *[""] * (len(columns) - 2), numbers.one(block.subtotal)])
    aligns = tuple(column[0] for column in columns)
    return Table(tuple(column[1] for column in columns), tuple(map(tuple, rows)), aligns)


def _columns(account: Account, block: Block, shown: Array, numbers: Numbers) -> Iterator[tuple[Align, str, list[str]]]:
    """Alignment, title and cells of every column: the place, the value, its coefficient, what it gives."""
    places = listed(block.places)[shown].tolist()
    name = names.source(account, block) or block.place_name or "middle"
    yield "left", safe(name), [names.index(place, _token(account, block, place)) for place in places]
    for title, beside in block.columns:
        yield "right", title, numbers.cells(beside.reshape(-1)[shown].tolist())
    yield "right", block.value_name, numbers.cells(block.values.reshape(-1)[shown].tolist())
    if block.coefficients is not None:
        yield "right", names.part_of(block), numbers.cells(block.coefficients.reshape(-1)[shown].tolist())
    if block.coefficients is not None or block.term_name != "product":
        yield "right", block.term_name, numbers.cells(block.terms.reshape(-1)[shown].tolist())


def _token(account: Account, block: Block, place: list[int]) -> str:
    """The token of a text that a term is about: a key, or an element of a tensor that goes along the text."""
    if block.place_name == "key":
        return names.token(account.setting, (len(account.setting.tokens),), place)
    if block.recalled is not None or block.input == OWN:
        return ""
    return names.token(account.setting, account.operands[block.input].values.shape[-len(place) :], place)


def _rest(block: Block, terms: Array, numbers: Numbers) -> str:
    """What the terms that are not shown come to."""
    if block.combine == "max":
        return f"at most {numbers.one(float(terms.max()))}"
    if block.combine == "min":
        return f"at least {numbers.one(float(terms.min()))}"
    if block.combine == "product":
        return f"times {numbers.one(float(product(terms)))}"
    return numbers.one(float(terms.sum()))


def logits(account: Account, block: Block, wanted: Wanted, numbers: Numbers) -> Table:
    """The logits with their exponentials, the largest first, the one that is asked about among them."""
    places = listed(block.places)
    values, terms = block.values.reshape(-1), block.terms.reshape(-1)
    own = int(np.flatnonzero((places == np.array(account.at)).all(axis=1))[0])
    labels = account.labels if np.array_equal(places[:, -1:].ravel(), np.arange(len(account.labels))) else ()
    order = ranked(values)
    shown = list(order) if len(order) <= max(wanted.rows, MOST_LOGITS) else list(order[: wanted.rows])
    shown = sorted(shown) if len(shown) == len(order) else shown + ([own] if own not in shown else [])
    rows = [
        (
            f"[{', '.join(map(str, places[i].tolist()))}]{' *' if i == own else ''}",
            *((safe(labels[i]),) if labels else ()),
            numbers.one(float(values[i])),
            numbers.one(float(terms[i])),
        )
        for i in shown
    ]
    if len(shown) < len(order):
        left = float(terms.sum() - terms[shown].sum())
        rows.append((f"{len(order) - len(shown)} others", *(("",) if labels else ()), "", numbers.one(left)))
    label: tuple[str, ...] = ("class",) if labels else ()
    heads = (safe(account.subject.name), *label, block.value_name, block.term_name)
    aligns: tuple[Align, ...] = ("left", "left", "right", "right") if label else ("left", "right", "right")
    return Table(heads, tuple(rows), aligns)
