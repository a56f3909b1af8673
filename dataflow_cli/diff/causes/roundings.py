"""Parameters that were stored in fewer bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from dataflow_cli.shapes import Array, Parameters

PART = 2**16
"""Numbers that are rounded at a time to see whether it changes any."""


@dataclass(frozen=True)
class Rounding:
    """How numbers become those of a type."""

    rounded: Callable[[Array, Array], Array]
    """Numbers with so large a step each."""
    steps: Callable[[Array], Array]
    """The steps of a whole parameter, of its dimensions; nothing for what needs none."""
    exact: bool
    """Whether rounding once more changes nothing at all."""

    def __call__(self, array: Array) -> Array:
        return self.rounded(array, self.steps(array))

    def keeps(self, array: Array) -> bool:
        """Whether rounding changes nothing, but for how the step itself is rounded."""
        steps, allowed = self.steps(array), 0.0 if self.exact else 2.0**-20 * float(np.max(largest(array)))
        each = max(1, PART * len(array) // array.size)
        parts = (array[start : start + each] for start in range(0, len(array), each))
        return all(bool((np.abs(self.rounded(part, steps) - part) <= allowed).all()) for part in parts)


class Rounded(Mapping[str, "Array"]):
    """Parameters of which some are rounded, once they are asked for."""

    def __init__(self, own: Parameters, rounding: Rounding, names: Collection[str]) -> None:
        self.own, self._rounding, self.names = own, rounding, names

    def __getitem__(self, name: str) -> Array:
        return self._rounding(self.own[name]) if name in self.names else self.own[name]

    def columns(self, name: str, places: Array) -> Array:
        """These places of the last axis alone."""
        array = self.own[name]
        if name not in self.names:
            return array[..., places]
        steps = self._rounding.steps(array)
        return self._rounding.rounded(array[..., places], steps[..., places] if steps.size > 1 else steps)

    def __iter__(self) -> Iterator[str]:
        return iter(self.own)

    def __len__(self) -> int:
        return len(self.own)


def before_rounding(parameters: Parameters) -> Parameters:
    """Those that they are made of, which have the same shapes."""
    return parameters.own if isinstance(parameters, Rounded) else parameters


def columns(parameters: Parameters, places: Array) -> dict[str, Array]:
    """These places of the last axis of each; of those that are rounded, no others are."""
    if isinstance(parameters, Rounded):
        return {name: parameters.columns(name, places) for name in parameters}
    return {name: array[..., places] for name, array in parameters.items()}


def largest(array: Array, axis: tuple[int, ...] | None = None) -> Array:
    """The largest magnitude, of all or along axes that stay with length 1."""
    high = np.max(array, axis=axis, keepdims=True, initial=0.0)
    found: Array = np.maximum(high, -np.min(array, axis=axis, keepdims=True, initial=0.0))
    return found


def _float16(array: Array, steps: Array) -> Array:  # noqa: ARG001  its digits are its step
    with np.errstate(over="ignore"):
        return array.astype(np.float16).astype(np.float64)


def _bfloat16(array: Array, steps: Array) -> Array:  # noqa: ARG001
    bits = array.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32).astype(np.float64)


def _stepped(array: Array, steps: Array) -> Array:
    rounded: Array = np.rint(array / steps) * steps
    return rounded


def _no_steps(array: Array) -> Array:  # noqa: ARG001
    return np.empty(0)


def _symmetric(array: Array) -> Array:
    """One step for all, 127 to both sides of 0."""
    return _steps(largest(array))


def _symmetric_by_channel(array: Array) -> Array:
    """One for every output channel."""
    return _steps(largest(array, tuple(range(array.ndim - 1))))


def _steps(most: Array) -> Array:
    return np.where(most == 0, 1.0, most / 127)


ROUNDINGS = {
    "float16": Rounding(_float16, _no_steps, exact=True),
    "bfloat16": Rounding(_bfloat16, _no_steps, exact=True),
    "int8 with one scale": Rounding(_stepped, _symmetric, exact=False),
    "int8 with a scale a channel": Rounding(_stepped, _symmetric_by_channel, exact=False),
}
