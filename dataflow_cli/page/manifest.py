"""What the page says of a run: samples, answers, and every tensor with what is known of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.explain.account import TOLERANCE
from dataflow_cli.explain.element import axis_names
from dataflow_cli.folding import grouped
from dataflow_cli.kernels.bins import binned
from dataflow_cli.kernels.statistics import moments
from dataflow_cli.layers.axes import axes_of
from dataflow_cli.lazy import np
from dataflow_cli.page.tour import tour
from dataflow_cli.render.pictures.curves import extent
from dataflow_cli.render.text import untrained
from dataflow_cli.sizes import computed_in
from dataflow_cli.tensors import inner_name, inner_of, layer_of
from dataflow_cli.trace.prediction import predictions
from dataflow_cli.trace.unsound import unsound_at

if TYPE_CHECKING:
    from dataflow_cli.kernels.statistics import Moments
    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step, Trace

TOP = 10
"""Classes of an answer."""
BINS = 32
"""Of a histogram."""


def head(trace: Trace, max_size: int) -> dict[str, Any]:
    """What is said of the run as a whole."""
    plain = [step for step in trace.steps if ":" not in step.name]
    return {
        "schema": schemas.PAGE,
        "version": _version(),
        "network": trace.network,
        "file": trace.file,
        "weights": trace.weights,
        "init": trace.init,
        "dtype": trace.dtype,
        "doubt": untrained(trace.init, trace.weights) if trace.init else "",
        "rounding": TOLERANCE[computed_in(trace.dtype)],
        "classes": list(trace.classes),
        "max_size": max_size,
        "samples": _samples(trace),
        "inputs": [step.name for step in trace.steps if step.is_input],
        "outputs": list(trace.outputs),
        "strip": [
            {"name": group.name, "layers": [one.name for one in group.members]}
            for group in grouped(plain, 0, trace.outputs)
        ],
        "unsound": {"nan": _unsound(trace, math.nan), "infinite": _unsound(trace, math.inf)},
        "compared": None,
        "tour": tour(trace),
    }


def _unsound(trace: Trace, value: float) -> str | None:
    """Where numbers of this kind come from, in words; None if there is none."""
    found = unsound_at(trace.steps, value)
    return None if found is None else found.words


def _version() -> str:
    from importlib.metadata import version

    return version("dftrace")


def _samples(trace: Trace) -> list[dict[str, Any]]:
    answers = predictions(trace, TOP)
    return [
        {
            "source": trace.source(sample),
            "sources": _sources(trace, sample),
            "tokens": list(trace.tokens) if trace.samples == 1 else [],
            "score": trace.score,
            "answer": [
                {"index": one.index, "name": one.label, "value": one.score} for one in answers[sample].candidates
            ]
            if answers
            else [],
        }
        for sample in range(trace.samples)
    ]


def _sources(trace: Trace, sample: int) -> list[str]:
    """What was given for each of several inputs, where that is known."""
    if len(trace.sources_of) < 2 or len(trace.sources) != trace.samples:
        return []
    inputs = [step.name for step in trace.steps if step.is_input]
    return [trace.sources_of[name][sample] if name in trace.sources_of else "" for name in inputs]


def facts(trace: Trace, step: Step, network: Network | None) -> dict[str, Any]:
    """What is said of a tensor, whatever there is room for."""
    node = None if network is None or step.is_input else network.node(step.name)
    inner = inner_of(step.name)
    first = trace.data_format == "channels_first"
    owner = None if network is None or not inner else network.node(layer_of(step.name))
    sums = inner_name(step.name, "sum")
    values = trace.values.get(step.name)
    return {
        "name": step.name,
        "type": step.type,
        "title": "" if node is None else node.layer.title(),
        "is_input": step.is_input,
        "of": layer_of(step.name) if inner else None,
        "inner": "" if owner is None else owner.inner_tensors.get(inner, ""),
        "before": sums if not inner and any(one.name == sums for one in trace.steps) else None,
        "activation": step.activation,
        "inputs": list(step.inputs),
        "shape": list(step.output_shape),
        "axes": list(axis_names(node, trace.data_format))
        if node is not None
        else list(axes_of(len(step.output_shape), channels_first=first)),
        "drawing": {
            "heads": list(step.drawing.heads),
            "by_step": step.drawing.by_step,
            "left_out": [list(places) for places in step.left_out],
        },
        "parameters": []
        if node is None
        else [{"name": name, "shape": list(one.shape)} for name, one in node.parameters.items()],
        "macs": step.macs,
        "parameter_count": step.parameters,
        "receptive_field": None if node is None else _seen(node.receptive_field),
        "seconds": step.seconds,
        "note": step.note,
        "source": step.source,
        "statistics": {
            "all": statistics(step.statistics),
            "samples": [None] * trace.samples if values is None else [statistics(moments(one)) for one in values],
        },
        "histogram": [None] * trace.samples if values is None else [histogram(one) for one in values],
        "error": None,
        "dead": None if step.dead is None else {"places": list(step.dead.places), "units": step.dead.units},
    }


def _seen(size: Any) -> Any:
    return "all" if size is None else list(size)


def statistics(of: Moments) -> dict[str, Any]:
    """Counts, and moments of what is finite."""
    return {
        "count": of.count,
        "zeros": of.zeros,
        "nans": of.nans,
        "infinities": of.infinities,
        "min": of.low,
        "max": of.high,
        "mean": of.average,
        "std": of.std,
    }


def histogram(values: Array) -> dict[str, Any] | None:
    """How many finite values lie where, in bins of one width; nothing if there is none."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return None
    counts, edges = binned(finite, *extent([finite]), BINS if finite.min() < finite.max() else 1)
    return {"edges": edges.tolist(), "counts": counts.tolist()}
