"""A network as one sees it on paper: what stands in it, in order, and what takes from what. Plain facts, no rules.

`network/outlined.py` makes it; whatever draws a network starts from it and knows no `Network`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class Part:
    """One input, one layer, or a block of layers that is drawn as one. Shapes are of one sample."""

    name: str
    label: str
    """The type as a network file has it; `input` for an input, `block` for a block."""
    shape: Shape
    inputs: tuple[str, ...] = ()
    """Names of parts."""
    parameters: int = 0
    macs: int = 0
    activation: str = ""
    family: str = ""
    """The family that the kind belongs to: `convolution`, `pooling`; nothing for inputs and blocks."""
    fields: tuple[tuple[str, str], ...] = ()
    """What the network file would have to say of it, beside the default."""
    elementwise: bool = False
    """Whether it gives every element of its one input back, changed or not, in its place."""
    units: bool = False
    """Whether the elements of its last axis are units, each a weighted sum of all that it takes."""
    window: Shape = ()
    """The window that slides over the spatial axes; nothing where none does."""
    layers: int = 1
    """How many layers it stands for; none is an input."""

    @property
    def is_input(self) -> bool:
        """Whether data comes in here."""
        return self.layers == 0


@dataclass(frozen=True)
class Outline:
    """The whole network: a part stands behind all that it takes from."""

    name: str
    parts: tuple[Part, ...]
    outputs: tuple[str, ...]
    channels_first: bool = False

    @cached_property
    def by_name(self) -> dict[str, Part]:
        """The parts by name, in order."""
        return {part.name: part for part in self.parts}

    @cached_property
    def readers(self) -> dict[str, tuple[Part, ...]]:
        """By name, the parts that take from it, each once."""
        found: dict[str, list[Part]] = {part.name: [] for part in self.parts}
        for part in self.parts:
            for name in dict.fromkeys(part.inputs):
                found[name].append(part)
        return {name: tuple(parts) for name, parts in found.items()}

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """From whom to whom, each once."""
        return tuple((name, part.name) for part in self.parts for name in dict.fromkeys(part.inputs))
