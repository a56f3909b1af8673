"""What all attention layers share: which inputs are queries, values, keys and masks, and which keys a query sees."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.masked import NAMED, Masked, check_mask, counts
from dataflow_cli.layers.fields import Boolean, Choice, Integer, Number, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.attention import Visible
    from dataflow_cli.shapes import Array, Arrays, Shape, Shapes

BOOLEAN, ADDITIVE = "boolean", "additive"


@dataclass(frozen=True, kw_only=True)
class Attending(Masked):
    """Base of attention: the inputs are query, value and key, in Keras' order, and a mask if there is one.

    One input is all three, two are the query and what is both value and key. All axes but the last one are places.
    Behind them stand the masks that came along: a query that is padding sees no key, and no query sees a key that is. A
    mask that it names is one of keys, or of all that `attention_mask` may be.
    """

    hands_mask_on: ClassVar[bool] = True

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

    def roles(self, inputs: Sequence[object]) -> tuple[int, int, int]:
        """Which input is the query, the value and the key, of these arrays or shapes."""
        several = len(self.unmasked(inputs)) - (self.attention_mask is not None)
        return 0, min(1, several - 1), min(2, several - 1)

    def three(self, inputs: Shapes) -> tuple[Shape, Shape, Shape]:
        """The shapes of query, value and key. Raises LayerError if there are too few or many inputs, or they do not
        fit.
        """
        given = self.unmasked(inputs)
        several = len(given) - (self.attention_mask is not None)
        if not self.arity[0] <= several <= 3:
            mask = ", and the mask" if self.attention_mask else ""
            raise LayerError(
                f"{self.type} takes query, value and key{mask}: found {len(given)} inputs",
                hint="with `attention_mask`, the mask is one input more, the last; without it there is none",
                field="inputs",
            )
        query, value, key = (tuple(inputs[which]) for which in self.roles(inputs))
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
        """How many queries and how many keys there are. Raises LayerError if a mask is for others."""
        query, value, key = self.three(inputs)
        queries, keys = math.prod(query[:-1]), math.prod(value[:-1])
        whole = (self.heads_of_queries, queries, keys)
        if self.attention_mask is not None:
            self._check_mask(tuple(self.unmasked(inputs)[-1]), whole, "inputs")
        named = self.mask(inputs) if NAMED in self.masks else None
        if named is not None:
            self._check_mask(tuple(named), whole, "mask")
        elif self.masks:
            for number, shape in zip(self.roles(inputs), (query, value, key), strict=True):
                check_mask(self.mask(inputs, number), shape[:-1])
        return queries, keys

    @staticmethod
    def _check_mask(shape: Shape, whole: Shape, field: str) -> None:
        """Raises LayerError for a mask that is not of (heads, queries, keys), or 1 on an axis, or without the first."""
        meant = whole[len(whole) - len(shape) :]
        if 0 < len(shape) <= 3 and all(n in (1, there) for n, there in zip(shape, meant, strict=True)):
            return
        heads, queries, keys = whole
        raise LayerError(
            f"the mask has shape {written(shape)}, for {queries} queries, {keys} keys and {heads} heads",
            hint=f"a mask is {written((keys,))}, {written((queries, keys))} or {written(whole)}; 1 stands for all",
            code="E135",
            field=field,
        )

    def taken(self, inputs: Arrays) -> tuple[Array, Array, Array]:
        """Query, value and key as (N, places, channels)."""
        query, value, key = (
            inputs[which].reshape(len(inputs[which]), -1, inputs[which].shape[-1]) for which in self.roles(inputs)
        )
        return query, value, key

    def visible(self, inputs: Arrays, place: int | None = None) -> Visible:
        """Which keys the queries see, or the one query at a place."""
        mask = None if self.attention_mask is None else _whole(self.unmasked(inputs)[-1])
        boolean = self.attention_mask == BOOLEAN
        allowed = [mask > 0.5] if boolean and mask is not None else []
        added = None if boolean else mask
        allowed += [self._counting(number, inputs) for number in self.masks]
        if place is None:
            together = reduce(np.logical_and, allowed) if allowed else None
            return kernels.attention.Visible(self.use_causal_mask, self.sliding_window, together, added)
        row = slice(place, place + 1)
        allowed = [one[:, :, row] if one.shape[2] > 1 else one for one in allowed]
        _, value, _ = self.taken(inputs)
        near = kernels.attention.Visible(self.use_causal_mask, self.sliding_window)
        between = near.between(row, slice(0, value.shape[1]))
        allowed += [] if between is None else [between[np.newaxis, np.newaxis]]
        added = added[:, :, row] if added is not None and added.shape[2] > 1 else added
        return kernels.attention.Visible(allowed=reduce(np.logical_and, allowed) if allowed else None, added=added)

    def _counting(self, number: int, inputs: Arrays) -> Array:
        """What one of the masks lets be seen: (N, heads or 1, queries or 1, keys or 1)."""
        mask = inputs[len(inputs) - len(self.masks) + self.masks.index(number)]
        if number == NAMED:
            return counts(_whole(mask))
        steps = counts(mask).reshape(len(mask), -1)
        query, value, key = self.roles(inputs)
        of_queries, of_keys = steps[:, np.newaxis, :, np.newaxis], steps[:, np.newaxis, np.newaxis]
        if number not in (value, key):
            return of_queries
        return of_queries & of_keys if number == query else of_keys

    def between(self, queries: int, keys: int) -> Array:
        """Booleans (queries, keys): which keys a query can see, by their places alone."""
        visible = kernels.attention.Visible(self.use_causal_mask, self.sliding_window)
        found = visible.between(slice(0, queries), slice(0, keys))
        return np.ones((queries, keys), bool) if found is None else found

    def fed(self, seen: Array, inputs: Shapes) -> list[Array]:
        """Which elements of the inputs feed what is seen, booleans (heads or 1, queries, keys): all of the query there,
        all of its keys and values, and what of masks is for them.
        """
        query, value, key = self.roles(inputs)
        pairs = seen.any(axis=0) & self.between(*seen.shape[1:])
        several = pairs & (pairs.sum(axis=1, keepdims=True) > 1)
        found = [np.zeros(shape, bool) for shape in inputs]
        for which, places in ((query, several.any(axis=1)), (value, pairs.any(axis=0)), (key, several.any(axis=0))):
            found[which] |= places.reshape(*inputs[which][:-1], 1)
        heads = np.broadcast_to(seen & pairs, (self.heads_of_queries, *pairs.shape))
        if self.attention_mask is not None:
            mask = heads if self.attention_mask == BOOLEAN else heads & several
            number = len(self.unmasked(inputs)) - 1
            found[number] |= gathered(mask, tuple(inputs[number]))
        for place, number in enumerate(self.masks, start=len(inputs) - len(self.masks)):
            if number == NAMED:
                found[place] |= gathered(heads, tuple(inputs[place]))
                continue
            along = [pairs.any(axis=1)] if number == query else []
            along += [pairs.any(axis=0)] if number in (value, key) else []
            found[place] |= np.logical_or.reduce(along).reshape(inputs[place])
        return found


def _whole(mask: Array) -> Array:
    """A mask (N, ...) as (N, heads or 1, queries or 1, keys or 1)."""
    return mask.reshape(len(mask), *(1,) * (4 - mask.ndim), *mask.shape[1:])


def gathered(seen: Array, shape: Shape) -> Array:
    """Of a mask of this shape, what stands for anything that is seen, (heads, queries, keys)."""
    missing = seen.ndim - len(shape)
    axes = tuple(axis for axis in range(seen.ndim) if axis < missing or shape[axis - missing] == 1)
    return seen.any(axis=axes, keepdims=True).reshape(shape)
