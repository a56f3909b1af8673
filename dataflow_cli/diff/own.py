"""The own error of every layer: what the other side's output differs by from what its own inputs lead to.

Each layer is computed anew, plainly in float64, from the tensors that the other side has. What differs from that is
made in this layer; what differs only from our run was handed on. What was not captured is computed from what was, and
judged with the next tensor that was.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import EPSILONS, budget
from dataflow_cli.diff.matched import suspect
from dataflow_cli.diff.measuring import identical
from dataflow_cli.diff.noise import Noise
from dataflow_cli.diff.rounding import most_for_cancelling
from dataflow_cli.diff.run import taken
from dataflow_cli.diff.storing import coarser, stored_as
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.diff.budget import Budget
    from dataflow_cli.diff.matched import Suspect
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Arrays, Parameters

PREPARED = 2.0**-22
"""Of its size: by how much an element of the same input may be another where it was prepared elsewhere."""


@dataclass(frozen=True)
class Judged:
    """One layer of the other side, judged by its own inputs."""

    node: Node
    got: Array
    """The other side's output (N, *shape), in our order."""
    inputs: tuple[Array, ...]
    """What it was made of, float64."""
    noise: tuple[Noise | None, ...]
    """How far each of these may lie from the other side's, where it was not captured."""
    allowed: Budget
    dtype: str
    """What it was computed and stored in, as far as the numbers tell."""
    segment: tuple[str, ...]
    """Layers before it that were not captured."""
    own: float
    """The largest own error in units of what is allowed."""
    suspect: Suspect | None = None
    """The weight that stands out most, where no element and no channel does."""

    @property
    def is_hidden(self) -> bool:
        """Whether one weight is another, which rounding would hide at every element."""
        return self.suspect is not None and self.suspect.share > 1


@dataclass(frozen=True)
class Same:
    """A layer that has the same to the bit as ours, from inputs that are the same to the bit."""

    got: Array


@dataclass(frozen=True)
class Misshapen:
    """A layer of the other side whose output has a shape that no order of axes explains."""

    node: Node
    got: Array
    """Its output as it stands there."""
    inputs: tuple[Array, ...]
    noise: tuple[Noise | None, ...]
    dtype: str


@dataclass(frozen=True)
class Unjudged:
    """A layer whose inputs neither side has, so that nobody knows what it should have put out."""

    got: Array


@dataclass(frozen=True)
class _Known:
    """A tensor of the other side: captured, or computed from what was."""

    array: Array
    noise: Noise | None = None
    segment: tuple[str, ...] = ()
    same: bool = False
    """Whether it is the same to the bit as ours."""


def _taken_over(array: Array) -> _Known:
    """An input of ours in place of theirs, which was not captured: the same, but for how it was rounded."""
    if array.dtype.kind != "f":
        return _Known(array)
    apart = PREPARED * np.abs(array)
    return _Known(array, Noise(apart, apart, apart))


def channel_axis(node: Node) -> int:
    """Where the channels of a layer's output (N, *shape) stand."""
    return 1 if node.sees.channels_first and len(node.output_shape) > 1 else -1


def judged(
    run: Run,
    captured: Callable[[str], Array | None],
    misshapen: Callable[[str], Array | None],
    stored: str = "",
) -> Iterator[tuple[Node, Judged | Same | Misshapen | Unjudged | None]]:
    """Every layer in order, with what is known of it; None for one that was not captured.

    `captured` gives the other side's tensor (N, *shape) in our order, None if there is none; `misshapen` one that has
    another shape. `stored` is the type that all of them are rounded to, where that is known. A tensor is let go after
    its last reader.
    """
    readers = Counter(name for node in run.network.nodes for name in node.inputs)
    known: dict[str, _Known] = {}
    for spec in run.network.inputs:
        found = captured(spec.name)
        if found is not None:
            known[spec.name] = _known(run, spec.name, found)
        elif spec.name in run.values:
            known[spec.name] = _taken_over(run.values[spec.name])
    for node in run.network.nodes:
        before = [known[name] for name in node.inputs if name in known]
        got = captured(node.name)
        found_here: Judged | Same | Misshapen | Unjudged | None
        if len(before) < len(node.inputs):
            found_here = None if got is None else Unjudged(got)
            if got is not None:
                known[node.name] = _known(run, node.name, got)
        else:
            with computing():
                found_here, known[node.name] = _one(run, node, before, got, stored)
            other = misshapen(node.name) if got is None else None
            if other is not None:
                found_here = _misshapen(run, node, before, other)
        yield node, found_here
        readers.subtract(node.inputs)
        for name in node.inputs:
            if not readers[name]:
                known.pop(name, None)


def _misshapen(run: Run, node: Node, before: list[_Known], got: Array) -> Misshapen:
    inputs = tuple(taken(node, [each.array for each in before]))
    exact = got.astype(np.float64) if got.dtype.kind == "f" else got
    return Misshapen(
        node, exact, inputs, tuple(each.noise for each in before), coarser(run.trace.dtype, stored_as(got))
    )


def _known(run: Run, name: str, got: Array) -> _Known:
    """A tensor that was captured."""
    return _Known(got, same=name in run.values and identical(run.values[name], got))


def _one(
    run: Run, node: Node, before: list[_Known], got: Array | None, stored: str
) -> tuple[Judged | Same | None, _Known]:
    kept = None if got is None else _known(run, node.name, got)
    if got is not None and kept is not None and kept.same and all(each.same for each in before):
        return Same(got), kept
    inputs, noise = taken(node, [each.array for each in before]), tuple(each.noise for each in before)
    dtype = coarser(run.trace.dtype, "float32" if got is None else stored or stored_as(got))
    multiplies_all = node.layer.has_units and all(each is None for each in noise)
    parameters = run.stored(node) if multiplies_all else run.parameters(node)
    allowed = budget(node.layer, inputs, parameters, dtype, noise)
    segment = tuple(dict.fromkeys(name for each in before for name in each.segment))
    if got is None or kept is None:
        return None, _Known(allowed.wanted, allowed.noise, (*segment, node.name))
    exact = got.astype(np.float64) if got.dtype.kind == "f" else got
    own, found = own_error(node, inputs, parameters, allowed, exact, hidden=dtype in EPSILONS)
    if 1 < own <= most_for_cancelling(node.layer, inputs):
        allowed = budget(node.layer, inputs, parameters, dtype, noise, cancelling=True)
        own, found = own_error(node, inputs, parameters, allowed, exact, hidden=dtype in EPSILONS)
    return Judged(node, exact, tuple(inputs), noise, allowed, dtype, segment, own, found), kept


def own_error(
    node: Node, inputs: Arrays, parameters: Parameters, allowed: Budget, got: Array, *, hidden: bool = True
) -> tuple[float, Suspect | None]:
    """The largest own error in units of what is allowed, and the weight that stands out most.

    Such a one is looked for, if `hidden`, where no element, channel or tensor is off by itself.
    """
    axis = channel_axis(node)
    own, found = allowed.used(got, axis), None
    if hidden and own <= 1 and "kernel" in parameters:
        found = suspect(node.layer, inputs[0], parameters["kernel"], allowed, got, axis=axis)
    return (found.share if found is not None and found.share > 1 else own), found
