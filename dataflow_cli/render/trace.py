"""A Trace as a report: one row a tensor of the data flow."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.render import text
from dataflow_cli.render.branches import branching
from dataflow_cli.render.report import Column, Report
from dataflow_cli.sizes import HALF, STORED_SIZE
from dataflow_cli.tensors import is_inner
from dataflow_cli.trace.model import Step, Trace, known_sum

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dataflow_cli.shapes import Shape
    from dataflow_cli.trace.heads import Head
    from dataflow_cli.trace.model import Dead
    from dataflow_cli.trace.prediction import Prediction
    from dataflow_cli.trace.unsound import Unsound

BAR = 20
"""Characters of a bar that stands for probability 1."""

COLUMNS = (
    Column("name", "layer"),
    Column("type", "type", keep=4),
    Column("activation", "activation", shown=False, keep=3),
    Column("input_shapes", "input shape", text.shapes, shown=False, wraps=True, keep=2),
    Column("kernel", "kernel", text.window, shown=False, keep=2),
    Column("output_shape", "output shape", text.shape, keep=8),
    Column("params", "parameters", text.count, "right", keep=5),
    Column("share", "share of parameters", text.share, "right", shown=False, keep=2),
    Column("trainable", "trainable", text.count, "right", shown=False, keep=1),
    Column("non_trainable", "non-trainable", text.count, "right", shown=False, keep=1),
    Column("macs", "MACs", text.count, "right", shown=False, keep=2),
    Column("min", "min", text.number, "right", keep=6),
    Column("mean", "mean", text.number, "right", keep=7),
    Column("max", "max", text.number, "right", keep=6),
    Column("std", "std", text.number, "right", shown=False, keep=2),
    Column("zeros", "zeros", text.share, "right", keep=6),
    Column("dead", "dead units", text.text, "right", shown=False, told="dead_of", keep=3),
    Column("nan", "NaN", text.count, "right", shown=False),
    Column("inf", "infinite", text.count, "right", shown=False),
    Column("count", "values", text.count, "right", shown=False, keep=1),
    Column("seconds", "time", text.seconds, "right", shown=False, keep=1),
    Column("note", "note", shown=False, wraps=True, keep=1),
    Column("histogram", "values by power of two", text.histogram, shown=False, wraps=True, keep=1),
    Column("inputs", "connected to", text.names, shown=False, wraps=True, keep=2),
)
_VERBOSE = {"std", "macs", "seconds"}
_ADDED = {"params": "parameters", "macs": "MACs"}
"""The columns that have a total, in words."""
_SPLIT = ("trainable", "non_trainable")
"""Those that the parameters are split into."""
_MOST_SOURCES = 3
"""How many files the title names one by one."""


def trace_report(
    trace: Trace,
    names: Sequence[str],
    predicted: Sequence[Prediction] = (),
    *,
    verbose: bool = False,
    right: int | None = None,
    heads: Sequence[Head] = (),
) -> Report:
    """The steps called `names`, with totals, predictions and, if labels were given, how many were `right`; `heads` are
    the answers of other forms.
    """
    steps = [step for step in trace.steps if step.name in names]
    shapes, total = {step.name: step.output_shape for step in trace.steps}, trace.parameter_count
    rows = tuple(_row(step) | _beside(step, shapes, total) for step in steps)
    wanted = _wanted(rows) | (_VERBOSE if verbose else set())
    if branching((step.name, step.inputs) for step in trace.steps if not is_inner(step.name)):
        wanted.add("inputs")
    columns = tuple(_shown(column, wanted, trace.samples) for column in COLUMNS)
    return Report(
        schema=schemas.TRACE,
        rows_key="steps",
        columns=columns,
        rows=rows,
        title=_title(trace),
        head=_head(trace),
        totals={key: known_sum(row[key] for row in rows) for key in (*_ADDED, *_SPLIT)},
        tail=_unknown(rows) | _tail(trace, predicted, right, heads),
        notes=(
            *_partly(rows, wanted),
            *(text.safe(one.words) for one in _unsound(trace)),
            *_flow(trace, verbose=verbose),
            *_tokens(trace),
            *prediction_lines(trace, predicted, right),
            *_other_lines(trace, predicted, heads),
        ),
    )


def _row(step: Step) -> dict[str, Any]:
    values = step.statistics
    return {
        "name": step.name,
        "type": step.type,
        "activation": step.activation,
        "inputs": step.inputs,
        "kernel": step.window or None,
        "output_shape": step.output_shape,
        "params": step.parameters,
        "trainable": step.trainable,
        "non_trainable": step.non_trainable,
        "macs": step.macs,
        "min": values.low,
        "mean": values.average,
        "max": values.high,
        "std": values.std,
        "zeros": values.zero_share,
        "nan": values.nans,
        "inf": values.infinities,
        "count": values.count,
        "seconds": step.seconds,
        "note": step.note,
        "histogram": None if values.histogram is None else values.histogram.bins,
    }


def _beside(step: Step, shapes: Mapping[str, Shape], total: int | None) -> dict[str, Any]:
    """What a step is beside the others, as far as the trace has them: of what shapes it takes, which part it has."""
    dead = _dead(step)
    return {
        "dead": None if dead is None else len(dead.places),
        "dead_of": _dead_of(step, dead) if dead and dead.places else None,
        "input_shapes": tuple(shapes[name] for name in step.inputs) if shapes.keys() >= {*step.inputs} else None,
        "share": step.parameters / total if total and step.parameters is not None else None,
    }


def _dead(step: Step) -> Dead | None:
    """The dead units, if each was seen more than once: a zero by itself is not death."""
    dead = step.dead
    return dead if dead is not None and step.statistics.count >= 2 * dead.units else None


def _dead_of(step: Step, dead: Dead) -> str:
    return f"{len(dead.places):,} of {dead.units:,} {'units' if len(step.output_shape) == 1 else 'channels'}"


def _unknown(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of how many steps what is added up is not known, for JSON."""
    missing = {key: sum(row[key] is None for row in rows) for key in _ADDED}
    return {"unknown": missing} if any(missing.values()) else {}


def _partly(rows: Sequence[Mapping[str, Any]], wanted: Collection[str]) -> Iterator[str]:
    """What a total is of, where it is not of all steps."""
    for key, missing in _unknown(rows).get("unknown", {}).items():
        if 0 < missing < len(rows) and (key in wanted or key == "params"):
            yield f"total {_ADDED[key]}: of {len(rows) - missing} of {len(rows)} steps, not known of the others"


def _wanted(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The columns that are shown because they have something to say; NaN and infinities always together."""
    telling = {key for key in ("activation", "note", "dead", "nan", "inf") if any(row[key] for row in rows)}
    return telling | ({"nan", "inf"} if telling & {"nan", "inf"} else set())


def _shown(column: Column, wanted: Collection[str], samples: int) -> Column:
    """The column, made visible if it is wanted; shapes of a minibatch have its N in front, as in the chapter."""
    if column.key == "output_shape" and samples > 1:
        return replace(column, show=lambda shape: text.shape((samples, *shape)))
    return replace(column, shown=column.shown or column.key in wanted)


def _title(trace: Trace) -> str:
    sources = _listed(trace.sources)
    if len(trace.sources_of) > 1:
        between = ", " if trace.samples == 1 else "; "
        sources = between.join(f"{name}={_listed(each)}" for name, each in trace.sources_of.items())
    samples = f", {trace.samples:,} samples" if trace.samples > 1 else ""
    weights = f" (weights: {trace.weights})" if trace.weights else ""
    stored = f", stored as {trace.dtype}" if trace.dtype in HALF else ""
    return text.safe(f"{trace.network}: {sources or 'input'}{samples}{weights}{stored}")


def _listed(sources: Sequence[str]) -> str:
    """All of a few, the first and the last of many."""
    return ", ".join(sources) if len(sources) <= _MOST_SOURCES else f"{sources[0]} ... {sources[-1]}"


def _head(trace: Trace) -> dict[str, Any]:
    return {
        "network": trace.network,
        "file": trace.file,
        "weights": trace.weights,
        "init": trace.init or None,
        "sources": trace.sources,
        **({"sources_of": trace.sources_of} if trace.sources_of else {}),
        **({"tokens": trace.tokens} if trace.tokens else {}),
        "samples": trace.samples,
        "dtype": trace.dtype,
    }


def _other_lines(trace: Trace, predicted: Sequence[Prediction], heads: Sequence[Head]) -> Iterator[str]:
    """The answers of other forms, and what labels say of them."""
    if not heads and not trace.judged:
        return
    from dataflow_cli.render.heads import head_lines, judged_lines

    lines = list(head_lines(heads, trace.samples))
    yield from lines
    if lines and trace.init and not predicted:
        yield text.untrained(trace.init)
    yield from judged_lines(trace.judged)


def _others(trace: Trace, heads: Sequence[Head]) -> dict[str, Any]:
    """The same for JSON."""
    from dataflow_cli.render.heads import heads_json, judged_json

    found = {"answers": heads_json(heads)} if heads else {}
    return found | ({"judged": judged_json(trace.judged)} if trace.judged else {})


def _tail(trace: Trace, predicted: Sequence[Prediction], right: int | None, heads: Sequence[Head]) -> dict[str, Any]:
    tail: dict[str, Any] = {}
    if predicted:
        tail["predictions"] = [
            {
                "sample": one.sample,
                "source": one.source,
                "score": trace.score,
                "classes": [{"index": c.index, "label": c.label, trace.score: c.score} for c in one.classes],
            }
            for one in predicted
        ]
    if right is not None:
        tail["accuracy"] = {"right": right, "total": trace.samples, "share": right / trace.samples}
    if heads or trace.judged:
        tail |= _others(trace, heads)
    if found := _unsound(trace):
        tail["unsound"] = [
            {"kind": one.kind, "made": [asdict(each) for each in one.made], "passed_on": one.passed} for one in found
        ]
    tail["warnings"] = [{"code": problem.code, "message": problem.message} for problem in trace.warnings]
    return tail


def _unsound(trace: Trace) -> tuple[Unsound, ...]:
    """Where NaN and infinities come from; most runs have none."""
    if not any(step.statistics.nans or step.statistics.infinities for step in trace.steps):
        return ()
    from dataflow_cli.trace.unsound import unsound

    return unsound(trace.steps)


def _flow(trace: Trace, *, verbose: bool) -> tuple[str, ...]:
    """What flows is not what is learned: both counts, never mixed."""
    if not verbose:
        return ()
    item = STORED_SIZE[trace.dtype]
    learned = trace.parameter_count
    flowing = sum(step.statistics.count for step in trace.steps) // max(trace.samples, 1)
    return (
        f"data: {flowing:,} values a sample flow through {len(trace.steps)} tensors ({text.memory(flowing * item)})",
        *([] if learned is None else [f"learned: {learned:,} parameters ({text.memory(learned * item)})"]),
        "MACs are the multiply-accumulates of convolutions, dense, recurrent and attention layers, a sample",
        "",
    )


def _tokens(trace: Trace) -> tuple[str, ...]:
    """What a text was for the network, with its places."""
    words = [f"{place} {text.safe(token)}" for place, token in enumerate(trace.tokens) if token]
    return (f"tokens: {', '.join(words)}",) if words else ()


def prediction_lines(trace: Trace, predicted: Sequence[Prediction], right: int | None) -> tuple[str, ...]:
    """The answers in words: a line a class with a bar for one sample, a line a sample for several."""
    lines: list[str] = []
    if len(predicted) == 1:
        lines = _ranked(trace, predicted[0])
    elif predicted:
        width = max(len(text.safe(one.source or f"sample {one.sample}")) for one in predicted)
        lines = [_line(trace, one, width) for one in predicted]
        if trace.samples > len(predicted):
            lines.append(f"... and {text.several(trace.samples - len(predicted), 'more sample')}")
        if trace.init:
            lines.append(text.untrained(trace.init))
    if right is not None:
        lines.append(f"accuracy: {right:,} of {trace.samples:,} right, {100 * right / trace.samples:.4g} %")
    return tuple(lines)


def _ranked(trace: Trace, one: Prediction) -> list[str]:
    lines = [f"prediction: {_answer(one)}" + (f"; {text.untrained(one.init)}" if one.init else "")]
    width = max(len(text.safe(candidate.label)) for candidate in one.candidates)
    for candidate in one.candidates:
        bar = "█" * round(BAR * candidate.score) if trace.score == "probability" and 0 <= candidate.score <= 1 else ""
        lines.append(f"  {text.safe(candidate.label):<{width}}  {_score(trace, candidate.score)}  {bar}".rstrip())
    return lines


def _line(trace: Trace, one: Prediction, width: int) -> str:
    name = text.safe(one.source or f"sample {one.sample}")
    return f"{name:<{width}}  {_answer(one)}  {_score(trace, one.best.score).strip()}"


def _answer(one: Prediction) -> str:
    return text.safe(one.best.label) if one.is_sound else "none, for there is NaN among the scores"


def _score(trace: Trace, score: float) -> str:
    return f"{score:.4f}" if trace.score == "probability" else f"{text.number(score):>8}"
