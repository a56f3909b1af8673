"""What attention is made of, whatever queries, keys and values come from: scores, weights, and the sums of values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from dataflow_cli import kernels
from dataflow_cli.layers.attention.attending import Attending
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from dataflow_cli.kernels.attention import Three
    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

QUERY, KEY, VALUE = "query", "key", "value"
THREE = (QUERY, KEY, VALUE)


class Sizes(NamedTuple):
    """What heads have."""

    heads: int
    """How many heads look, each for itself."""
    groups: int
    """How many heads keys and values have, each of which neighbouring heads share."""
    width: int
    """Numbers of a query or key of one head."""
    value_width: int
    """Numbers of a value of one head."""


@dataclass(frozen=True, kw_only=True)
class Looking(Attending):
    """Base of all attention: what is worked out of queries, keys and values, each (places, numbers) for every head."""

    recalls: ClassVar[tuple[str, ...]] = ("heads",)

    def sizes(self, inputs: Shapes) -> Sizes:
        """How many heads there are, and how many numbers they have. Raises LayerError if the inputs do not fit."""
        raise NotImplementedError

    def heads(self, inputs: Shapes) -> int:
        return self.sizes(inputs).heads

    def count_of(self, name: str, inputs: Shapes) -> int:
        """At how many places there are queries, or keys and values."""
        return self.places(inputs)[1 if name in (KEY, VALUE) else 0]

    @property
    def has_sequences(self) -> bool:
        return True

    @property
    def cap(self) -> float:
        """How far from 0 scores come, at most; 0: without bounds."""
        return 0.0

    def factor(self, inputs: Shapes, parameters: Parameters) -> float:
        """What the products of queries and keys are multiplied by."""
        return 1 / math.sqrt(self.sizes(inputs).width)

    def met(self, name: str) -> str:
        """The inner tensor that queries or keys (or values) are when they meet."""
        return name

    def met_insides(self, *names: str) -> tuple[str, ...]:
        """Those of `met` that are inner tensors."""
        return tuple(self.met(name) for name in names if self.met(name) in self.inner_tensors)

    def asked(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Three:
        """Queries, keys and values (N, places, heads, numbers) as they meet."""
        raise NotImplementedError

    def scores(self, q: Array, k: Array, inputs: Arrays, parameters: Parameters) -> Array:
        """The scores (N, heads, queries, keys) before cap and masks."""
        return kernels.attention.scores(q, k, self.factor(shapes(inputs), parameters))

    def looks(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """What every head takes: (N, queries, heads, numbers)."""
        three = self.asked(inputs, parameters, engine)
        return kernels.attention.attend(
            three, self.factor(shapes(inputs), parameters), self.visible(inputs), engine, cap=self.cap
        )

    def score_slopes(self, found: Look, slopes: Array, parameters: Parameters) -> tuple[Array, Array]:
        """From slopes (heads, keys) of the scores to those of the query (heads, width) and the keys (heads, keys,
        width).
        """
        factor = self.factor(shapes(found.inputs), parameters)
        return np.matmul(slopes[:, None], found.keys)[:, 0] * factor, slopes[..., None] * found.query[:, None] * factor

    def score_reach(self, found: Look, several: Array) -> tuple[Array, Array]:
        """Which numbers of the query (heads, width) and of the keys (heads, keys, width) tell the keys apart that are
        chosen from, booleans (heads, keys): what is multiplied by 0 does not, nor what all are multiplied by alike.
        """
        each = several[..., np.newaxis]
        largest = np.where(each, found.keys, -np.inf).max(axis=1)
        smallest = np.where(each, found.keys, np.inf).min(axis=1)
        differ = each.any(axis=1) & (largest != smallest)
        return differ, each & (found.query != 0)[:, np.newaxis]

    def back(self, name: str, slopes: Array, rows: slice, inputs: Arrays, parameters: Parameters) -> list[Array]:
        """From slopes (heads, places, numbers) of queries, keys or values as they meet, of the places `rows`, to those
        of every input (places..., channels).
        """
        raise NotImplementedError

    def reached(self, name: str, wanted: Array, inputs: Shapes) -> list[Array]:
        """Which elements of every input make those that are wanted of queries, keys or values, booleans (heads, places,
        numbers or 1).
        """
        raise NotImplementedError

    def whose(self, name: str, places: Array, inputs: Arrays) -> Mapping[str, Any]:
        """For a block of queries, keys or values as they meet, at places (terms, 3): whose elements they are, where."""
        return {"recalled": self.met(name), "places": places}

    def fed(self, asked: Array, numbers: Array | None, inputs: Shapes) -> list[Array]:
        """Which elements of the inputs feed the weights of the queries that are asked about, booleans (heads, queries),
        and the sums of what is wanted of values, (heads, queries, numbers or 1).
        """
        found = self.fed_masks(asked, inputs)
        between = self.between(inputs)
        several = asked[..., np.newaxis] & between & (between.sum(axis=1, keepdims=True) > 1)
        parts = [(QUERY, some(several, 2)), (KEY, self._shared(some(several, 1), inputs))]
        if numbers is not None:
            taken = np.matmul((asked[..., np.newaxis] & between).swapaxes(1, 2).astype(np.float32), numbers)
            parts.append((VALUE, self._shared(taken > 0, inputs)))
        for name, wanted in parts:
            found = [one | more for one, more in zip(found, self.reached(name, wanted, inputs), strict=True)]
        return found

    def fed_scores(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """What feeds scores (heads, queries, keys): queries and keys that meet, whether they see each other or not."""
        parts = (
            self.reached(QUERY, some(wanted, 2), inputs),
            self.reached(KEY, self._shared(some(wanted, 1), inputs), inputs),
        )
        return [one | other for one, other in zip(*parts, strict=True)]

    def _shared(self, wanted: Array, inputs: Shapes) -> Array:
        """From (heads, places, numbers) to the heads that keys and values have."""
        grouped = wanted.reshape(self.sizes(inputs).groups, -1, *wanted.shape[1:])
        found: Array = np.logical_or.reduce(grouped, axis=1)
        return found

    @property
    def softmaxed(self) -> str:
        """The inner tensor that masks are added to, and the softmax is taken of."""
        return "scores"

    @property
    def score_name(self) -> str:
        """What a table of keys calls the scores."""
        return "q·k/√d"

    def explain_score(self, at: Shape, found: Look, parameters: Parameters) -> Explanation:
        """How one score came about, without the roles of the inputs."""
        raise NotImplementedError

    def told_factor(self, start: Explanation, width: int, value: float, parameters: Parameters) -> Explanation:
        """The explanation of query times key, led on to the score."""
        return start.then("over the root of the width", f"{{}} / √{width}", (start.total,), value)

    def look_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        """The multiply-accumulates of scores and of sums, as products."""
        queries, keys = self.places(inputs)
        heads, _, width, value_width = self.sizes(inputs)
        return (heads, queries, keys, width), (heads, queries, keys, value_width)

    def cache_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        _, keys = self.places(inputs)
        _, groups, width, value_width = self.sizes(inputs)
        return (keys, groups, width), (keys, groups, value_width)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        queries, keys = self.places(inputs)
        heads, groups, width, value_width = self.sizes(inputs)
        return kernels.method.beside(samples * (queries * heads + keys * groups) * (width + value_width))

    def terms(self, inputs: Shapes) -> int:
        _, keys = self.places(inputs)
        heads, _, _, value_width = self.sizes(inputs)
        return heads * (keys + value_width)

    def longest_sum(self, inputs: Shapes) -> int:
        _, keys = self.places(inputs)
        return max(keys, self.sizes(inputs).width)


def shapes(inputs: Arrays) -> list[Shape]:
    """The shapes of one sample of each."""
    return [tuple(x.shape[1:]) for x in inputs]


def some(wanted: Array, axis: int) -> Array:
    """Booleans (heads, places, 1): where any is wanted along an axis of (heads, queries, keys)."""
    found: Array = np.logical_or.reduce(wanted, axis=axis)
    return found[..., np.newaxis]
