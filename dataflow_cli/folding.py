"""Blocks told as one: which parts of a network belong together, what a block takes from outside, and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Named(Protocol):
    """What can be folded: it has a name, `outer/inner/layer`, and names what it takes."""

    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...


Part = TypeVar("Part", bound=Named)


@dataclass(frozen=True)
class Group(Generic[Part]):
    """A block with all that is in it, or a part that stands alone."""

    name: str
    members: tuple[Part, ...]
    """In order."""
    inputs: tuple[str, ...]
    """What it takes from outside: names of groups, each once."""
    last: Part
    """The member that the others read, or the network puts out: the last of them if there are several."""

    @property
    def is_block(self) -> bool:
        """Whether it is more than a part under its own name."""
        return self.members[0].name != self.name


def home(name: str, depth: int) -> str:
    """The block inside of `depth` others that a part is told in, or itself: of `a/b/conv` at 0 it is `a`."""
    return "/".join(name.split("/")[: depth + 1])


def grouped(parts: Sequence[Part], depth: int, outputs: Collection[str]) -> tuple[Group[Part], ...]:
    """The parts with every block that stands inside of `depth` others, or of more, as one group."""
    homes = {part.name: home(part.name, depth) for part in parts}
    members: dict[str, list[Part]] = {}
    for part in parts:
        members.setdefault(homes[part.name], []).append(part)
    read = {name for part in parts for name in part.inputs if homes.get(name) != homes[part.name]}
    read.update(outputs)
    return tuple(_group(name, inside, homes, read) for name, inside in members.items())


def _group(name: str, inside: list[Any], homes: dict[str, str], read: set[str]) -> Group[Any]:
    taken = (homes.get(each, each) for part in inside for each in part.inputs)
    last = next((part for part in reversed(inside) if part.name in read), inside[-1])
    return Group(name, tuple(inside), tuple(dict.fromkeys(each for each in taken if each != name)), last)
