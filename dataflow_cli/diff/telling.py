"""What is said of a comparison beside its numbers: axes, shapes, what could not be paired or judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.leftover import Settled
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Shape

UNJUDGED = "neither side has its inputs"
MOST = 4
"""Names that are listed."""


def lacking(run: Run, unjudged: Sequence[str]) -> tuple[str, ...]:
    """What is to be said of a trace that was saved without some tensors, and what could not be judged for that."""
    total, there = len(run.shapes), sum(name in run.values for name in run.shapes)
    if there == total:
        return ()
    said = f"{run.source} has {there:,} of {total:,} tensors"
    if not unjudged:
        return (said,)
    more = f" and {len(unjudged) - MOST:,} more" if len(unjudged) > MOST else ""
    names = ", ".join(unjudged[:MOST])
    return (f"{said}; of {names}{more} neither side has the inputs, so no own error is known there: save without -l",)


def undecided(run: Run, settled: Settled | None, side: str) -> tuple[str, ...]:
    """What is to be said of layers that may have been captured or not. `side` is what ours is called."""
    if settled is None:
        return ()
    there = "B" if side == "A" else "A"
    found = []
    for name in settled.sums:
        function = run.network.by_name[name].layer.result_activation
        what = "" if function is None else function.type
        found.append(f"{name}: {there} has what comes before its {what}, and nothing tells whether {there} applies it")
    for name, b in settled.unsure.items():
        pair = f"{name}={b}" if side == "A" else f"{b}={name}"
        found.append(
            f"{name}: taken not to have been captured, as other layers were not and {there} has tensors from within "
            f"layers; {b} may be one, or {name} computed otherwise: --map '{pair}' compares them"
        )
    return tuple(found)


def axes(run: Run, name: str) -> tuple[str, ...]:
    """What the axes of a tensor are called, without the samples."""
    first = run.trace.data_format == "channels_first"
    node = run.network.by_name.get(name)
    if node is not None:
        return node.layer.axes(len(node.output_shape), channels_first=first)
    from dataflow_cli.layers.axes import axes_of

    return axes_of(len(run.shapes[name]) - 1, channels_first=first)


def written(shape: Shape) -> str:
    """A shape, as Python writes a tuple."""
    return f"({', '.join(map(str, shape))})"


def nothing_pairs(run: Run, other: Captured) -> InputError:
    """The error that says what both sides have."""
    ours = ", ".join(f"{name} {written(run.shapes[name])}" for name in list(run.network.by_name)[:4])
    theirs = ", ".join(f"{name} {written(shape)}" for name, shape in list(other.shapes.items())[:4])
    return InputError(
        f"{other.source}: no tensor pairs with one of {run.network.name}",
        hint=f"it has {theirs}; the network {ours}; pair them with --map NAME_IN_A=NAME_IN_B",
    )


def parameters_alone(other: Captured) -> InputError:
    """The error for a side that is the network's weights."""
    message = f"{other.source}: holds parameters of the network ({next(iter(other))}), not what its layers put out"
    return InputError(message, hint="give them as weights: -w, or --weights-a and --weights-b")
