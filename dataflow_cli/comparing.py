"""Compares two sides, each a network with its input or tensors that were captured: what `dftrace diff` does."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.api import traced
from dataflow_cli.diff.captured import Captured, half, open_captured
from dataflow_cli.diff.causes.stated import stated
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.dumps import compared_dumps
from dataflow_cli.diff.flipped import flipped
from dataflow_cli.diff.order import in_our_order
from dataflow_cli.diff.run import Run
from dataflow_cli.diff.whole import computes_whole, meant
from dataflow_cli.errors import DftraceError, InputError, OutputError
from dataflow_cli.explain.origin import network_of, origin_of
from dataflow_cli.files.npz import open_npz
from dataflow_cli.files.npz_stream import NpzStream
from dataflow_cli.files.problem import reported
from dataflow_cli.importers.open import is_model_file
from dataflow_cli.lazy import np, unwarned
from dataflow_cli.netfile.limits import MAX_BYTES
from dataflow_cli.network.build import OWN, network_from_text
from dataflow_cli.network.sizing import shapes_of, sized
from dataflow_cli.records import dataclass
from dataflow_cli.run.given import network_given, weights_of
from dataflow_cli.trace.passing import PassingValues
from dataflow_cli.trace.stored import stored_name
from dataflow_cli.trace.writing import TensorWriter
from dataflow_cli.weights.passing import passing_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from dataflow_cli.diff.causes.stated import Stated
    from dataflow_cli.diff.model import Difference
    from dataflow_cli.diff.tolerance import Tolerance
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights

    Side = Run | Captured


_ROUNDING = ("", "float16", "bfloat16")


class Lacking(Exception):  # noqa: N818  never leaves this module
    """The weights of a saved trace, which are gone or others by now."""


@unwarned()
def difference(
    a: str,
    b: str,
    given_a: Given,
    given_b: Given,
    asked: Sequence[str] = (),
    *,
    tolerance: Tolerance | None = None,
    baseline: str | None = None,
) -> Difference:
    """What two sides have apart. `asked` are pairs that the user names, `NAME_IN_A=NAME_IN_B`.

    With a `tolerance` elements are compared by that, and no layer is computed anew. A `baseline`, which is given what B
    is given, is the measure of B's errors.

    Raises:
        InputError: if a side cannot be read, or nothing pairs.
        NetworkError, WeightsError, LimitError: as running a network does.
        UnknownName: if `asked` names what is not there.
    """
    with ExitStack() as held:
        left = _side(a, given_a, held)
        found = _compared(left, _side(b, given_b, held), asked, tolerance)
        return found if baseline is None else _measured(found, left, _side(baseline, given_b, held), tolerance)


def _measured(found: Difference, left: Side, baseline: Side, tolerance: Tolerance | None) -> Difference:
    """What was found, by the measure of a baseline's errors."""
    from dataflow_cli.diff.baseline import against

    return against(found, _compared(left, baseline, (), tolerance))


@dataclass(frozen=True, eq=False)
class Sides:
    """A comparison with the tensors of both sides."""

    found: Difference
    ours: Trace
    """The run that all is seen from, with all its tensors."""
    theirs: Mapping[str, Array]
    """By our names and in our order; those that have a partner of their shape."""


@unwarned()
def both_sides(
    a: str,
    b: str,
    given_a: Given,
    given_b: Given,
    asked: Sequence[str] = (),
    *,
    tolerance: Tolerance | None = None,
    baseline: str | None = None,
) -> Sides:
    """What `difference` finds, and all tensors in memory: those of A if it is a network, else those of B are ours.

    Raises what `difference` raises, and InputError if neither side is a network.
    """
    with ExitStack() as held:
        left, right = _side(a, given_a, held), _side(b, given_b, held)
        found = _compared(left, right, asked, tolerance)
        if baseline is not None:
            found = _measured(found, left, _side(baseline, given_b, held), tolerance)
        if isinstance(left, Run):
            return _sides(found, left, _captured(right))
        if isinstance(right, Run):
            return _sides(flipped(found), right, _captured(left))
    raise InputError("a page shows the layers of a network, and both sides are captures", hint="name the network as A")


def _sides(found: Difference, run: Run, other: Captured) -> Sides:
    ours = {step.name: np.array(run.values[step.name]) for step in run.trace.steps}
    pairs = [(pair.name, pair.partner) for pair in found.pairs if pair.partner]
    turned = {name: in_our_order(run, name, other[partner]) for name, partner in pairs}
    theirs = {name: np.array(array) for name, array in turned.items() if array is not None}
    return Sides(found, replace(run.trace, values=ours), theirs)


def _compared(left: Side, right: Side, asked: Sequence[str], tolerance: Tolerance | None) -> Difference:
    if tolerance is not None:
        return compared_dumps(_captured(left), _captured(right), asked, tolerance)
    runs = [side for side in (left, right) if isinstance(side, Run)]
    # what is judged is the side that rounds more, by the one that computes with numbers and not with whole ones
    runs.sort(key=lambda run: (computes_whole(run), _ROUNDING.index(half(run.trace))))
    lacking: list[str] = []
    for run in runs:
        beside = right if run is left else left
        other = _captured(beside)
        ours = replace(run, rounded=other.stored or half(run.trace))
        says = partial(_said, replace(beside, rounded=ours.rounded)) if isinstance(beside, Run) else None
        try:
            if run is left:
                return compared(ours, other, asked, says=says)
            turned = [f"{b}={a}" for a, _, b in (text.partition("=") for text in asked)]
            return flipped(compared(ours, other, turned, side="B", says=says))
        except Lacking as error:
            lacking.append(f"{run.source}: no layer is computed anew: {error}")
    found = compared_dumps(_captured(left), _captured(right), asked)
    return replace(found, notes=(*lacking, *found.notes))


def _said(theirs: Run, node: Node, partner: str) -> Stated | None:
    """What the other side says of a layer; None where its weights are gone."""
    try:
        return stated(theirs, node, partner)
    except Lacking:
        return None


def is_network(side: str) -> bool:
    """Whether a side is to be run."""
    return side == "-" or side.endswith(OWN) or (not Path(side).is_dir() and is_model_file(side))


def _side(side: str, given: Given, held: ExitStack) -> Side:
    if is_network(side):
        return _ran(side, _network(side, given), given, held)
    return _saved(side, given, held) or open_captured(Path(side), held)


def _network(side: str, given: Given) -> Network:
    if side == "-":
        network = network_from_text(b"" if given.stdin is None else given.stdin.read(MAX_BYTES + 1), "-")
        return sized(network, shapes_of(given.shape, network)) if given.shape else network
    return network_given(side, given)


def _ran(side: str, network: Network, given: Given, held: ExitStack) -> Run:
    """A network that is run; its tensors wait in a file, so that one at a time is in memory."""
    import tempfile

    names = (*(spec.name for spec in network.inputs), *network.by_name)
    with reported(OutputError, "a temporary file"):
        stream = held.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  `held` closes it
    writer = TensorWriter(NpzStream(stream), names)
    trace = traced(network, given, writer=writer, load=partial(passing_weights, held))
    network, weights = trace.origin
    if half(trace):  # as the file has them: the other side may round them otherwise
        weights = weights_of(network, replace(given, dtype="float32"), load=partial(passing_weights, held))
    npz = held.enter_context(open_npz(stream))
    shapes = {step.name: (trace.samples, *step.output_shape) for step in trace.steps}
    values = PassingValues(npz, {name: stored_name(name) for name in shapes}, shapes, side)
    return Run(network, weights, trace, values, side)


def _saved(side: str, given: Given, held: ExitStack) -> Side | None:
    """A saved trace: a run, as far as it has tensors, if its network and weights are found again."""
    from dataflow_cli.trace.saved import is_saved_trace, load_trace

    if not Path(side).is_file() or not is_saved_trace(side):
        return None
    trace = load_trace(side)
    stored: Any = trace.values
    if not stored:
        return None
    try:
        network = network_of(trace)
    except DftraceError:  # of an old trace, whose network file is gone
        return None
    return Run(network, partial(_weights, trace, given, held), trace, held.enter_context(stored.passing()), side)


def _weights(trace: Trace, given: Given, held: ExitStack) -> Weights:
    """The weights that a saved trace was run with. Raises Lacking if they are not there."""
    try:
        return origin_of(trace, weights=given.weights, load=partial(passing_weights, held))[1]
    except DftraceError as error:
        raise Lacking(error.message) from error


def _captured(side: Side) -> Captured:
    if isinstance(side, Captured):
        return side
    shapes = {name: shape for name, shape in side.shapes.items() if name in side.values}
    return Captured(side.source, shapes, partial(meant, side), stored=half(side.trace))
