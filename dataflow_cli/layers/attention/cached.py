"""Attention without projections over keys and values of the past, and over as many of them as a sample has."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.attention.attending import ADDITIVE
from dataflow_cli.layers.attention.direct import Direct
from dataflow_cli.layers.attention.looking import KEY, QUERY, VALUE, shapes
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from dataflow_cli.kernels.attention import Visible
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Cached(Direct):
    """Base of it: behind query, key and value stand the mask, keys and values of the past, and the number of keys."""

    arity: ClassVar[tuple[int, int | None]] = (1, 7)
    past: bool = option(
        Boolean(),
        "whether two inputs behind the mask are keys and values of the past, (heads, length, numbers) each: they come "
        "before those of the inputs",
        False,
    )
    key_lengths: bool = option(
        Boolean(),
        "whether the last input is one number, how many of the keys a sample has: others are not seen, and the last "
        "query stands at the last of them",
        False,
    )

    def several(self, inputs: Sequence[object]) -> int:
        return super().several(inputs) - 2 * self.past - self.key_lengths

    def count(self, inputs: Shapes) -> None:
        found = len(self.unmasked(inputs))
        several = self.several(inputs)
        if 1 <= several <= 3 and not (self.past and self.key_lengths):
            return
        if self.past and self.key_lengths:
            hint = "keys that were put together elsewhere are counted by `key_lengths`, and have no past"
            raise LayerError(f"{self.type} takes `past` or `key_lengths`, not both", hint=hint, field="past")
        more = [word for word, there in self._behind() if there]
        raise LayerError(
            f"{self.type} takes query, key and value{''.join(f', {word}' for word in more)}: found {found} inputs",
            hint="`attention_mask`, `past` and `key_lengths` say what stands behind query, key and value",
            field="inputs",
        )

    def _behind(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("the mask", self.mask_form is not None),
            ("keys of the past", self.past),
            ("values of the past", self.past),
            ("the number of keys", self.key_lengths),
        )

    def roles(self, inputs: Sequence[object]) -> tuple[int, int, int]:
        """Query, value and key, which stand in PyTorch's order: query, key, value."""
        several = self.several(inputs)
        return 0, min(2, several - 1), min(1, several - 1)

    def past_number(self, name: str, inputs: Sequence[object]) -> int:
        """Which input the keys, or the values, of the past are."""
        return self.several(inputs) + (self.mask_form is not None) + (name == VALUE)

    def length_number(self, inputs: Sequence[object]) -> int:
        """Which input says how many keys there are."""
        return len(self.unmasked(inputs)) - 1

    def offset(self, inputs: Shapes) -> int:
        return inputs[self.past_number(KEY, inputs)][1] if self.past else 0

    def places(self, inputs: Shapes) -> tuple[int, int]:
        query, value, _ = self.three(inputs)
        layout, sizes = self.layout(inputs), self.sizes(inputs)
        self._check_past(inputs)
        queries, keys = layout.places(query), layout.places(value) + self.offset(inputs)
        self.check_masks(inputs, (sizes.heads, queries, keys), (query[-2:], value[-2:], value[-2:]))
        return queries, keys

    def _check_past(self, inputs: Shapes) -> None:
        """Raises LayerError if the past does not fit keys and values, or a number of keys is none."""
        _, groups, width, value_width = self.sizes(inputs)
        if self.key_lengths and inputs[self.length_number(inputs)] not in ((), (1,)):
            there = written(tuple(inputs[self.length_number(inputs)]))
            hint = "write the input's shape as [1]"
            raise LayerError(f"the number of keys is one number a sample, found {there}", hint=hint, field="inputs")
        if not self.past:
            return
        places = self.offset(inputs)
        for name, numbers in ((KEY, width), (VALUE, value_width)):
            shape = tuple(inputs[self.past_number(name, inputs)])
            if shape != (groups, places, numbers):
                raise LayerError(
                    f"the {name}s of the past have shape {written(shape)}",
                    hint=f"give them (heads, length, numbers), here {written((groups, places, numbers))}",
                    code="E132",
                    field="inputs",
                )

    def check_mask(self, shape: Shape, whole: Shape, field: str) -> None:
        short = (*shape[:-1], whole[2]) if shape and 1 < shape[-1] < whole[2] else shape
        super().check_mask(short, whole, field)

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        """A mask that came along is of places, which are an axis by themselves only without heads."""
        return not self.past and not self.layout(inputs).first

    def whole(self, mask: Array, inputs: Shapes) -> Array:
        whole, keys = super().whole(mask, inputs), self.places(inputs)[1]
        missing = keys - whole.shape[-1] if whole.shape[-1] > 1 else 0
        filled = -np.inf if self.mask_form == ADDITIVE else 0
        return np.pad(whole, ((0, 0), (0, 0), (0, 0), (0, missing)), constant_values=filled) if missing else whole

    def gathered(self, seen: Array, shape: Shape) -> Array:
        return super().gathered(seen[..., : shape[-1]] if shape[-1] > 1 else seen, shape)

    def between(self, inputs: Shapes) -> Array:
        found, number = super().between(inputs), self.mask_number(inputs)
        if number is not None and 1 < inputs[number][-1] < found.shape[1]:
            found = found.copy()
            found[:, inputs[number][-1] :] = False
        return found

    def near(self, inputs: Shapes) -> Visible:
        if self.key_lengths:  # where queries stand hangs on the sample
            return kernels.attention.Visible(blind_takes=self.blind_takes)
        return super().near(inputs)

    def more_allowed(self, inputs: Arrays) -> list[Array]:
        own = shapes(inputs)
        number = self.mask_number(inputs)
        finite = (
            [self.whole(inputs[number], own) > -np.inf] if number is not None and self.mask_form == ADDITIVE else []
        )
        return [*finite, self._counted(inputs)] if self.key_lengths else finite

    def _counted(self, inputs: Arrays) -> Array:
        """Which keys queries see where samples have so many: (N, 1, queries, keys)."""
        queries, keys = self.places(shapes(inputs))
        lengths = np.rint(inputs[self.length_number(inputs)].reshape(-1, 1, 1, 1))
        at = np.arange(keys)
        apart = np.arange(queries)[:, np.newaxis] + lengths - queries - at
        before, behind = self.around
        seen = (at < lengths) & (apart >= 0 if self.use_causal_mask else True)
        seen = seen if before is None else seen & (apart <= before)
        seen = seen if behind is None else seen & (-apart <= behind)
        return np.broadcast_to(seen, (len(lengths), 1, queries, keys))

    def mask_numbers(self, inputs: Shapes) -> tuple[int, ...]:
        return (*super().mask_numbers(inputs), *([self.length_number(inputs)] if self.key_lengths else []))

    def switching(self, inputs: Sequence[object]) -> list[int]:
        return [*super().switching(inputs), *([self.length_number(inputs)] if self.key_lengths else [])]

    def others(self, number: int, value: float, inputs: Arrays) -> Sequence[float]:
        if self.key_lengths and number == self.length_number(inputs):
            queries, keys = self.places(shapes(inputs))
            return range(keys + queries + 1)
        return super().others(number, value, inputs)

    def fed_masks(self, asked: Array, inputs: Shapes) -> list[Array]:
        found = super().fed_masks(asked, inputs)
        if self.key_lengths:
            found[self.length_number(inputs)] |= asked.any()
        return found

    def by_head(self, name: str, inputs: Arrays) -> Array:
        found = super().by_head(name, inputs)
        if not self.past or name == QUERY:
            return found
        before = inputs[self.past_number(name, inputs)].transpose(0, 2, 1, 3)
        return np.concatenate([before, found], axis=1)

    def at_inputs(self, name: str, whole: Array, inputs: Shapes) -> list[Array]:
        if not self.past or name == QUERY:
            return super().at_inputs(name, whole, inputs)
        places = self.offset(inputs)
        found = super().at_inputs(name, whole[:, places:], inputs)
        found[self.past_number(name, inputs)] = whole[:, :places]
        return found

    def origin(self, name: str, at: Shape, inputs: Shapes) -> tuple[int, Shape]:
        """Which input a number (head, place, number) of the keys or values is from, and where it stands in it."""
        head, place, number = at
        places = self.offset(inputs)
        if place < places:
            return self.past_number(name, inputs), at
        which = self.which(name, inputs)
        _, width = self.per_head(name, inputs)
        found = self.layout(inputs).index(np.array([(head, place - places, number)]), tuple(inputs[which]), width)
        return which, tuple(map(int, found[0]))

    def met_insides(self, *names: str) -> tuple[str, ...]:
        return tuple(name for name in names if self.past and name != QUERY)

    def whose(self, name: str, places: Array, inputs: Arrays) -> Mapping[str, Any]:
        """Keys and values that come from two inputs are elements of the inner tensors."""
        if self.past and name != QUERY:
            return {"recalled": name, "places": places}
        return super().whose(name, places, inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Axes, unknown

        if not self.layout(inputs).first:
            return super().torch_order(orders, inputs)
        rows = [order.row(shape) for order, shape in zip(orders, inputs, strict=True)]
        if not all(row.is_plain for row in rows):
            raise unknown("it tells axes apart by where they stand, and PyTorch has those of its inputs elsewhere")
        return Axes((0, 1, 2), rows[0].first)
