"""What a classifier says in the end, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.explanation.document import Say
from dataflow_cli.render.text import safe, untrained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.explain.account import Subject
    from dataflow_cli.render.explanation.numbers import Numbers
    from dataflow_cli.trace.prediction import Prediction


def answer_lines(answer: Prediction | None, subject: Subject, value: float, numbers: Numbers) -> Iterator[Say]:
    """The answer, and what it is worth; where one number stands for two classes, how it is read."""
    if answer is None or not answer.candidates:
        return
    yield from _said(answer, subject, value, numbers)
    if answer.init:
        said = untrained(answer.init)
        yield Say(f"{said[:1].upper()}{said[1:]}.")


def _said(answer: Prediction, subject: Subject, value: float, numbers: Numbers) -> Iterator[Say]:
    if not answer.is_sound:
        yield Say("The network gives no answer, for there is NaN among its scores.")
        return
    best, shown = answer.best, numbers.one(value)
    if subject.output_shape != (1,):
        yield Say(f"The network answers {safe(best.label)} ({numbers.one(best.score)}).")
        return
    sigmoid = subject.meaning == "probability"
    word = "probability" if sigmoid else "score"
    limit = "0.5" if sigmoid else "0"
    side = f"from {limit} on" if best.index else f"below {limit}"
    one = next((candidate.label for candidate in answer.candidates if candidate.index == 1), "1")
    yield Say(f"{shown} is the {word} of {safe(one)}; {side} the answer is {safe(best.label)}.")
