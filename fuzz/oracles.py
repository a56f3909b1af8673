"""What must agree for any network that builds: each oracle says so in its name, and raises a Finding if not."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dataflow_cli import network_from_text
from dataflow_cli.errors import DftraceError
from dataflow_cli.layers.arithmetic.reduce import ReduceProduct
from dataflow_cli.layers.quantized.dynamic import DynamicQuantizeLinear
from fuzz.findings import Finding, require
from fuzz.making.indices import numbered
from fuzz.steep import STEEP, STEPS, core, may_be_nan

if TYPE_CHECKING:
    from random import Random

    from dataflow_cli import Network, Trace
    from dataflow_cli.network.model import Node
    from fuzz.command import Answer

TOLERANCE = {"float32": 2e-4, "float64": 1e-9}
"""How far float32 and the account of one number may be off, as a part of what was added up."""
LEAST = 1e-30
"""What is smaller than this may be rounded to nothing."""
_EXPLAINED = 4
"""Elements of a network that are explained."""


class Run:
    """A network with a minibatch, and what came out of it."""

    def __init__(self, network: Network, batch: dict[str, Any]) -> None:
        self.written = network
        """As its file says it, sizes left open included."""
        self.network = network.sized(**{name: x.shape[1:] for name, x in batch.items()})
        self.batch = batch

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.batch.values())))

    @cached_property
    def trace(self) -> Trace:
        """The trace with every tensor."""
        try:
            return self.written.trace(self.batch)
        except DftraceError as error:
            raise Finding(f"a network that builds does not run: {error.code} {error}") from None

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The outputs by name, of the plain prediction."""
        return self.predicted()

    def predicted(self, **how: Any) -> dict[str, Any]:
        """The outputs by name, computed in another way."""
        found = self.network.predict(self.batch, **how)
        return found if isinstance(found, dict) else {self.network.outputs[0]: found}


def it_runs_without_nan(run: Run, _rng: Random) -> None:
    """Tame numbers make no NaN out of nothing."""
    seen: set[str] = set()
    for step in run.trace.steps:
        if step.statistics.nans and not seen & set(step.inputs):
            require(may_be_nan(run, step.name), f"{step.name} ({step.type}) makes NaN")
        seen |= {step.name} if step.statistics.nans or step.statistics.infinities else set()


def it_can_be_written(run: Run, _rng: Random) -> None:
    """As a network file that is read as the same network, and written again as the same text."""
    text = run.network.text()
    again = network_from_text(text)
    wired = [(node.name, node.layer, node.inputs, node.output_shape) for node in run.network.nodes]
    require(wired == [(node.name, node.layer, node.inputs, node.output_shape) for node in again.nodes], "rewired", text)
    require(again.text() == text, "written again it is another text", text, again.text())


def totals_are_sums(run: Run, _rng: Random) -> None:
    """Of the network, of the trace, and of the parameters that were made."""
    nodes = run.network.nodes
    require(run.network.parameter_count == sum(node.parameter_count for node in nodes), "parameters do not add up")
    require(run.network.macs == sum(node.macs for node in nodes), "MACs do not add up")
    require(run.trace.parameter_count == run.network.parameter_count, "the trace counts other parameters")
    require(run.trace.macs == run.network.macs, "the trace counts other MACs")


def shapes_are_the_predicted_ones(run: Run, _rng: Random) -> None:
    """Every tensor has the shape that was worked out without it, and so have the parameters."""
    weights = run.trace.origin[1] if run.trace.origin else None
    for node in run.network.nodes:
        found = run.trace.value(node.name).shape
        require(found == (run.samples, *node.output_shape), f"{node.name} has {found}, not {node.output_shape}")
        require(run.trace.step(node.name).output_shape == node.output_shape, f"{node.name}: the trace's shape")
        for name, parameter in node.parameters.items():
            made = weights.of(node.name)[name].shape if weights else parameter.shape
            require(made == parameter.shape, f"{node.name}/{name} has {made}, not {parameter.shape}")


def statistics_are_those_of_the_tensors(run: Run, _rng: Random) -> None:
    """What was measured tile by tile is what the whole tensor has."""
    for step in run.trace.steps:
        values, measured = run.trace.value(step.name), step.statistics
        finite = values[np.isfinite(values)].astype(np.float64)
        require(measured.count == values.size, f"{step.name}: counted {measured.count} of {values.size}")
        require(measured.zeros == int((values == 0).sum()), f"{step.name}: zeros")
        require(measured.nans == int(np.isnan(values).sum()), f"{step.name}: NaN")
        if finite.size:
            found, known = (measured.low, measured.high), (finite.min(), finite.max())
            require(found == known, f"{step.name}: extremes {found}, not {known}")
            scale = np.abs(finite).max() * 1e-9
            require(abs(measured.average - finite.mean()) <= scale, f"{step.name}: mean")


def predict_is_trace(run: Run, _rng: Random) -> None:
    """To the last bit, for both do the same arithmetic."""
    for name, values in run.outputs.items():
        require(
            _equal(values, run.trace.value(name)), f"predict and trace differ at {name}", *_apart(run, name, values)
        )


def threads_agree(run: Run, rng: Random) -> None:
    """The result does not depend on them."""
    for name, values in run.predicted(threads=rng.choice((2, 3))).items():
        require(_equal(values, run.outputs[name]), f"threads change {name}", *_apart(run, name, values))


def batches_agree(run: Run, rng: Random) -> None:
    """Nor on how many samples go through at once, but for rounding."""
    if run.samples > 1 and _tame(run):
        for name, values in run.predicted(batch=rng.randrange(1, run.samples)).items():
            require(_close(values, run.outputs[name], 1e-4), f"batches change {name}", *_apart(run, name, values))


def dtypes_agree(run: Run, _rng: Random) -> None:
    """Layer by layer, as an error of rounding may grow along the way: float32 is float64 rounded."""
    if run.network.dtype != "float32":
        return
    precise = run.network.trace(run.batch, dtype="float64")
    for node in run.network.nodes:
        mine, other = run.trace.value(node.name), precise.value(node.name)
        if not all(_close(run.trace.value(name), precise.value(name), 1e-5) for name in node.inputs):
            return
        if not np.isfinite(other).all() or getattr(core(node.layer), "epsilon", 1) < 1e-4:
            return
        if _masked_otherwise(run, precise, node):
            return
        if isinstance(core(node.layer), DynamicQuantizeLinear):  # makes as much of numbers that float32 has not
            other = node.layer([run.trace.value(name).astype(np.float64) for name in node.inputs], {})
        if mine.dtype.kind in "iu":  # a tie, or what lies beside one, becomes either neighbour
            apart = np.abs(mine.astype(np.float64) - other.astype(np.float64)).max()
            require(apart <= STEPS, f"float32 and float64 are {apart:g} steps apart at {node.name}", mine, other)
            continue
        if isinstance(core(node.layer), STEEP):  # held to float64 of the same numbers
            other = node.layer([run.trace.value(name).astype(np.float64) for name in node.inputs], {})
            if not np.isfinite(mine).all():
                return
        require(
            _close(mine, other, 1e-2), f"float32 and float64 differ at {node.name} ({node.layer.type})", mine, other
        )


def _masked_otherwise(run: Run, precise: Trace, node: Node) -> bool:
    """Whether a mask lets other places through: of numbers that are 0 but for rounding, or near the middle."""
    masks = node.inputs[len(node.inputs) - node.masks :]
    same = all(np.array_equal(run.trace.value(one) != 0, precise.value(one) != 0) for one in masks)
    return not same or getattr(core(node.layer), "attention_mask", None) is not None


def explain_is_run(run: Run, rng: Random) -> None:
    """The account of a number arrives at it."""
    for _ in range(_EXPLAINED):
        node = rng.choice(run.network.nodes)
        at = tuple(rng.randrange(length) for length in node.output_shape)
        sample = rng.randrange(run.samples)
        account = run.trace.explain(node.name, at, sample)
        value, total = float(run.trace.value(node.name)[(sample, *at)]), account.explanation.total
        require(account.value == value or value != value, f"explain shows another number at {node.name}{at}")  # noqa: PLR0124
        same = value == total or (math.isnan(value) and math.isnan(total))
        scale = max(account.explanation.magnitude, abs(total), abs(value), LEAST)
        same |= isinstance(core(node.layer), ReduceProduct) and not math.isfinite(value)  # on its way to 0, perhaps
        near = same or abs(value - total) <= TOLERANCE[run.network.dtype] * scale
        require(near, f"explain gives {total!r} for {value!r} at {node.name}{list(at)} ({node.layer.type})")
        for form in (str(account), account._repr_markdown_()):
            require(form.strip(), f"nothing is said of {node.name}{at}")


def integers_are_numbers(run: Run, _rng: Random) -> None:
    """Integers that are no indices give what the same numbers give as floats."""
    whole = {name for name, values in run.batch.items() if values.dtype.kind in "iu"}
    if not whole or any(
        numbered(node.layer, node.input_shapes) or node.layer.takes_integers for node in run.network.nodes
    ):
        return
    inputs = tuple(replace(spec, dtype=run.network.dtype) for spec in run.network.inputs)
    same = replace(run.network, inputs=inputs)
    floats = same.trace({name: values.astype(run.network.dtype) for name, values in run.batch.items()})
    for node in run.network.nodes:
        found, known = run.trace.value(node.name), floats.value(node.name)
        if np.isfinite(known).all():
            require(_close(found, known, 1e-4), f"integers change {node.name} ({node.layer.type})", found, known)


def what_is_not_seen_changes_nothing(run: Run, rng: Random) -> None:
    """Outside of its receptive field, every element of the input may change."""
    node = rng.choice(run.network.nodes)
    at = tuple(rng.randrange(length) for length in node.output_shape)
    account = run.trace.explain(node.name, at)
    before = account.value
    changed = dict(run.batch)
    for region in account.regions:
        seen = _mask(run, region)
        changed[region.input] = np.where(seen, run.batch[region.input], run.batch[region.input] + 1)
    spec = {spec.name: spec for spec in run.network.inputs}
    changed = {name: values.astype(spec[name].dtype) for name, values in changed.items()}
    if not np.isfinite(before) or any(values.dtype.kind in "iu" for values in changed.values()):
        return
    after = float(run.network.trace(changed).value(node.name)[(0, *at)])
    values = run.trace.value(node.name)[0]
    scale = 1 + float(np.abs(values[np.isfinite(values)]).max(initial=0))
    require(abs(after - before) <= 1e-4 * scale, f"{node.name}{list(at)} sees more than {account.regions}")


def _mask(run: Run, region: Any) -> Any:
    """Where an input (N, *shape) is seen."""
    spec = next(spec for spec in run.network.inputs if spec.name == region.input)
    seen = np.zeros((run.samples, *spec.shape), bool)
    spans = [slice(first, last + 1) for first, last in region.spans or ()]
    channels = [slice(None)] * (len(spec.shape) - len(spans))
    where = (*channels, *spans) if spec.data_format == "channels_first" else (*spans, *channels)
    seen[(slice(None), *where) if region.spans else ...] = True
    return seen


def params_are_the_networks(run: Run, written: str) -> None:
    """What `params -f json` writes is what runs, and its totals are sums."""
    document = json.loads(written)
    rows = {row["name"]: row for row in document["layers"]}
    is_open = run.written.unsized is not None
    for step in run.trace.steps:
        row = rows[step.name]
        found = [*row["output_shape"], row["params"], row["macs"]]
        known = [*step.output_shape, step.parameters, step.macs]
        agrees = len(found) == len(known) and all(
            one == two or (is_open and one is None) for one, two in zip(found, known, strict=True)
        )
        require(agrees, f"params: the shape or the counts of {step.name}", f"{found} and {known}")
    for name, total in document["totals"].items():
        if name != "output_bytes":
            parts = [row[name] for row in rows.values()]
            summed = None if None in parts else sum(parts)
            require(summed == total, f"params: {name} is {total}, and its rows sum to {summed}")


def check_calls_it_fine(answer: Answer) -> None:
    """A network that ran has no error; a warning may be."""
    require(answer.code == 0, "check refuses a network that runs", answer.out.decode(), answer.messages)


def _tame(run: Run) -> bool:
    """Whether numbers stayed in a range in which rounding is small."""
    return all(np.isfinite(run.trace.value(node.name)).all() for node in run.network.nodes)


def _equal(found: Any, known: Any) -> bool:
    return found.dtype == known.dtype and bool(np.array_equal(found, known, equal_nan=True))


def _close(found: Any, known: Any, tolerance: float) -> bool:
    with np.errstate(all="ignore"):
        scale = 1 + np.abs(known[np.isfinite(known)]).max(initial=0)
        return bool(np.allclose(found, known, rtol=0, atol=tolerance * scale, equal_nan=True))


def _apart(run: Run, name: str, values: Any) -> tuple[Any, ...]:
    """The numbers on both sides, to be shown."""
    return (run.network.node(name).layer, values, run.outputs.get(name, ""))


OF_ANY_NUMBERS = (
    it_can_be_written,
    totals_are_sums,
    shapes_are_the_predicted_ones,
    statistics_are_those_of_the_tensors,
    predict_is_trace,
    threads_agree,
    explain_is_run,
)
"""The oracles that hold also where there is NaN and infinity."""
ALL = (
    *OF_ANY_NUMBERS,
    it_runs_without_nan,
    batches_agree,
    dtypes_agree,
    integers_are_numbers,
    what_is_not_seen_changes_nothing,
)
"""The oracles of a network and a minibatch."""
