"""What all attention layers share: which inputs are queries, values, keys and masks, and which keys a query sees."""

from __future__ import annotations

import math
from dataclasses import replace
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
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.attention import Visible
    from dataflow_cli.shapes import Array, Arrays, Shape, Shapes

BOOLEAN, ADDITIVE = "boolean", "additive"
HALF = 0.5
"""Above it, an element of a mask of yes and no says yes."""


@dataclass(frozen=True, kw_only=True)
class Attending(Masked):
    """Base of attention: the inputs are query, value and key, in Keras' order, and a mask if there is one.

    One input is all three, two are the query and what is both value and key. All axes but the last one are places.
    Behind them stand the masks that came along: a query that is padding sees no key, and no query sees a key that is. A
    mask that it names is one of keys, or of all that `attention_mask` may be.
    """

    hands_mask_on: ClassVar[bool] = True
    blind_takes: ClassVar[bool] = True
    """Whether a query that sees no key takes from all alike, as in Keras; else it takes nothing."""

    use_causal_mask: bool = option(Boolean(), "whether a query sees only keys up to its own place", False)
    dropout: float = option(Number(0, maximum=1), "the part of the weights that training sets to 0", 0.0)

    @property
    def mask_form(self) -> str | None:
        """What the input that is a mask holds: BOOLEAN or ADDITIVE numbers; None if there is no such input."""
        return None

    @property
    def around(self) -> tuple[int | None, int | None]:
        """How many places before its own, and behind it, a query sees keys; None: all."""
        return None, None

    def heads(self, inputs: Shapes) -> int:
        """How many heads look, each for itself, with inputs of these shapes."""
        return 1

    def several(self, inputs: Sequence[object]) -> int:
        """How many of the inputs are query, value and key."""
        return len(self.unmasked(inputs)) - (self.mask_form is not None)

    def roles(self, inputs: Sequence[object]) -> tuple[int, int, int]:
        """Which input is the query, the value and the key, of these arrays or shapes."""
        several = self.several(inputs)
        return 0, min(1, several - 1), min(2, several - 1)

    def mask_number(self, inputs: Sequence[object]) -> int | None:
        """Which input is the mask."""
        return None if self.mask_form is None else self.several(inputs)

    def hides(self, number: int, inputs: Sequence[object]) -> tuple[bool, bool]:
        """Whether the mask that came with an input hides queries, and whether it hides keys."""
        query, value, key = self.roles(inputs)
        return number == query, number in (value, key)

    def mask_numbers(self, inputs: Shapes) -> tuple[int, ...]:
        number = self.mask_number(inputs)
        return (*([] if number is None else [number]), *range(len(inputs) - len(self.masks), len(inputs)))

    def counting(self, masks: Mapping[int, Array], inputs: Shapes) -> Mapping[str, Array]:
        from dataflow_cli.layers.attention.counting import counting

        nothing = np.zeros((), np.float32)  # in place of what the masks do not hang on
        arrays = [masks.get(number, np.broadcast_to(nothing, (1, *shape))) for number, shape in enumerate(inputs)]
        query, _, key = self.roles(inputs)
        return counting(self.visible(arrays), *self.places(inputs), alike=query == key)

    def switching(self, inputs: Sequence[object]) -> list[int]:
        """Which inputs hold yes and no: what a query sees changes when an element of theirs does."""
        number = self.mask_number(inputs)
        own = [number] if number is not None and self.mask_form == BOOLEAN else []
        return [*own, *range(len(inputs) - len(self.masks), len(inputs))]

    def others(self, number: int, value: float, inputs: Arrays) -> Sequence[float]:
        """What else an element of such an input may say."""
        return (0.0,) if value > HALF else (1.0,)

    def offset(self, inputs: Shapes) -> int:
        """The place of the first query among the keys."""
        return 0

    def count(self, inputs: Shapes) -> None:
        """Raises LayerError if there are too few or many inputs."""
        if not self.arity[0] <= self.several(inputs) <= 3:
            mask = ", and the mask" if self.mask_form else ""
            raise LayerError(
                f"{self.type} takes query, value and key{mask}: found {len(self.unmasked(inputs))} inputs",
                hint="with `attention_mask`, the mask is one input more, the last; without it there is none",
                field="inputs",
            )

    def three(self, inputs: Shapes) -> tuple[Shape, Shape, Shape]:
        """The shapes of query, value and key. Raises LayerError if there are too few or many inputs, or they do not
        fit.
        """
        self.count(inputs)
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
        self.check_masks(inputs, (self.heads(inputs), queries, keys), (query, value, key))
        return queries, keys

    def check_masks(self, inputs: Shapes, whole: Shape, three: Shapes) -> None:
        """Raises LayerError if a mask is not of (heads, queries, keys), or of the places of query, value or key."""
        number = self.mask_number(inputs)
        if number is not None:
            self.check_mask(tuple(inputs[number]), whole, "inputs")
        named = self.mask(inputs) if NAMED in self.masks else None
        if named is not None:
            self.check_mask(tuple(named), whole, "mask")
        elif self.masks:
            for each, shape in zip(self.roles(inputs), three, strict=True):
                check_mask(self.mask(inputs, each), shape[:-1], named=False)

    def check_mask(self, shape: Shape, whole: Shape, field: str) -> None:
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

    def visible(self, inputs: Arrays, place: int | None = None) -> Visible:
        """Which keys the queries see, or the one query at a place."""
        shapes = [x.shape[1:] for x in inputs]
        near = self.near(shapes)
        number = self.mask_number(inputs)
        mask = None if number is None else self.whole(inputs[number], shapes)
        boolean = self.mask_form == BOOLEAN
        added = None if boolean else mask
        allowed = [mask > HALF] if boolean and mask is not None else []
        allowed += [*self.more_allowed(inputs), *(self._counting(each, inputs) for each in self.masks)]
        if place is None:
            return replace(near, allowed=reduce(np.logical_and, allowed) if allowed else None, added=added)
        row = slice(place, place + 1)
        allowed = [_row(one, row) for one in allowed]
        between = near.between(row, slice(0, self.places(shapes)[1]))
        allowed += [] if between is None else [between[np.newaxis, np.newaxis]]
        added = None if added is None else _row(added, row)
        together = reduce(np.logical_and, allowed) if allowed else None
        return kernels.attention.Visible(allowed=together, added=added, blind_takes=self.blind_takes)

    def near(self, inputs: Shapes) -> Visible:
        """What queries see by their places alone."""
        before, behind = self.around
        return kernels.attention.Visible(
            self.use_causal_mask, before, behind, self.offset(inputs), blind_takes=self.blind_takes
        )

    def whole(self, mask: Array, inputs: Shapes) -> Array:
        """A mask (N, ...) as (N, heads or 1, queries or 1, keys or 1)."""
        return mask.reshape(len(mask), *(1,) * (4 - mask.ndim), *mask.shape[1:])

    def more_allowed(self, inputs: Arrays) -> list[Array]:
        """What else lets keys be seen: booleans (N or 1, heads or 1, queries or 1, keys or 1)."""
        return []

    def _counting(self, number: int, inputs: Arrays) -> Array:
        """What one of the masks lets be seen: (N, heads or 1, queries or 1, keys or 1)."""
        mask = inputs[len(inputs) - len(self.masks) + self.masks.index(number)]
        if number == NAMED:
            return counts(self.whole(mask, [x.shape[1:] for x in inputs]))
        steps = counts(mask).reshape(len(mask), -1)
        of_queries, of_keys = self.hides(number, inputs)
        found = np.ones((1, 1, 1, 1), bool)
        found = found & steps[:, np.newaxis, :, np.newaxis] if of_queries else found
        return found & steps[:, np.newaxis, np.newaxis] if of_keys else found

    def between(self, inputs: Shapes) -> Array:
        """Booleans (queries, keys): which keys a query can see, by their places alone."""
        queries, keys = self.places(inputs)
        found = self.near(inputs).between(slice(0, queries), slice(0, keys))
        return np.ones((queries, keys), bool) if found is None else found

    def fed_masks(self, asked: Array, inputs: Shapes) -> list[Array]:
        """Which elements of masks feed the weights that are asked about, booleans (heads, queries); of the other inputs
        none does.
        """
        between = self.between(inputs)
        met = asked[..., np.newaxis] & between
        found = [np.zeros(shape, bool) for shape in inputs]
        number = self.mask_number(inputs)
        if number is not None:
            several = between.sum(axis=1, keepdims=True) > 1
            found[number] |= self.gathered(met if self.mask_form == BOOLEAN else met & several, inputs[number])
        for place, number in enumerate(self.masks, start=len(inputs) - len(self.masks)):
            if number == NAMED:
                found[place] |= self.gathered(met, inputs[place])
                continue
            of_queries, of_keys = self.hides(number, inputs)
            along = [met.any(axis=(0, 2))] if of_queries else []
            along += [met.any(axis=(0, 1))] if of_keys else []
            found[place] |= np.logical_or.reduce(along).reshape(inputs[place]) if along else False
        return found

    def gathered(self, seen: Array, shape: Shape) -> Array:
        """Of a mask of this shape, what stands for anything that is seen, (heads, queries, keys)."""
        missing = seen.ndim - len(shape)
        axes = tuple(axis for axis in range(seen.ndim) if axis < missing or shape[axis - missing] == 1)
        return seen.any(axis=axes, keepdims=True).reshape(shape)


@dataclass(frozen=True, kw_only=True)
class AttendingMasked(Attending):
    """Attention that may have a mask as an input, and see no further than a window."""

    sliding_window: int | None = option(
        Optional(Integer(1)), "a query sees only keys less than so many places away; null: all", None
    )
    attention_mask: str | None = option(
        Optional(Choice((BOOLEAN, ADDITIVE))),
        "whether the last input is a mask (keys), (queries, keys) or (heads, queries, keys): `boolean`, above 0.5 "
        "where a query sees a key, or `additive`, added to the scores",
        None,
    )

    @property
    def mask_form(self) -> str | None:
        return self.attention_mask

    @property
    def around(self) -> tuple[int | None, int | None]:
        away = None if self.sliding_window is None else self.sliding_window - 1
        return away, away


def _row(one: Array, row: slice) -> Array:
    """What of (N, heads, queries or 1, keys) is for one query."""
    return one[:, :, row] if one.shape[2] > 1 else one
