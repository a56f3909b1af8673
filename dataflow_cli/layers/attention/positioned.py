"""What is done to queries and keys between their projection and their meeting: normalizing, and turning by place.

    normalized[h, t, k] = query[h, t, k] / sqrt(mean_k(query[h, t]²) + qk_norm_epsilon) · query_norm[k]     key alike
    turned[h, t, i]     = query[h, t, i] · cos(t · θ_i) - query[h, t, j] · sin(t · θ_i)                     key alike
    turned[h, t, j]     = query[h, t, j] · cos(t · θ_i) + query[h, t, i] · sin(t · θ_i)

(i, j): a pair of numbers, as in `rotary_embedding`: θ_i = rotary_base ^ (-2 i / rotary_dim) / rotary_scaling. Llama 3.1
leaves short waves as they are: with `rotary_original_length`, those that go round more than `rotary_high` times in it;
less than `rotary_low` times are divided whole, and between the two in part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.attention.looking import KEY, QUERY, VALUE
from dataflow_cli.layers.attention.projected import PARTS, ProjectedAttention
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Boolean, Choice, Integer, Number, Optional, Positive, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.kernels.attention import Three
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

HALVES, INTERLEAVED = "halves", "interleaved"
NORMALIZED, TURNED = "normalized", "turned"
MORE = {
    "query_normalized": "the queries, each at length √key_dim and scaled, with `qk_norm`: (heads, queries, key_dim)",
    "key_normalized": "the keys alike: (heads, keys, key_dim)",
    "query_turned": "the queries, turned by their place, with `rotary`: (heads, queries, key_dim)",
    "key_turned": "the keys alike: (heads, keys, key_dim)",
}


@dataclass(frozen=True, kw_only=True)
class PositionedAttention(ProjectedAttention):
    """Base of attention whose queries and keys may be normalized, and turned by their place."""

    insides: ClassVar[Mapping[str, str]] = {**PARTS, **MORE}
    rotary: str | None = option(
        Optional(Choice((HALVES, INTERLEAVED))),
        "whether queries and keys are turned by their place: pairs of the first and the second half of a head's "
        "numbers (`halves`: Llama's weights in transformers), or neighbours (`interleaved`: Llama's own, GPT-J)",
        None,
    )
    rotary_base: float = option(
        Positive(), "the longest wavelength of `rotary`, as a multiple of 2π: rope_theta", 10_000.0
    )
    rotary_dim: int | None = option(
        Optional(Integer(1)), "how many of a head's numbers `rotary` turns, the first ones; null: all", None
    )
    rotary_scaling: float = option(Positive(), "what places are divided by in `rotary`, for longer sequences", 1.0)
    rotary_original_length: int | None = option(
        Optional(Integer(1)),
        "with it, `rotary_scaling` stretches only waves that are long beside so many places, as in Llama 3.1: "
        "original_max_position_embeddings; null: all of them",
        None,
    )
    rotary_low: float = option(Positive(), "waves that go round less often in that are stretched: low_freq_factor", 1.0)
    rotary_high: float = option(Positive(), "those that go round more often are not: high_freq_factor", 4.0)
    qk_norm: bool = option(
        Boolean(), "whether queries and keys are divided by their root mean square and scaled, as Qwen3 has it", False
    )
    qk_norm_epsilon: float = option(Number(0), "added to the mean square of `qk_norm`", 1e-6)

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        there = {NORMALIZED: self.qk_norm, TURNED: self.rotary is not None}
        return {name: what for name, what in super().inner_tensors.items() if there.get(name.partition("_")[2], True)}

    def output_shape(self, inputs: Shapes) -> Shape:
        numbers = self.turning
        if self.rotary is not None and (numbers % 2 or numbers > self.per_head.width):
            raise LayerError(
                f"`rotary` turns pairs of numbers, and a head has {self.per_head.width}",
                hint=f"`rotary_dim` must be even and at most {self.per_head.width}",
                field="rotary_dim" if self.rotary_dim is not None else "rotary",
            )
        if self.rotary_original_length is not None and self.rotary_low >= self.rotary_high:
            raise LayerError(
                f"waves are stretched from {self.rotary_low:g} rounds down, and left from {self.rotary_high:g} up",
                hint="`rotary_low` must be less than `rotary_high`",
                field="rotary_low",
            )
        return super().output_shape(inputs)

    @property
    def turning(self) -> int:
        """How many numbers of a head are turned."""
        return self.per_head.width if self.rotary_dim is None else self.rotary_dim

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        found = super().parameters(inputs)
        norms = (f"{QUERY}_norm", f"{KEY}_norm") if self.qk_norm else ()
        return found | {name: Parameter((self.per_head.width,), fill=1) for name in norms}

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        from dataflow_cli.layers.torch_stored import same

        return same(shape) if parameter.endswith("_norm") else super().torch_stored(parameter, shape, inputs, order)

    def met(self, name: str) -> str:
        if name == VALUE:
            return name
        if self.rotary is not None:
            return f"{name}_{TURNED}"
        return f"{name}_{NORMALIZED}" if self.qk_norm else name

    def before(self, tensor: str) -> str:
        """The inner tensor that one of normalized or turned queries or keys is made of."""
        name, _, stage = tensor.partition("_")
        return f"{name}_{NORMALIZED}" if stage == TURNED and self.qk_norm else name

    def asked(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Three:
        query, key = (self.prepared(self.met(name), inputs, parameters, engine) for name in (QUERY, KEY))
        return query, key, self.projected(VALUE, inputs, parameters, engine)

    def prepared(self, tensor: str, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """Queries or keys (N, places, heads, numbers) as this inner tensor has them."""
        name, _, stage = tensor.partition("_")
        found = self.projected(name, inputs, parameters, engine)
        if self.qk_norm and stage:
            found = kernels.normalization.rms_normalize(found, (3,), parameters[f"{name}_norm"], self.qk_norm_epsilon)
        return self.turned(found, slice(0, found.shape[1])) if stage == TURNED else found

    def angles(self, rows: slice) -> tuple[Array, Array]:
        """Cosine and sine of the angles of pairs at places, (places, pairs)."""
        length, bounds = self.rotary_original_length, (self.rotary_low, self.rotary_high)
        waves = None if length is None else kernels.positions.Waves(length, *bounds)
        cosine, sine = kernels.positions.turns(rows.stop, self.turning, self.rotary_base, self.rotary_scaling, waves)
        return cosine[rows], sine[rows]

    def turned(self, x: Array, rows: slice, *, back: bool = False) -> Array:
        """Queries or keys (..., places, heads, numbers) of some places, turned by these, or turned back."""
        cosine, sine = (angle[:, np.newaxis] for angle in self.angles(rows))
        interleaved = self.rotary == INTERLEAVED
        turning = kernels.positions.turned(
            x[..., : self.turning], cosine, -sine if back else sine, interleaved=interleaved
        )
        if self.turning == x.shape[-1]:
            return turning
        return np.concatenate([turning, x[..., self.turning :]], axis=-1)

    def back(self, name: str, slopes: Array, rows: slice, inputs: Arrays, parameters: Parameters) -> list[Array]:
        if name in (QUERY, KEY):
            slopes = self.undone(self.met(name), slopes, rows, inputs, parameters)
        return super().back(name, slopes, rows, inputs, parameters)

    def undone(self, tensor: str, slopes: Array, rows: slice, inputs: Arrays, parameters: Parameters) -> Array:
        """From slopes (heads, places, numbers) of this inner tensor to those of the projection."""
        name, _, stage = tensor.partition("_")
        places = rows.indices(self.count_of(name, [x.shape[1:] for x in inputs]))
        if stage == TURNED:
            there = slopes.transpose(1, 0, 2)
            slopes = self.turned(there, slice(*places), back=True).transpose(1, 0, 2)
        if not self.qk_norm or not stage:
            return slopes
        x = self.projected(name, inputs, parameters)[0, rows].transpose(1, 0, 2).astype(np.float64)
        root = np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + self.qk_norm_epsilon)
        scaled = slopes * parameters[f"{name}_norm"]
        found: Array = (scaled - x * (scaled * x).mean(axis=-1, keepdims=True) / np.square(root)) / root
        return found
