"""Compares two sides, each a network with its input or tensors that were captured: what `dftrace diff` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.api import traced
from dataflow_cli.diff.captured import Captured, open_captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.dumps import compared_dumps
from dataflow_cli.diff.flipped import flipped
from dataflow_cli.diff.run import Run
from dataflow_cli.explain.origin import known_origin
from dataflow_cli.lazy import unwarned
from dataflow_cli.network.build import load_network
from dataflow_cli.network.sizing import shapes_of, sized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.diff.model import Difference
    from dataflow_cli.given import Given
    from dataflow_cli.trace.model import Trace

YAML = (".yaml", ".yml")


@unwarned()
def difference(a: str, b: str, given_a: Given, given_b: Given, asked: Sequence[str] = ()) -> Difference:
    """What two sides have apart. `asked` are pairs that the user names, `NAME_IN_A=NAME_IN_B`.

    Raises:
        InputError: if a side cannot be read, or nothing pairs.
        NetworkError, WeightsError, LimitError: as running a network does.
        UnknownName: if `asked` names what is not there.
    """
    left, right = _side(a, given_a), _side(b, given_b)
    if isinstance(left, Run):
        return compared(left, _captured(right), asked)
    if isinstance(right, Run):
        turned = [f"{other}={name}" for name, _, other in (text.partition("=") for text in asked)]
        return flipped(compared(right, left, turned, side="B"))
    return compared_dumps(left, right, asked)


def is_network(side: str) -> bool:
    """Whether a side is to be run."""
    return side == "-" or side.endswith(YAML)


def _side(side: str, given: Given) -> Run | Captured:
    if not is_network(side):
        return _saved(side) or open_captured(Path(side))
    network = load_network(side)
    if given.shape:
        network = sized(network, shapes_of(given.shape, network))
    trace = traced(network, given, keep="all")
    network, weights = trace.origin
    return Run(network, weights, trace)


def _saved(side: str) -> Run | None:
    """A saved trace with all tensors, whose network and weights are found again."""
    from dataflow_cli.trace.saved import is_saved_trace, load_trace

    if not Path(side).is_file() or not is_saved_trace(side):
        return None
    trace = load_trace(side)
    origin = known_origin(trace) if all(step.name in trace.values for step in trace.steps) else None
    return None if origin is None else Run(origin[0], origin[1], trace)


def _captured(side: Run | Captured) -> Captured:
    if isinstance(side, Captured):
        return side
    trace: Trace = side.trace
    shapes = {step.name: trace.values[step.name].shape for step in trace.steps}
    return Captured(trace.file, shapes, trace.value)
