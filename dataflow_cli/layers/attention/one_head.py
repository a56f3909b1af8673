"""What attention with one head and without projections shares: scores by products or by sums, and its masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.attention.direct import Direct
from dataflow_cli.layers.attention.looking import Sizes
from dataflow_cli.layers.bases.masked import NAMED, counts
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

QUERY_MASK = 0
"""The number of the input whose mask zeroes the output."""


@dataclass(frozen=True, kw_only=True)
class OneHead(Direct):
    """Base of both: the inputs are query, value and, if it is not the value too, key."""

    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    insides: ClassVar[Mapping[str, str]] = {
        "scores": "how well every key fits every query, before any mask: (1, queries, keys)",
        "weights": "how much each query takes from each key, after mask and softmax: (1, queries, keys)",
    }

    @property
    def summing(self) -> bool:
        """Whether scores are sums of tanh, not products."""
        return True

    def inner(self, parameters: Parameters) -> float:
        """What sums of a query and a key are multiplied by before tanh."""
        return 1.0

    def outer(self, width: int, parameters: Parameters) -> Array:
        """What the tanh of each number is multiplied by: (width,)."""
        raise NotImplementedError

    def sizes(self, inputs: Shapes) -> Sizes:
        query, value, key = self.three(inputs)
        if len(query) != 2 or len(value) != 2:
            hint = "a reshape to (length, channels) comes before"
            raise LayerError(f"{self.type} takes (length, channels), found {written(query)}", hint=hint, field="inputs")
        if query[-1] != key[-1]:
            raise LayerError(
                f"queries have {query[-1]} numbers, keys {key[-1]}",
                hint="both must have as many: a `dense` layer before one of them brings it there",
                code="E132",
                field="inputs",
            )
        return Sizes(1, 1, query[-1], value[-1])

    def cache_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return ()

    def hides(self, number: int, inputs: Sequence[object]) -> tuple[bool, bool]:
        """As in Keras: what is padding in the value is not seen; the key's mask is not asked for."""
        _, value, _ = self.roles(inputs)
        return False, number == value

    def switching(self, inputs: Sequence[object]) -> list[int]:
        zeroing = self.zeroing(inputs)
        return [number for number in super().switching(inputs) if number != zeroing]

    def zeroing(self, inputs: Sequence[object]) -> int | None:
        """The number of the mask that says where the output is 0."""
        if NAMED in self.masks or QUERY_MASK not in self.masks:
            return None
        return len(inputs) - len(self.masks) + self.masks.index(QUERY_MASK)

    def scores(self, q: Array, k: Array, inputs: Arrays, parameters: Parameters) -> Array:
        if not self.summing:
            return super().scores(q, k, inputs, parameters)
        inner = q.dtype.type(self.inner(parameters))
        outer = self.outer(q.shape[-1], parameters).astype(q.dtype)
        return kernels.attention.summing(q * inner, k * inner, outer)

    def looks(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        if not self.summing:
            return super().looks(inputs, parameters, engine)
        q, k, v = self.asked(inputs, parameters, engine)
        scores = self.scores(q, k, inputs, parameters)
        return kernels.attention.taken(kernels.attention.weights(scores, self.visible(inputs)), v)

    def score_slopes(self, found: Look, slopes: Array, parameters: Parameters) -> tuple[Array, Array]:
        if not self.summing:
            return super().score_slopes(found, slopes, parameters)
        inner = self.inner(parameters)
        bent = 1 - np.square(np.tanh(inner * (found.query[:, None] + found.keys)))
        both = slopes[..., None] * inner * self.outer(bent.shape[-1], parameters) * bent
        return both.sum(axis=1), both

    def score_reach(self, found: Look, several: Array) -> tuple[Array, Array]:
        if not self.summing:
            return super().score_reach(found, several)
        each = several[..., np.newaxis]
        return np.logical_or.reduce(each, axis=1), each

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        _, sums = self.look_factors(inputs)
        return (sums,) if self.summing else super().mac_factors(inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        found = super().feeds(wanted, inputs)
        zeroing = self.zeroing(inputs)
        if zeroing is not None:
            found[zeroing] |= wanted.any(axis=1)
        return found

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        found, zeroing = super().forward(inputs, parameters, engine), self.zeroing(inputs)
        if zeroing is not None:
            found[~counts(inputs[zeroing])] = 0
        return found

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import zeroed

        start, zeroing = super().explain(at, inputs, parameters), self.zeroing(inputs)
        return start if zeroing is None else zeroed.where_padding(start, inputs[zeroing][0], zeroing)
