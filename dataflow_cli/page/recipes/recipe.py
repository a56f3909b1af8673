"""The recipe of a tensor: which of its elements are said alike, and the rule of each kind."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.page.recipes.choosing import FEW, Choosing, chosen
from dataflow_cli.page.recipes.formulas import role_flag
from dataflow_cli.page.recipes.likeness import likeness, worded
from dataflow_cli.page.recipes.numbers import Alike
from dataflow_cli.page.recipes.unfit import Unfit
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from dataflow_cli.page.recipes.asked import Asked, Point
    from dataflow_cli.page.recipes.gathered import Sources
    from dataflow_cli.page.recipes.records import Words

MOST_EVERY = 4096
"""Elements of a tensor that may all be explained, if no rule is found for some."""
FEW_ENOUGH = 64
"""Elements that are all explained in the first place."""
MOST_TERMS = 2**23
"""Terms of all of them together."""
FEW_TERMS = 2**17
"""Terms of all of these together."""
MOST_CLASSES = 40


@dataclass(frozen=True, eq=False)
class Rules:
    """What is said alike, and who it is said of."""

    chooser: Any
    classes: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """How the elements of a tensor are explained."""

    rules: Rules
    notes: Rules
    roles: Rules | None = field(default=None)


def recipe(asked: Asked, sources: Sources) -> Found:
    """The recipe of a tensor. Raises Unfit, with what no rule was found for."""
    few = asked.count <= FEW_ENOUGH and asked.count * asked.terms <= FEW_TERMS
    try:
        return _recipe(asked, sources, asked.every() if few else asked.some(), every=few)
    except Unfit:
        if few or asked.count > MOST_EVERY or asked.count * asked.terms > MOST_TERMS:
            raise
    return _recipe(asked, sources, asked.every(), every=True)


def _recipe(asked: Asked, sources: Sources, points: list[Point], *, every: bool) -> Found:
    rules = _rules(asked, points, lambda point: asked.record(point).key, every=every)
    members = _members(asked, rules[0], rules[1], points, every=every)
    classes = [likeness(Alike(asked, tuple(own), every), sources) for own in members]
    return Found(
        Rules(rules[0], tuple(classes)),
        _notes(asked, points, every=every),
        _roles(asked, classes, rules[0], points, every=every),
    )


def _rules(
    asked: Asked, points: list[Point], key: Callable[[Point], Hashable], *, every: bool
) -> tuple[Any, list[Hashable]]:
    """A chooser of keys, and the keys."""
    choosing = Choosing(asked, key, every=every)
    chooser = choosing.chooser(points)
    if every and (chooser is None or not _right(asked, choosing, chooser, points)):
        chooser = choosing.table(points)
    if chooser is None or (not every and not _right(asked, choosing, chooser, points)):
        raise Unfit("which elements are said alike")
    return chooser, choosing.classes


def _right(asked: Asked, choosing: Choosing, chooser: Any, points: Sequence[Point]) -> bool:
    return all(chosen(chooser, point, asked.value(point)) == choosing.number(point) for point in points)


def _members(
    asked: Asked, chooser: Any, keys: Sequence[Hashable], points: list[Point], *, every: bool
) -> list[list[Point]]:
    """The points of each kind; more of kinds that have few."""
    members: list[list[Point]] = [[] for _ in keys]
    for point in points:
        members[chosen(chooser, point, asked.value(point))].append(point)
    if every:
        return members
    if len(keys) > MOST_CLASSES:
        raise Unfit("too many kinds of elements")
    rng = np.random.default_rng(len(points))
    for _ in range(40 * len(keys)):
        if min(map(len, members)) >= 2 * FEW:
            break
        point = tuple(int(rng.integers(0, length)) for length in asked.lengths)
        own = members[chosen(chooser, point, asked.value(point))]
        if len(own) < 2 * FEW and point not in own:
            own.append(point)
    for number, own in enumerate(members):
        if not own or any(asked.record(point).key != keys[number] for point in own):
            raise Unfit("which elements are said alike")
    return members


def _notes(asked: Asked, points: list[Point], *, every: bool) -> Rules:
    """What is remarked beside, which may depend on the value."""

    def key(point: Point) -> tuple[str, ...]:
        return tuple(note.text for note in asked.record(point).notes)

    chooser, keys = _rules(asked, points, key, every=every)
    members: list[list[Point]] = [[] for _ in keys]
    for point in points:
        members[chosen(chooser, point, asked.value(point))].append(point)
    if not all(members):
        raise Unfit("which elements have something remarked beside")
    said = []
    for own in members:
        alike = Alike(asked, tuple(own), every)
        said.append([worded(alike, _note(number)) for number in range(len(asked.record(own[0]).notes))])
    return Rules(chooser, tuple(said))


def _note(number: int) -> Callable[[Any], Words]:
    return lambda each: each.notes[number]


def _roles(
    asked: Asked, classes: Sequence[dict[str, Any]], chooser: Any, points: list[Point], *, every: bool
) -> Rules | None:
    """Which runs are cut off, which may depend on the value; None if that is not known."""

    def key(point: Point) -> Hashable:
        runs = classes[chosen(chooser, point, asked.value(point))]["runs"]
        own = asked.record(point).runs
        pairs = zip(runs, own, strict=True)
        return tuple(None if rule["roles"] is None else role_flag(rule["roles"], run) for rule, run in pairs)

    try:
        return Rules(*map(_as_is, _rules(asked, points, key, every=every)))
    except Unfit:
        return None


def _as_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
