"""Labels as a user gives them: told apart by the outputs that they are of, and by what kind of answer these are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.inputs.labels import given_labels
from dataflow_cli.inputs.targets import given_targets, parted
from dataflow_cli.trace import judging
from dataflow_cli.trace.prediction import labelled

if TYPE_CHECKING:
    from dataflow_cli.trace.model import Trace


def judged(trace: Trace, labels: Any) -> Trace:
    """The trace with what labels say of its answers, by how its outputs are read.

    `labels` are a file or an array, of the first output; files written `OUTPUT=FILE`, several as a tuple; or a mapping
    from outputs. Raises InputError if they do not fit.
    """
    if labels is None:
        return trace
    if isinstance(labels, Mapping):
        pairs: list[tuple[str | None, Any]] = [(str(name), each) for name, each in labels.items()]
    else:
        several = labels if isinstance(labels, tuple) and all(isinstance(each, str) for each in labels) else (labels,)
        files = isinstance(labels, str) or (several is labels and any("=" in each for each in labels))
        pairs = [parted(each, trace.outputs) for each in several] if files else [(None, labels)]
    for output, each in pairs:
        trace = _judged_one(trace, output or trace.outputs[0], each)
    return trace


def _judged_one(trace: Trace, output: str, labels: Any) -> Trace:
    if output not in trace.outputs:
        hint = f"its outputs: {', '.join(trace.outputs)}"
        raise InputError(f"{trace.network} has no output '{output}'", hint=hint, code="E303")
    name = labels if isinstance(labels, str) else "labels"
    if judging.takes_targets(trace, output):
        classes = trace.classes if output == trace.outputs[0] else ()
        return judging.judged(trace, output, given_targets(labels, classes), name)
    return labelled(trace, given_labels(labels, trace.classes), name)
