"""One of the two layers of a bidirectional one: its tensors in the order of the input, under names of its own."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, Parameter
from dataflow_cli.layers.explaining.explanation import OWN
from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.recurrent.stepping import Stepping
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

Each = TypeVar("Each")
"""Of an input: an array, a shape, or what it sees."""
FORWARD, BACKWARD = "forward_", "backward_"
"""What the names of tensors and parameters begin with."""


def renamed(names: Iterable[str], prefix: str) -> tuple[str, ...]:
    """The names with what they begin with in the wrapper."""
    return tuple(f"{prefix}{name}" for name in names)


@dataclass(frozen=True, kw_only=True)
class Direction(Layer):
    """A recurrent layer within a bidirectional one."""

    type: ClassVar[str] = "bidirectional"
    layer: Stepping = field()
    prefix: str = field()

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return renamed(self.layer.recalls, self.prefix)

    @property
    def has_steps(self) -> bool:  # type: ignore[override]
        return self.layer.has_steps

    @property
    def words(self) -> str:
        """What it is called in an explanation."""
        return f"the {self.prefix.rstrip('_')} {self.layer.type}"

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return self.layer.axes(dimensions, channels_first=channels_first)

    def places(self, count: int) -> list[int]:
        """Which of the wrapper's `count` inputs are the layer's: the sequence, its half of the states, the masks."""
        masks = len(self.layer.masks)
        half = (count - 1 - masks) // 2
        first = 1 if self.prefix == FORWARD else 1 + half
        return [0, *range(first, first + half), *range(count - masks, count)]

    def taken(self, inputs: Sequence[Each]) -> list[Each]:
        """Of the wrapper's inputs the layer's."""
        return [inputs[number] for number in self.places(len(inputs))]

    def output_shape(self, inputs: Shapes) -> Shape:
        return self.layer.output_shape(self.taken(inputs))

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {f"{self.prefix}{name}": one for name, one in self.layer.parameters(self.taken(inputs)).items()}

    def own(self, parameters: Parameters) -> Parameters:
        """The layer's parameters, by its own names."""
        start = len(self.prefix)
        return {name[start:]: one for name, one in parameters.items() if name.startswith(self.prefix)}

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return self.layer.mac_factors(self.taken(inputs))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        found = self.layer.receptive_field(self.taken(seen), self.taken(inputs))
        return found.picked(0, range(inputs[0][0])[::-1]) if self.turned else found

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        fed = self.layer.feeds(wanted[::-1] if self.turned else wanted, self.taken(inputs))
        found: list[Array] = [np.zeros(shape, bool) for shape in inputs]
        for number, mine in zip(self.places(len(inputs)), fed, strict=True):
            found[number] = mine
        return found

    @property
    def turned(self) -> bool:
        """Whether the layer has its steps in another order than the input."""
        return self.layer.go_backwards and self.layer.all_steps

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        return self.layer.method(self.taken(inputs), samples, kept=kept, fast_math=fast_math)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        found = self.layer.forward(self.taken(inputs), self.own(parameters), engine)
        return np.ascontiguousarray(found[:, ::-1]) if self.turned else found

    def likeness(
        self, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
    ) -> dict[str, Array] | None:
        if self.turned:
            error, gain = error[:, ::-1], None if gain is None else gain[:, ::-1]
        found = self.layer.likeness(self.taken(inputs), self.own(parameters), error, gain)
        return None if found is None else {f"{self.prefix}{name}": alike for name, alike in found.items()}

    def terms(self, inputs: Shapes) -> int:
        return self.layer.terms(self.taken(inputs))

    def longest_sum(self, inputs: Shapes) -> int:
        return self.layer.longest_sum(self.taken(inputs))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        steps = inputs[0].shape[1]
        place = (steps - 1 - at[0], *at[1:]) if self.turned else at
        found = self.layer.explain(place, self.taken(inputs), self.own(parameters))
        numbers = self.places(len(inputs))
        uses = tuple(replace(use, parameter=f"{self.prefix}{use.parameter}") for use in found.uses)
        blocks = tuple(self._renamed(_numbered(block, numbers), steps) for block in found.blocks)
        roles = Later(lambda: _of_wrapper(found.roles, numbers, inputs))
        return replace(found, at=at, blocks=blocks, uses=uses, roles=roles)

    def _renamed(self, block: Block, steps: int) -> Block:
        """A block with the names, and the places, that the wrapper's tensors have."""
        if block.parameter:
            block = replace(block, parameter=f"{self.prefix}{block.parameter}")
        if block.recalled is None:
            return block
        places = block.places
        if self.layer.go_backwards:
            places = places.copy()
            places[..., 0] = steps - 1 - places[..., 0]
        return replace(block, recalled=f"{self.prefix}{block.recalled}", places=places)

    def state(self, at: Shape, inputs: Arrays, parameters: Parameters) -> tuple[Block, Sequence[Array]]:
        """An element of what comes out, as one of the states by step, and what the inputs are to it."""
        states = replace(self, layer=replace(self.layer, ends="hidden"))
        last = 0 if self.layer.go_backwards else inputs[0].shape[1] - 1
        place = at if self.layer.all_steps else (last, *at)
        values = states.forward(inputs, parameters)[0]
        block = explaining.element(f"{self.prefix}hidden".replace("_", " "), values, place)
        roles = Later(lambda: states.explain(place, inputs, parameters).roles)
        return explaining.recalled(f"{self.prefix}hidden", explaining.carrying(block, block.subtotal)), roles


def _of_wrapper(roles: Sequence[Array], numbers: Sequence[int], inputs: Arrays) -> list[Array]:
    """The roles of the wrapper's inputs, of which these are the layer's."""
    found: list[Array] = [np.zeros(x.shape[1:], np.int8) for x in inputs]
    for number, mine in zip(numbers, roles, strict=True):
        found[number] = mine
    return found


def _numbered(block: Block, numbers: Sequence[int]) -> Block:
    """A block with the number that its input has in the wrapper."""
    return block if block.input == OWN else replace(block, input=numbers[block.input])
