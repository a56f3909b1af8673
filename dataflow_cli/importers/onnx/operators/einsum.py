"""Einsum: sums, orders of axes and products that an equation of letters says, two tensors at a time."""

from __future__ import annotations

import re
from dataclasses import replace
from string import ascii_letters
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.files.problem import printable
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.operators.arranging import moved_to
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call

    Value = Held | Constant


@dataclass(frozen=True)
class Operand:
    """A tensor, and the letters of its axes."""

    value: Value
    letters: str

    @property
    def batch(self) -> str:
        """The letter of its samples, if it has some."""
        if isinstance(self.value, Constant) or self.value.batch is None:
            return ""
        return self.letters[self.value.batch]

    def letter_sizes(self) -> dict[str, int]:
        """The length of every axis."""
        return dict(zip(self.letters, self.value.shape, strict=True))


def einsum(call: Call) -> Held:
    """One tensor summed and turned, or the product of two, then of that and a third."""
    given, result = _read(str(call.attribute("equation", "")), [len(value.shape) for value in call.values()])
    operands = [Operand(value, letters) for value, letters in zip(call.values(), given, strict=True)]
    while len(operands) > 1:
        first, second, *rest = operands
        later = result + "".join(each.letters for each in rest)
        joined = first.letters + "".join(one for one in second.letters if one not in first.letters)
        kept = result if not rest else "".join(one for one in joined if one in later)
        operands = [_product(call, first, second, kept, f"_{len(rest)}" if rest else ""), *rest]
    return _arranged(call, operands[0], result)


def _read(equation: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The letters of every operand and of the result, with letters for `...`. Raises FieldError."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks) or not re.fullmatch(r"[a-zA-Z.,]*", left):
        raise FieldError(f"its equation '{printable(equation)}' is none of {len(ranks)} tensors")
    unused = [one for one in ascii_letters[::-1] if one not in equation]
    lengths = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    others = "".join(unused[: max(lengths, default=0)])
    found = [
        term.replace("...", others[len(others) - n :] if n > 0 else "") for term, n in zip(terms, lengths, strict=True)
    ]
    if any(len(letters) != rank for letters, rank in zip(found, ranks, strict=True)):
        raise FieldError(f"its equation '{printable(equation)}' names other axes than its inputs have")
    result = right.replace("...", others) if arrow else others + "".join(_once(found))
    if any(len(set(letters)) < len(letters) for letters in (*found, result)):
        raise FieldError(f"its equation '{printable(equation)}' takes a diagonal, which dftrace does not")
    if set(result) - set("".join(found)):
        raise FieldError(f"its equation '{printable(equation)}' puts out axes that no input has")
    return found, result


def _once(terms: Sequence[str]) -> list[str]:
    """What is put out where the equation does not say it: letters that stand once, in their order."""
    every = "".join(terms)
    return sorted(one for one in set(every) if every.count(one) == 1)


def _arranged(call: Call, operand: Operand, result: str) -> Held:
    """One tensor: what the result lacks is summed, and the rest put in order."""
    held = call.held(operand.value) if isinstance(operand.value, Constant) else operand.value
    summed = _summed(call, Operand(held, operand.letters), result, "_sum" if len(result) > 1 else "")
    order = [summed.letters.index(one) for one in result]
    assert isinstance(summed.value, Held)  # noqa: S101  which it was made
    return moved_to(call, summed.value, order)


def _summed(call: Call, operand: Operand, kept: str, behind: str) -> Operand:
    """The tensor without the axes that are not kept."""
    gone = [place for place, one in enumerate(operand.letters) if one not in kept]
    if not gone:
        return operand
    if isinstance(operand.value, Constant):
        letters = "".join(one for one in operand.letters if one in kept)
        shape = tuple(operand.letter_sizes()[one] for one in letters)
        return Operand(operand.value.changed(lambda array: array.sum(axis=tuple(gone)), shape), letters)
    held = operand.value
    axes = [call.place(held, axis) + 1 for axis in gone]
    batch = None if held.batch is None else held.batch - sum(axis < held.batch for axis in gone)
    found = call.layer("reduce_sum", {"axis": axes}, [held], batch=batch, behind=behind, gives="" if behind else None)
    return Operand(found, "".join(one for one in operand.letters if one in kept))


def _product(call: Call, first: Operand, second: Operand, result: str, behind: str) -> Operand:
    """Two tensors as one that has the letters of `result`."""
    first = _summed(call, first, second.letters + result, f"{behind}_first")
    second = _summed(call, second, first.letters + result, f"{behind}_second")
    if isinstance(first.value, Constant) and isinstance(second.value, Held):
        first, second = second, first
    samples = first.batch or second.batch
    if isinstance(first.value, Held) and isinstance(second.value, Constant) and samples not in second.letters:
        found = _dense(call, first, second, result, behind)
        if found is not None:
            return found
    parts = [_sampled(call, each, samples, result) for each in (first, second)]
    left, right = (each.letters.replace(samples, "") if samples else each.letters for each in parts)
    own = result.replace(samples, "") if samples else result
    n = samples or next(one for one in ascii_letters if one not in first.letters + second.letters + result)
    tensors = [each.value for each in parts if isinstance(each.value, Held)]
    kind, fields = (
        ("matmul", {}) if _is_matmul(left, right, own) else ("einsum", {"equation": f"{n}{left},{n}{right}->{n}{own}"})
    )
    batch = result.index(samples) if samples else None
    held = call.layer(kind, fields, tensors, batch=batch, behind=behind, gives="" if behind else None)
    return Operand(held, result)


def _is_matmul(left: str, right: str, result: str) -> bool:
    """Whether rows of the one meet columns of the other, behind axes that both have."""
    front, rows, columns = left[:-2], left[-2:-1], right[-1:]
    return (
        bool(rows)
        and left[-1:] + columns == right[-2:]
        and right[:-2] == front
        and result == front + rows + columns
        and rows != columns
    )


def _dense(call: Call, first: Operand, second: Operand, result: str, behind: str) -> Operand | None:
    """A layer with weights, where the second is known; None where none has such."""
    assert isinstance(first.value, Held)  # noqa: S101  who calls this has looked
    assert isinstance(second.value, Constant)  # noqa: S101  the same
    gives = "" if behind else None
    rest, last, kernel = first.letters[:-1], first.letters[-1:], second.letters
    if last and sorted(kernel) == sorted(last + result[-1:]) and result == rest + result[-1:] and last != result[-1]:
        weights = second.value if kernel[0] == last else second.value.transposed((1, 0))
        fields: dict[str, Any] = {"units": weights.shape[1], "use_bias": False}
        held = call.layer("dense", fields, [first.value], {"kernel": weights}, behind=behind, gives=gives)
        return Operand(held, result)
    n, place = first.batch, first.value.batch
    if not n or place is None or n not in result or any(one not in first.letters + result for one in kernel):
        return None
    given, wanted = (letters.replace(n, "") for letters in (first.letters, result))
    sizes = {**first.letter_sizes(), **second.letter_sizes()}
    fields = {
        "equation": f"{n}{given},{kernel}->{n}{wanted}",
        "output_dims": [None if one in given else sizes[one] for one in wanted],
    }
    held = call.layer(
        "einsum_dense",
        fields,
        [first.value],
        {"kernel": second.value},
        batch=result.index(n),
        behind=behind,
        gives=gives,
    )
    return Operand(held, result)


def _sampled(call: Call, operand: Operand, samples: str, result: str) -> Operand:
    """The tensor with its samples along the axis of this letter, if that is one of its own."""
    if not isinstance(operand.value, Held):
        operand = replace(operand, value=call.held(operand.value))
    held = operand.value
    assert isinstance(held, Held)  # noqa: S101  which it was made
    if not samples:
        return operand
    if samples not in result:
        call.wants(held, None)
    if operand.batch == samples:
        return operand
    if operand.batch or samples not in operand.letters:
        call.wants(held, operand.letters.index(samples) if samples in operand.letters else None)
        return operand
    place = operand.letters.index(samples)
    if held.shape[place] != 1:
        call.wants(held, place)
    return replace(operand, value=call.alone(held, place))
