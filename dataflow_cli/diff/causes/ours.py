"""What no change of our side can make up, because it lacks it: finer weights, or parameters that were not loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.parameters import ABSENT
from dataflow_cli.diff.causes.roundings import ROUNDINGS
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.diff.own import Judged
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array, Parameters

STEPS: dict[str, Callable[[Array], Array]] = {
    "float16": lambda array: 2.0**-11 * np.abs(array),
    "bfloat16": lambda array: 2.0**-8 * np.abs(array),
    "int8": lambda array: np.full(array.shape, np.abs(array).max() / 254),
}
"""How far rounding to a type moves each number at most."""
DRAWS = 8
LEAST, MOST = 0.02, 1.5
"""The error over what weights do that are moved at random by as much as rounding can: not far less, nor more."""
EVERYWHERE = 0.05
"""A usual channel's error over that of all: rounding is off by some in every channel, one weight in one."""
LEVELS = 8
"""Numbers that a parameter has at least, for it to tell that it was rounded."""
FITS = 1e-4
"""Of the error: what may be left where one tensor is the other scaled."""


def untrained(run: Run, fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """The only parameter of its name in the network that is as it was before training: perhaps it was not loaded."""
    for name, array in parameters.items():
        absent = ABSENT.get(name)
        if absent is None or not (array == absent).all():
            continue
        others = [node.name for node in run.network.nodes if name in node.parameters and node.name != fault.node.name]
        if others and not any((run.known_weights.of(each)[name] == absent).all() for each in others):
            found = f"perhaps the other side has a {name}: in {side} it is all {absent:g} here, and nowhere else"
            return Cause(found, f"Check whether {name} was loaded")
    return None


def coarse(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """Weights that are all numbers of fewer bits, where what rounding to these took away may be the whole error."""
    wide = {name: array for name, array in parameters.items() if array.ndim > 1}
    if sum(array.size for array in wide.values()) < LEVELS:
        return None
    for called, step in STEPS.items():
        if all(_is_rounded(array, called) for array in wide.values()) and _is_so_much(fault, parameters, wide, step):
            found = (
                f"{side} has weights that are all {called} numbers, and the error is what rounding to that takes away"
            )
            return Cause(found, "Give both sides the same weights")
    return None


def _is_rounded(array: Array, called: str) -> bool:
    return any(rounding.keeps(array) for name, rounding in ROUNDINGS.items() if name.startswith(called))


def _is_so_much(fault: Judged, parameters: Parameters, wide: Parameters, step: Callable[[Array], Array]) -> bool:
    """Whether the error is of the size of that which weights make that are moved by up to half a step."""
    rng = np.random.default_rng(0)
    found = 0.0
    for _ in range(DRAWS):
        moved = {name: array + step(array) * rng.uniform(-1, 1, array.shape) for name, array in wide.items()}
        found = max(found, _size(fault.node.layer(list(fault.inputs), {**parameters, **moved}) - fault.allowed.wanted))
    error = fault.got - fault.allowed.wanted
    return LEAST * found <= _size(error) <= MOST * found and _is_everywhere(fault, error, channel_axis(fault.node))


def _is_everywhere(fault: Judged, error: Array, axis: int) -> bool:
    """Whether most channels are off by about as much, of those that put out anything on a side."""
    alive = np.moveaxis((fault.got != 0) | (fault.allowed.wanted != 0), axis, -1).reshape(-1, error.shape[axis])
    of_channels = np.sqrt(np.mean(np.moveaxis(error, axis, -1).reshape(alive.shape) ** 2, axis=0))
    return float(np.median(of_channels[alive.any(axis=0)])) > EVERYWHERE * _size(error)


def _size(array: Array) -> float:
    return float(np.sqrt(np.mean(array**2)))


def scaled(fault: Judged) -> Cause | None:
    """One factor for all elements, and one number added to all."""
    x, y = fault.allowed.wanted.ravel(), fault.got.ravel()
    if x.size < 3 or not (np.isfinite(x).all() and np.isfinite(y).all()) or x.std() == 0:
        return None
    slope = float(((x - x.mean()) * (y - y.mean())).mean() / x.var())
    offset = float(y.mean() - slope * x.mean())
    if np.abs(slope * x + offset - y).max() > FITS * np.abs(y - x).max():
        return None
    if abs(offset) <= FITS * np.abs(y).max():
        return Cause(f"equal if all of it is taken {slope:.6g} times", "Look for a factor that one side leaves out")
    if abs(slope - 1) <= FITS:
        return Cause(f"equal if {offset:.6g} is added to all of it", "Look for a number that one side leaves out")
    return Cause(
        f"equal if it is taken {slope:.6g} times, and {offset:.6g} added", "Look for a scaling that one side has"
    )
