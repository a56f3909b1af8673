"""Fields that a family says once for one, two and three spatial axes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.fields import option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.layers.fields import FieldType

_KEY = "per rank"
_AROUND = {1: "at the ends", 2: "around the picture", 3: "around the volume"}


@dataclass(frozen=True)
class PerRank:
    """What an option is for so many spatial axes; `doc` may name `{axes}` and say `{around}` what it is."""

    kind: Callable[[int], FieldType]
    doc: str
    default: Any

    def option(self, rank: int) -> Any:
        """The dataclass field for a kind of this rank."""
        *others, last = AXES[rank]
        axes = f"{', '.join(others)} and {last}" if others else last
        return option(self.kind(rank), self.doc.format(axes=axes, around=_AROUND[rank]), self.default)


def per_rank(kind: Callable[[int], FieldType], doc: str, default: Any = dataclasses.MISSING) -> Any:
    """An option of every kind of a family, as `option` makes it once the rank is known."""
    return dataclasses.field(metadata={_KEY: PerRank(kind, doc, default)})


def with_fields_of_rank(cls: Any, rank: int) -> None:
    """Make the options per rank of a class and its bases those of this rank, but for what the class writes itself."""
    for field in _inherited(cls):
        if field.name not in cls.__annotations__:
            cls.__annotations__ = {**cls.__annotations__, field.name: field.type}
            setattr(cls, field.name, field)
    for name, field in list(vars(cls).items()):
        if isinstance(field, dataclasses.Field) and _KEY in field.metadata:
            setattr(cls, name, field.metadata[_KEY].option(rank))


def _inherited(cls: type) -> Iterator[dataclasses.Field[Any]]:
    """The options per rank of the bases."""
    for base in cls.__mro__[1:]:
        fields: dict[str, dataclasses.Field[Any]] = base.__dict__.get("__dataclass_fields__", {})
        yield from (field for field in fields.values() if _KEY in field.metadata)
