"""The rotary embedding (Su et al., "RoFormer: enhanced transformer with rotary position embedding", 2021).

    out[t, i] = in[t, i] · cos(t · θ_i) - in[t, j] · sin(t · θ_i)
    out[t, j] = in[t, j] · cos(t · θ_i) + in[t, i] · sin(t · θ_i)       θ_i = max_wavelength ^ (-2 i / width)

t: place along the first axis, divided by `scaling_factor`; (i, j): a pair of the numbers of a head. Pairs are i and
i + width / 2 (KerasHub, Llama's weights in transformers), or the neighbours 2 i and 2 i + 1 (`interleaved`: GPT-J,
Llama's own weights). The product of a query and a key that were turned so hangs on how far they are apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import SameShape
from dataflow_cli.layers.fields import Boolean, Integer, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class RotaryEmbedding(SameShape):
    """Pairs of numbers turned by an angle that grows with the place."""

    type: ClassVar[str] = "rotary_embedding"
    max_wavelength: int = option(Integer(1), "the longest wavelength, as a multiple of 2π", 10_000)
    scaling_factor: int = option(Integer(1), "what places are divided by, for longer sequences", 1)
    num_heads: int = option(Integer(1), "into how many heads the last axis is split: each is turned by itself", 1)
    interleaved: bool = option(Boolean(), "whether pairs are neighbours, or of the first and the second half", False)

    def output_shape(self, inputs: Shapes) -> Shape:
        (shape,) = inputs
        if len(shape) < 2:
            raise LayerError(
                f"{self.type} takes places with numbers each, (length, ..., numbers), found {written(shape)}",
                hint="an embedding, or a reshape to (length, channels), comes before",
            )
        if shape[-1] % (2 * self.num_heads):
            raise LayerError(
                f"{shape[-1]} numbers are no pairs in each of {self.num_heads} heads",
                hint=f"the last axis must be a multiple of {2 * self.num_heads}: 2 times num_heads",
                field="num_heads",
            )
        return super().output_shape(inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """A number and the other of its pair; at the first place nothing is turned."""
        apart = self._split(wanted)
        half = apart.shape[-1] // 2
        other = apart.reshape(*apart.shape[:-1], -1, 2)[..., ::-1].reshape(apart.shape)
        if not self.interleaved:
            other = np.concatenate([apart[..., half:], apart[..., :half]], axis=-1)
        other = other.copy()
        other[0] = False
        return [(apart | other).reshape(wanted.shape)]

    def _split(self, x: Array) -> Array:
        """The last axis as (heads, numbers)."""
        return x.reshape(*x.shape[:-1], self.num_heads, -1)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].over_last(inputs[0])

    def _turns(self, places: int, width: int) -> tuple[Array, Array]:
        return kernels.positions.turns(places, width, self.max_wavelength, self.scaling_factor)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self._split(inputs[0])
        cosine, sine = (
            angle.reshape(len(angle), *(1,) * (x.ndim - 3), -1) for angle in self._turns(x.shape[1], x.shape[-1])
        )
        turned = kernels.positions.turned(x, cosine, sine, interleaved=self.interleaved)
        return turned.reshape(inputs[0].shape)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        width = x.shape[-1] // self.num_heads
        head, number = divmod(at[-1], width)
        second, pair = (number % 2, number // 2) if self.interleaved else divmod(number, width // 2)
        partner = number + (1 - 2 * second) * (1 if self.interleaved else width // 2)
        cosine, sine = (float(angle[at[0], pair]) for angle in self._turns(at[0] + 1, width))
        factor = sine if second else -sine
        blocks = [
            explaining.element("itself", x, at),
            explaining.element("the other of its pair", x, (*at[:-1], head * width + partner)),
        ]
        own, other = (block.subtotal for block in blocks)
        blocks = [explaining.scaled(blocks[0], cosine), explaining.scaled(blocks[1], factor)]
        total = own * cosine + other * factor
        start = explaining.from_blocks(at, inputs, blocks, total)
        return start.then(f"turned at place {at[0]}", "{} · {} + {} · {}", (own, cosine, other, factor), total)
