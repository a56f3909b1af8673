"""One number that is another: a bias or a weight, found by what follows from moving each of them a little."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes.narrow import one_channel
from dataflow_cli.diff.matched import most, most_alike
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis, own_error
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters, Shape

    Number = tuple[str, Shape]
    """The name of a parameter, and a place in it."""
    Fit = tuple[float, float]
    """Minus the cosine between the error and what moving a number does, and how far that would have to be."""

MOST_TRIED = 12000
"""Numbers of a parameter that are tried one by one."""
MOST_WORK = 4e9
"""Multiply-accumulates that this may take."""
MOST_RANKED = 256
"""Of a kernel: so many that fit best are known of."""
MOST_LOOKED_AT = 8
"""Of those that fit best, how many are looked at more closely: each is sought to the end."""
MOST_NEAR = 32
"""How many where none of those is right."""
ROUNDS, FIRST = 8, 2
"""Of Newton's method, to the end, and to see which numbers come near."""
HALVED = 4
PASSES = 2 * FIRST + 2
STEP = 1e-4
"""By how much a number is moved, of the largest of its parameter."""
CLOSE = 1e-9
"""Of what a number was moved by: a step so small is the last."""
FITS = 0.5
"""The least cosine between the error and what moving a number does: what is not linear is not the same direction."""
NEAR = 0.98
"""Of the best one's cosine, where all that numbers move are sums."""
LISTED = 3
"""How many numbers are named where several explain the error."""


def cause(fault: Judged, parameters: Parameters) -> Cause | None:
    """Which one number is another; None where none explains the error, or there are too many to try."""
    sums = fault.node.layer.sums_products
    fault, parameters, first = one_channel(fault, parameters) or (fault, parameters, 0)
    trial, alike = _Trial(fault, parameters, first), _alike(fault, parameters)
    groups = [*_candidates(fault, {name: array for name, array in parameters.items() if name not in alike})]
    if sums or alike:  # where a bias does, a weight may do as well
        groups = [[number for group in groups for number in group]]
    known = [fit for name, found in alike.items() for fit in _best(name, found)]
    return next((found for group in groups if (group or known) and (found := _found(trial, group, known))), None)


def _alike(fault: Judged, parameters: Parameters) -> dict[str, list[tuple[float, Shape]]]:
    """Of parameters of which all is known at once the numbers that fit best: with the cosine between the error and what
    moving them does.
    """
    layer, axis = fault.node.layer, channel_axis(fault.node)
    error = fault.got - fault.allowed.wanted
    if not parameters or not np.isfinite(error).all():
        return {}
    if "kernel" in parameters:
        found = most_alike(
            layer, fault.inputs[0], parameters["kernel"], fault.allowed, fault.got, axis=axis, count=MOST_RANKED
        )
        if found is not None:
            return {"kernel": found}
    known = layer.likeness(list(fault.inputs), parameters, error) or {}
    return {name: most(alike, MOST_RANKED) for name, alike in known.items()}


def _best(name: str, alike: list[tuple[float, Shape]]) -> list[tuple[Fit, Number]]:
    return [((-round(cosine, 4), 0.0), (name, at)) for cosine, at in alike]


def _found(trial: _Trial, tried: list[Number], known: list[tuple[Fit, Number]]) -> Cause | None:
    ranked = sorted([*known, *((trial.fit(*number), number) for number in tried)])
    least = NEAR * ranked[0][0][0]
    if not trial.fault.is_hidden:
        least = min(-FITS, least) if trial.fault.node.layer.sums_products else -FITS
    best = [number for (fit, _), number in ranked if fit <= least]
    found = _explaining(trial, best[:MOST_LOOKED_AT])
    if not found and not trial.fault.node.layer.sums_products:
        found = _explaining(trial, _nearest(trial, [number for _, number in ranked]))
    if not found:
        return None
    (name, at), by = found[0]
    where, ours = trial.written(name, at), float(trial.parameters[name][at])
    unknown = best[MOST_LOOKED_AT:] if len(found) == MOST_LOOKED_AT else []
    others = _others(trial, [number for number, _ in found[1:]], alike=unknown)
    return Cause(f"equal if {where} is {ours + by:.6g}; it is {ours:.6g}{others}", f"Compare {where} of both sides")


def _explaining(trial: _Trial, some: list[Number]) -> list[tuple[Number, float]]:
    """Those that explain all of the error, with by how much they are others: the one that leaves least first."""
    found = [(left, number, by) for number in some for left, by in trial.change(*number)]
    return [(number, by) for _, number, by in sorted(found)]


def _nearest(trial: _Trial, ranked: list[Number]) -> list[Number]:
    """Those that leave least once they are moved some of the way, of as many as may be tried.

    Where the output bends, as behind a gate that shuts, the right one may not be among those that fit best.
    """
    many = int(MOST_WORK / (PASSES * _work(trial.fault)))
    return sorted(ranked[:many], key=trial.left)[:MOST_NEAR]


def _others(trial: _Trial, found: list[Number], alike: list[Number]) -> str:
    """The numbers that explain it as well: of many the columns that they stand in."""
    if not found:
        return ""
    many = len(found) + len(alike) > LISTED
    listed = dict.fromkeys(trial.written(*number, column=many) for number in ([*found, *alike] if many else found))
    return f" (or one of {', '.join([*listed][:LISTED])} is another: these values do not tell)"


def _work(fault: Judged) -> float:
    return float(len(fault.got) * max(fault.node.macs, fault.got[0].size))


def _candidates(fault: Judged, parameters: Parameters) -> Iterator[list[Number]]:
    """All numbers of each parameter that has not too many, vectors before matrices."""
    for name, array in sorted(parameters.items(), key=lambda pair: pair[1].ndim):
        if array.size <= min(MOST_TRIED, MOST_WORK / _work(fault)):
            yield [(name, at) for at in np.ndindex(array.shape)]


@dataclass(frozen=True)
class _Trial:
    """The layer with one number moved."""

    fault: Judged
    parameters: Parameters
    first: int
    """The number of the first channel, where there is only one."""

    def written(self, name: str, at: Shape, *, column: bool = False) -> str:
        """A number by its place; by all of its column, if so asked."""
        places = [*map(str, at[:-1]), str(at[-1] + self.first)]
        return f"{name}[{', '.join([':', *places[1:]] if column and len(places) > 1 else places)}]"

    def fit(self, name: str, at: Shape) -> Fit:
        """How well moving the number fits the error."""
        slope, error = self.slope(name, at, 0.0), self.error(name, at, 0.0)
        length, product = float(slope @ slope), abs(float(slope @ error))
        cosine = product / math.sqrt(length * float(error @ error)) if length and error.any() else 0.0
        return (-round(cosine, 4), product / length) if math.isfinite(cosine) and length else (0.0, math.inf)

    def left(self, number: Number) -> float:
        """What is left of the error, squared, after FIRST rounds; infinite where the number moves nothing."""
        name, at = number
        by = self.moved_by(name, at, FIRST)
        left = math.inf if by is None else float(np.sum(np.square(self.error(name, at, by))))
        return left if math.isfinite(left) else math.inf

    def change(self, name: str, at: Shape) -> Iterator[tuple[float, float]]:
        """What is left of the error, and by how much the number is another, if that explains all of it."""
        by = self.moved_by(name, at, ROUNDS)
        if by is None:
            return
        fault = self.fault
        moved = self.moved(name, at, by)
        allowed = budget(fault.node.layer, list(fault.inputs), moved, fault.dtype, fault.noise)
        left, _ = own_error(fault.node, list(fault.inputs), moved, allowed, fault.got, hidden=fault.is_hidden)
        if left <= 1:
            yield left, by

    def moved_by(self, name: str, at: Shape, rounds: int) -> float | None:
        """By how much the number is another, in so many rounds of Newton's method; None where it moves nothing.

        A step that leads past the place, as behind a gate that shuts, is halved.
        """
        by, error = 0.0, self.error(name, at, 0.0)
        for _ in range(rounds):
            slope = self.slope(name, at, by)
            length = float(slope @ slope)
            step = float(slope @ error) / length if length else np.nan
            if not np.isfinite(step):
                return None
            for _ in range(HALVED):
                left = self.error(name, at, by + step)
                if left @ left <= error @ error:
                    break
                step /= 2
            by, error = by + step, left
            if abs(step) <= CLOSE * abs(by):
                break
        return by

    def error(self, name: str, at: Shape, by: float) -> Array:
        error: Array = (self.fault.got - self.output(name, at, by)).ravel()
        return error

    def slope(self, name: str, at: Shape, by: float) -> Array:
        """How the output changes with the number."""
        step = STEP * (float(np.abs(self.parameters[name]).max()) or 1.0)
        slope: Array = ((self.output(name, at, by + step) - self.output(name, at, by)) / step).ravel()
        return slope

    def output(self, name: str, at: Shape, by: float) -> Array:
        if not by:
            return self.fault.allowed.wanted
        with np.errstate(all="ignore"):
            return self.fault.node.layer(list(self.fault.inputs), self.moved(name, at, by))

    def moved(self, name: str, at: Shape, by: float) -> Parameters:
        array = self.parameters[name].copy()
        array[at] += by
        return {**self.parameters, name: array}
