"""What tells the places of a sequence apart: a number for every place and channel, added to what stands there.

    position_embedding:      out[..., t, c] = in[..., t, c] + position_embeddings[t, c]       learned
    sine_position_encoding:  out[..., t, c] = in[..., t, c] + sin(t / w), cos(t / w)          in turn, by channel
                             w = max_wavelength ^ (2 ⌊c / 2⌋ / channels)

t: place along the last axis but one; c: channel. (KerasHub's layers of these names give what is added alone.) The sines
are those of Vaswani et al., "Attention is all you need", 2017.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation, Use
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Placed(SameShape):
    """Base of both: something is added that hangs on place and channel alone."""

    @property
    def has_sequences(self) -> bool:
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) < 2:
            raise LayerError(
                f"{self.type} takes places with channels each, (length, channels), found {written(inputs[0])}",
                hint="an embedding, or a reshape to (length, channels), comes before",
            )
        return super().output_shape(inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].over_last(inputs[0])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        result: Array = inputs[0] + self.added(inputs[0], parameters)
        return result

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        start = explaining.moved(at, inputs, at)
        value = float(self.added(inputs[0], parameters)[at[-2:]])
        start = replace(start, blocks=tuple(explaining.carrying(block, block.subtotal) for block in start.blocks))
        after = start.then(self.what(at), "{} + {}", (start.total, value), start.total + value, *self.uses(at, value))
        return replace(after, offset=value)

    def added(self, x: Array, parameters: Parameters) -> Array:
        """(places, channels): what is added to an input (N, ..., places, channels)."""
        raise NotImplementedError

    def what(self, at: Shape) -> str:
        """What it is that is added to an element."""
        raise NotImplementedError

    def uses(self, at: Shape, value: float) -> tuple[Use, ...]:
        """The parameter that it is, if it is one."""
        return ()


@dataclass(frozen=True, kw_only=True)
class PositionEmbedding(Placed):
    """A learned number for every place and channel, added."""

    type: ClassVar[str] = "position_embedding"
    sequence_length: int = option(Integer(1), "how many places are known: the longest sequence")

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = super().output_shape(inputs)
        if shape[-2] > self.sequence_length:
            raise LayerError(
                f"there are {shape[-2]:,} places, and numbers for {self.sequence_length:,} of them",
                hint=f"write `sequence_length: {shape[-2]}` for weights of as many rows, or give it shorter sequences",
                field="sequence_length",
            )
        return shape

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"position_embeddings": Parameter((self.sequence_length, inputs[0][-1]))}

    def added(self, x: Array, parameters: Parameters) -> Array:
        result: Array = parameters["position_embeddings"][: x.shape[-2]]
        return result

    def what(self, at: Shape) -> str:
        return f"plus position_embeddings[{at[-2]}, {at[-1]}]"

    def uses(self, at: Shape, value: float) -> tuple[Use, ...]:
        return (explaining.Use("position_embeddings", at[-2:], value),)


@dataclass(frozen=True, kw_only=True)
class SinePositionEncoding(Placed):
    """Sines and cosines of the place, by wavelengths that grow with the channel, added."""

    type: ClassVar[str] = "sine_position_encoding"
    max_wavelength: int = option(Integer(1), "the longest wavelength, as a multiple of 2π", 10_000)

    def added(self, x: Array, parameters: Parameters) -> Array:
        return kernels.positions.sines(x.shape[-2], x.shape[-1], self.max_wavelength, x.dtype)

    def what(self, at: Shape) -> str:
        return f"plus {'cosine' if at[-1] % 2 else 'sine'} of place {at[-2]}"
