"""What all attention layers share: which inputs are queries, values, keys and a mask, and which keys a query sees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Boolean, Choice, Integer, Number, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.kernels.attention import Visible
    from dataflow_cli.shapes import Array, Arrays, Shape, Shapes

BOOLEAN, ADDITIVE = "boolean", "additive"


@dataclass(frozen=True, kw_only=True)
class Attending(Layer):
    """Base of attention: the inputs are query, value and key, in Keras' order, and a mask if there is one.

    One input is all three, two are the query and what is both value and key. All axes but the last one are places.
    """

    use_causal_mask: bool = option(Boolean(), "whether a query sees only keys up to its own place", False)
    sliding_window: int | None = option(
        Optional(Integer(1)), "a query sees only keys less than so many places away; null: all", None
    )
    attention_mask: str | None = option(
        Optional(Choice((BOOLEAN, ADDITIVE))),
        "whether the last input is a mask (keys), (queries, keys) or (heads, queries, keys): `boolean`, above 0.5 "
        "where a query sees a key, or `additive`, added to the scores",
        None,
    )
    dropout: float = option(Number(0, maximum=1), "the part of the weights that training sets to 0", 0.0)

    @property
    def heads_of_queries(self) -> int:
        """How many heads look, each for itself."""
        return 1

    def roles(self, count: int) -> tuple[int, int, int]:
        """Which input is the query, the value and the key, of so many inputs."""
        several = count - (self.attention_mask is not None)
        return 0, min(1, several - 1), min(2, several - 1)

    def three(self, inputs: Shapes) -> tuple[Shape, Shape, Shape]:
        """The shapes of query, value and key. Raises LayerError if there are too few or many inputs, or they do not
        fit.
        """
        several = len(inputs) - (self.attention_mask is not None)
        if not self.arity[0] <= several <= 3:
            mask = ", and the mask" if self.attention_mask else ""
            raise LayerError(
                f"{self.type} takes query, value and key{mask}: found {len(inputs)} inputs",
                hint="with `attention_mask`, the mask is one input more, the last; without it there is none",
                field="inputs",
            )
        query, value, key = (tuple(inputs[which]) for which in self.roles(len(inputs)))
        for what, shape in (("query", query), ("value", value), ("key", key)):
            if len(shape) < 2:
                raise LayerError(
                    f"{self.type} takes (length, channels), numbers for every place: found the {what} {written(shape)}",
                    hint="an embedding, or a reshape to (length, channels), comes before",
                    field="inputs",
                )
        if value[:-1] != key[:-1]:
            raise LayerError(
                f"there are values at {written(value[:-1])} places and keys at {written(key[:-1])}",
                hint="every key has a value: give both the same places",
                code="E132",
                field="inputs",
            )
        return query, value, key

    def places(self, inputs: Shapes) -> tuple[int, int]:
        """How many queries and how many keys there are. Raises LayerError if the mask is for others."""
        query, value, _ = self.three(inputs)
        queries, keys = math.prod(query[:-1]), math.prod(value[:-1])
        if self.attention_mask is not None:
            self._check_mask(tuple(inputs[-1]), (self.heads_of_queries, queries, keys))
        return queries, keys

    def _check_mask(self, shape: Shape, whole: Shape) -> None:
        """Raises LayerError for a mask that is not of (heads, queries, keys), or 1 on an axis, or without the first."""
        meant = whole[len(whole) - len(shape) :]
        if 0 < len(shape) <= 3 and all(n in (1, there) for n, there in zip(shape, meant, strict=True)):
            return
        heads, queries, keys = whole
        raise LayerError(
            f"the mask has shape {written(shape)}, for {queries} queries, {keys} keys and {heads} heads",
            hint=f"a mask is {written((keys,))}, {written((queries, keys))} or {written(whole)}; 1 stands for all",
            code="E132",
            field="inputs",
        )

    def taken(self, inputs: Arrays) -> tuple[Array, Array, Array]:
        """Query, value and key as (N, places, channels)."""
        query, value, key = (
            inputs[which].reshape(len(inputs[which]), -1, inputs[which].shape[-1]) for which in self.roles(len(inputs))
        )
        return query, value, key

    def visible(self, inputs: Arrays) -> Visible:
        """Which keys the queries see."""
        mask = None
        if self.attention_mask is not None:
            given = inputs[-1]
            mask = given.reshape(len(given), *(1,) * (4 - given.ndim), *given.shape[1:])
        boolean = self.attention_mask == BOOLEAN
        return kernels.attention.Visible(
            self.use_causal_mask,
            self.sliding_window,
            mask > 0.5 if boolean and mask is not None else None,
            None if boolean else mask,
        )

    def between(self, queries: int, keys: int) -> Array:
        """Booleans (queries, keys): which keys a query can see, by their places alone."""
        visible = kernels.attention.Visible(self.use_causal_mask, self.sliding_window)
        found = visible.between(slice(0, queries), slice(0, keys))
        return np.ones((queries, keys), bool) if found is None else found

    def fed(self, seen: Array, inputs: Shapes) -> list[Array]:
        """Which elements of the inputs feed what is seen, booleans (heads or 1, queries, keys): all of the query there,
        all of its keys and values.
        """
        query, value, key = self.roles(len(inputs))
        pairs = seen.any(axis=0) & self.between(*seen.shape[1:])
        found = [np.zeros(shape, bool) for shape in inputs]
        for which, places in ((query, pairs.any(axis=1)), (value, pairs.any(axis=0)), (key, pairs.any(axis=0))):
            found[which] |= places.reshape(*inputs[which][:-1], 1)
        if self.attention_mask is not None:
            heads = np.broadcast_to(seen & pairs, (self.heads_of_queries, *pairs.shape))
            found[-1] |= _gathered(heads, tuple(inputs[-1]))
        return found


def _gathered(seen: Array, shape: Shape) -> Array:
    """Of a mask of this shape, what stands for anything that is seen, (heads, queries, keys)."""
    missing = seen.ndim - len(shape)
    axes = tuple(axis for axis in range(seen.ndim) if axis < missing or shape[axis - missing] == 1)
    return seen.any(axis=axes, keepdims=True).reshape(shape)
