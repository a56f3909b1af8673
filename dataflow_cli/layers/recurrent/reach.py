"""Which elements of the inputs an element of a recurrent layer comes from: all steps are followed back at once.

What is wanted of a step's states wants, by the rule of the kind, some sums of that step and some states before it; by
the parameters that are not zero, these want inputs and states. Followed twice: wherever there is a way at all, and
where every factor on it lets small changes through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from dataflow_cli.layers.activations.elementwise import PART, STEP
from dataflow_cli.layers.explaining.explanation import CANDIDATE, SOURCE
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.layers.base import ActivationFunction
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.shapes import Array


class Rule(Protocol):
    """What is asked of a kind: by which ways an element of a step comes about."""

    columns: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]]
    ways: ClassVar[tuple[str, ...]]
    shut_at_first: ClassVar[tuple[str, ...]]

    def open_ways(self, account: Account) -> dict[str, Array]:
        """By factor, (steps, *state): where it lets small changes through."""

    def wanted_by(
        self, wanted: Mapping[str, Array], here: Mapping[str, Array], carried: Callable[[Array], Array]
    ) -> tuple[Array, dict[str, Array]]:
        """Which sums of a step, and which states before it, elements of its tensors come from."""


def roles(layer: Rule, account: Account, name: str) -> tuple[Array, ...]:
    """For every input of the layer, what each of its elements is to the element of this tensor."""
    found = [np.zeros(x.shape[1:], np.int8) for x in account.inputs]
    for role, ways in ((CANDIDATE, None), (SOURCE, layer.open_ways(account))):
        steps, states, decided = _followed(layer, account, name, ways)
        for step, some in enumerate(steps):
            found[0][account.place(step)][some] = role
        for number, state in enumerate(states if account.has_start else ()):
            found[number + 1][state] = role
        if account.held is not None and role == CANDIDATE:
            found[account.mask_number][[account.place(step) for step in decided]] = role
    value = account.value(name)
    if not np.isfinite(value):
        count = account.mask_number
        return (*(np.where(role == CANDIDATE, SOURCE, role).astype(np.int8) for role in found[:count]), *found[count:])
    return tuple(found)


def _followed(
    layer: Rule, account: Account, name: str, ways: Mapping[str, Array] | None
) -> tuple[list[Array], list[Array], list[int]]:
    """Which features of every step, and elements of every state before the first, are wanted; and those steps of which
    it matters whether they count.
    """
    none = np.zeros(account.starts[0].shape[1:], bool)
    wanted = {one: none.copy() for one in layer.columns}
    wanted[name][account.unit] = True
    steps, decided = [], []
    for step in range(account.step, -1, -1):
        shut = () if step or account.has_start else layer.shut_at_first
        here = {one: np.full(none.shape, one not in shut) if ways is None else ways[one][step] for one in layer.ways}
        if any(wanted[one].any() for one in layer.states):
            decided.append(step)
        is_held = account.held is not None and account.held[step]
        kept = {one: wanted[one] if is_held else none for one in layer.states}
        wanted |= dict.fromkeys(layer.states, none) if is_held else {}
        sums, before = layer.wanted_by(wanted, here, account.states_of)
        before = {one: state | kept[one] for one, state in before.items()}
        steps.append(account.inputs_of(sums))
        wanted = {one: none.copy() for one in layer.columns} | before
    return steps[::-1], [wanted[one] for one in layer.states], decided


def lively(function: ActivationFunction | None, sums: Array) -> Array:
    """Where small changes of a sum show in the function of it."""
    if function is None:
        return np.ones(sums.shape, bool)
    step = np.maximum(STEP, PART * np.abs(sums))
    below, value, above = (_of(function, sums + sign * step) for sign in (-1, 0, 1))
    found: Array = ~((below == value) & (value == above))
    return found


def _of(function: ActivationFunction, x: Array) -> Array:
    with np.errstate(all="ignore"):
        found: Array = function([x], {})
    return found
