"""A recipe as plain JSON, its tables and tensors by number."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.page.recipes.gathered import Gather
from dataflow_cli.page.recipes.numbers import Numbers
from dataflow_cli.page.recipes.recipe import Found, Rules

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from dataflow_cli.page.recipes.gathered import Name
    from dataflow_cli.shapes import Array


class Naming:
    """Gives tables and gathered tensors their numbers within the recipe."""

    def __init__(self) -> None:
        self.tables: dict[Hashable, Array] = {}
        self.tensors: list[Name] = []

    def table(self, array: Array) -> int:
        """The number of a table."""
        kept = array.astype(np.float64) if array.dtype.kind == "f" else array
        digest = hashlib.sha256(np.ascontiguousarray(kept).tobytes()).hexdigest()
        key = ("table", kept.shape, kept.dtype.str, digest)
        self.tables.setdefault(key, kept)
        return list(self.tables).index(key)

    def tensor(self, name: Name) -> int:
        """The number of a tensor."""
        if name not in self.tensors:
            self.tensors.append(name)
        return self.tensors.index(name)


def told(found: Found, naming: Naming) -> dict[str, Any]:
    """A recipe as JSON has it; the tables and tensors that it names are in `naming` afterwards."""
    for tensor in _places_of(found):
        naming.tensor(tensor)
    return {
        "rules": _plain(found.rules, naming),
        "notes": _plain(found.notes, naming),
        "roles": None if found.roles is None else _plain(found.roles, naming),
    }


def _places_of(found: Found) -> Iterator[Name]:
    """The parameters whose numbers are used."""
    for rule in found.rules.classes:
        yield from (("parameter", use["parameter"]) for use in rule["uses"])
        yield from (("parameter", run["parameter"]) for run in rule["runs"] if run["coefficients"] == ("parameter",))


def _plain(value: Any, naming: Naming) -> Any:
    if isinstance(value, Rules | Numbers | Gather | np.ndarray):
        return _named(value, naming)
    if isinstance(value, dict):
        return {key: _plain(one, naming) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, naming) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _named(value: Rules | Numbers | Gather | Array, naming: Naming) -> Any:
    if isinstance(value, Rules):
        return {"choose": _plain(value.chooser, naming), "classes": _plain(value.classes, naming)}
    if isinstance(value, Numbers):
        return _numbers(value, naming)
    if isinstance(value, Gather):
        return {"tensor": naming.tensor(value.tensor), "at": _plain(value.places, naming)}
    return naming.table(value)


def _numbers(rule: Numbers, naming: Naming) -> Any:
    """As a number, where it is one and the same; else what there is of the rule."""
    start = int(rule.start) if float(rule.start).is_integer() and abs(rule.start) < 2**53 else rule.start
    parts: dict[str, Any] = {"o": start} if start else {}
    if rule.slopes:
        parts["s"] = [*rule.slopes]
    if rule.steps:
        parts["d"] = [*rule.steps]
    if rule.table is not None:
        parts |= {"t": naming.table(rule.table), "x": [*rule.axes]}
    if rule.digit is not None:
        parts["f"] = [*rule.digit]
    if rule.until is not None:
        parts["u"] = [*rule.until]
    return start if set(parts) <= {"o"} else parts
