"""How the other side's tensor of a layer stands beside ours, and how far both lie apart then."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.layouts import best, some
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array, Shape


def in_our_order(run: Run, name: str, array: Array, wanted: Array | None = None) -> Array | None:
    """Another side's tensor as ours stands; None if no order of its axes leads there.

    Of several orders it is that in which it comes nearest to what is `wanted` (N, *shape), which is our own otherwise.
    """
    ours = run.values[name] if wanted is None else wanted
    way = best(array.shape, ours, array, flattened(run, name), is_read=is_read(run))
    return None if way is None else way.ours(array)


def is_read(run: Run) -> bool:
    """Whether a network is a model of another program, whose samples may stand along another axis there."""
    return bool(run.network.gives)


def flattened(run: Run, name: str) -> Shape | None:
    """The shape of the sample that a layer made a vector of, channels last."""
    node = run.network.by_name.get(name)
    if node is None or len(node.output_shape) != 1 or len(node.input_shapes) != 1 or not node.layer.hands_on:
        return None
    shape = node.input_shapes[0]
    if math.prod(shape) != node.output_shape[0]:
        return None
    return (*shape[1:], *shape[:1]) if run.trace.data_format == "channels_first" else shape


def apart(wanted: Array, got: Array) -> float:
    """The mean difference of two tensors (N, *shape) in parts of what the elements of the first vary by.

    Infinite where one has NaN or infinities and the other has none.
    """
    one, other = (some(each).astype(np.float64) for each in (wanted, got))
    finite = np.isfinite(one)
    if not finite.any() or (finite != np.isfinite(other)).any():
        return math.inf
    one, other = one[finite], other[finite]
    difference = float(np.mean(np.abs(one - other)))
    varies = float(np.mean(np.abs(one - one.mean()))) or float(np.mean(np.abs(one)))
    return difference / varies if varies else (math.inf if difference else 0.0)


def is_constant(wanted: Array) -> bool:
    """Whether a tensor says nothing, as all its elements are the same."""
    found = some(wanted)
    return not found.size or bool((found == found[0]).all())
