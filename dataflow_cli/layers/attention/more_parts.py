"""What attention without projections works out: keys and values with the past, and scores with cap and mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.looking import VALUE
from dataflow_cli.layers.attention.parts import Part, Scores
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.attention.cached import Cached
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Joined(Part):
    """Keys or values of every head, those of the past first: (heads, keys, numbers)."""

    whole: Cached

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return "head", "key", "number"

    def output_shape(self, inputs: Shapes) -> Shape:
        _, groups, width, value_width = self.whole.sizes(inputs)
        return groups, self.whole.places(inputs)[1], value_width if self.name == VALUE else width

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.whole.at_inputs(self.name, wanted, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return np.ascontiguousarray(self.whole.by_head(self.name, inputs).transpose(0, 2, 1, 3))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        number, place = self.whole.origin(self.name, at, [x.shape[1:] for x in inputs])
        return explaining.moved(at, inputs, place, number=number)

    def terms(self, inputs: Shapes) -> int:
        return 1


@dataclass(frozen=True, kw_only=True)
class Capped(Scores):
    """The scores, brought between -softcap and softcap."""

    whole: Cached

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("scores",)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return kernels.attention.capped(super().forward(inputs, parameters, engine), self.whole.cap)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import masking

        return masking.capped(self.whole, at, inputs, parameters)

    def terms(self, inputs: Shapes) -> int:
        return 1


@dataclass(frozen=True, kw_only=True)
class Masked(Capped):
    """What the softmax is taken of."""

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.whole.softmaxed,)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        masks = self.whole.fed_masks(np.logical_or.reduce(wanted, axis=2), inputs)
        return [one | other for one, other in zip(super().feeds(wanted, inputs), masks, strict=True)]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        found = super().forward(inputs, parameters, engine)
        return kernels.attention.hidden(found, self.whole.visible(inputs))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import masking

        return masking.masked(self.whole, at, inputs, parameters)


MORE: dict[str, type[Part]] = {"key": Joined, "value": Joined, "capped": Capped, "masked": Masked}
