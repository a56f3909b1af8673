"""A dense layer as a whole, in the column form of textbooks: a = f(W x + b)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.explanation.answer import answer_lines
from dataflow_cli.render.explanation.document import Document, Matrix, Part, Row, Say, Title
from dataflow_cli.render.explanation.numbers import Numbers, all_whole
from dataflow_cli.render.text import safe, shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.explain.account import VectorAccount
    from dataflow_cli.render.explanation.options import Wanted
    from dataflow_cli.shapes import Array

MOST_INPUTS = 12
"""A wider W is shown by its first columns."""


def vector_document(account: VectorAccount, wanted: Wanted) -> Document:
    """W x + b, then the activation."""
    numbers = Numbers(wanted.precision, whole=_whole(account))
    subject, setting = account.subject, account.setting
    source = f" for {safe(setting.source)}" if setting.source else ""
    units, inputs = account.matrix.shape
    parts: list[Part] = [
        Title(f"{safe(subject.name)}: {_formula(account)}"),
        Say(f"dense of {safe(setting.network)}{source}: {inputs} inputs, {units} units"),
        Say(f"{_input(account)} is {safe(account.operand.name)}, of shape {shape(account.operand.values.shape)}"),
        Row(tuple(_product(account, numbers))),
    ]
    if account.activation:
        function = _column(account.activation, account.sums, numbers)
        parts.append(Row((function, "=", _column(f"a{account.number}", account.values, numbers))))
    if account.values.size == 1:
        parts += answer_lines(account.answer, subject, float(account.values[0]), numbers)
    elif account.answer is not None:
        parts += answer_lines(account.answer, subject, float(account.values.max()), numbers)
    notes = [] if numbers.whole else [f"shown with {wanted.precision} decimals, computed in full"]
    return Document(tuple(parts), tuple(notes))


def _formula(account: VectorAccount) -> str:
    inner = f"W{account.number} {_input(account)}" + (f" + b{account.number}" if account.bias is not None else "")
    return (
        f"a{account.number} = {account.activation}({inner})" if account.activation else f"a{account.number} = {inner}"
    )


def _input(account: VectorAccount) -> str:
    return f"a{account.number - 1}" if account.number else "x"


def _product(account: VectorAccount, numbers: Numbers) -> Iterator[Matrix | str]:
    """W x + b = z."""
    wide = account.matrix.shape[1] > MOST_INPUTS
    yield _matrix(f"W{account.number}", account.matrix[:, :MOST_INPUTS], numbers, more=wide)
    yield "·"
    x = account.operand.values.astype(np.float64)
    column = _column(_input(account), x[:MOST_INPUTS], numbers)
    yield Matrix(column.title, (*column.cells, ("…",))) if wide else column
    if account.bias is not None:
        yield "+"
        yield _column(f"b{account.number}", account.bias, numbers)
    yield "="
    yield _column(f"z{account.number}" if account.activation else f"a{account.number}", account.sums, numbers)


def _column(title: str, values: Array, numbers: Numbers) -> Matrix:
    return _matrix(title, values.reshape(-1, 1), numbers)


def _matrix(title: str, values: Array, numbers: Numbers, *, more: bool = False) -> Matrix:
    cells = iter(numbers.cells(values.reshape(-1).tolist()))
    return Matrix(title, tuple((*(next(cells) for _ in row), *(("…",) if more else ())) for row in values))


def _whole(account: VectorAccount) -> bool:
    arrays = [account.matrix, account.operand.values, account.values, account.sums]
    arrays += [] if account.bias is None else [account.bias]
    return all(all_whole(array.reshape(-1).tolist()) for array in arrays)
