"""Two recurrent layers along one sequence, the second from its end.

    forward[n, t, :]  = layer( in )             backward[n, t, :] = layer( in backwards ), turned back
    out = merge( forward, backward )            of their last states, without `return_sequences`

n: sample; t: step. Behind the sequence may stand what the first steps begin with: the states of the forward layer, then
those of the backward one. The merge is concatenation along the units, a sum, a product, or a mean. The tensors by step
of both stand in the order of the input: at the backward layer's last step t is 0. With a mask, a step of a sequence
that does not count comes out as zeros, as in Keras; within both layers it hands the state on.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.bases.masked import Masked, counts, mask_block
from dataflow_cli.layers.bases.wrapped import WrappedLayer
from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.layers.fields import Choice, Optional, option
from dataflow_cli.layers.recurrent.direction import BACKWARD, FORWARD, Direction, renamed
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.recurrent.stepping import Stepping
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

MODES = ("concat", "sum", "mul", "ave")


@dataclass(frozen=True, kw_only=True)
class Bidirectional(Masked):
    """A recurrent layer from the start of a sequence, and another from its end."""

    type: ClassVar[str] = "bidirectional"
    arity: ClassVar[tuple[int, int | None]] = (1, 5)
    insides: ClassVar[Mapping[str, str]] = {
        "forward_hidden": "the state of the layer from the start after every step; so all tensors that it has",
        "backward_hidden": "the state of the layer from the end after every step; so all tensors that it has",
    }
    layer: Layer = option(WrappedLayer(along_sequences=True), "the recurrent layer: `{type: lstm, units: 64}`")
    merge_mode: str | None = option(
        Optional(Choice(MODES)), "how both become one; null: they do not, and who reads them names one", "concat"
    )
    backward_layer: Layer | None = option(
        Optional(WrappedLayer(along_sequences=True)), "the one from the end, if it is no copy of `layer`", None
    )

    @property
    def directions(self) -> tuple[Direction, Direction]:
        """Both layers, from the start and from the end."""
        first = cast("Stepping", self.layer)
        second = cast("Stepping", self.backward_layer or replace(first, go_backwards=not first.go_backwards))
        first, second = (
            replace(one, masks=self.masks, zero_output_for_mask=False) for one in (first, second)
        )  # which steps are zeros is not theirs to say, as in Keras
        return Direction(layer=first, prefix=FORWARD), Direction(layer=second, prefix=BACKWARD)

    @property
    def parts_only(self) -> bool:  # type: ignore[override]
        return self.merge_mode is None

    @property
    def has_sequences(self) -> bool:
        return self.layer.has_sequences

    @property
    def has_steps(self) -> bool:  # type: ignore[override]
        return self.directions[0].has_steps

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(name for one in self.directions for name in renamed(one.layer.recalls, one.prefix))

    @property
    def hands_mask_on(self) -> bool:
        return self.directions[0].layer.return_sequences

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        return self.directions[0].layer.uses_mask(mask, inputs)

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return self.layer.axes(dimensions, channels_first=channels_first)

    def output_shape(self, inputs: Shapes) -> Shape:
        first, second = self.directions
        self._check_states(inputs)
        one, other = (each.output_shape(inputs) for each in (first, second))
        if len(one) != len(other) or first.layer.go_backwards == second.layer.go_backwards:
            hint = "give both the same `return_sequences`, and one `go_backwards: true`"
            raise LayerError("bidirectional's two layers do not fit together", hint=hint, field="backward_layer")
        if self.merge_mode in {"concat", None}:
            return (*one[:-1], one[-1] + other[-1])
        if one != other:
            hint = "give both as many units, or write `merge_mode: concat`"
            raise LayerError("bidirectional cannot merge states of other sizes", hint=hint, field="backward_layer")
        return one

    def _check_states(self, inputs: Shapes) -> None:
        """Raises LayerError for states of one direction alone."""
        found, states = len(self.unmasked(inputs)) - 1, self.directions[0].layer.states
        if found and found != 2 * len(states):
            each = " and ".join(f"{one.prefix}{name}" for one in self.directions for name in states).replace("_", " ")
            hint = "give it all of them behind the sequence, or no state: then both start with zeros"
            raise LayerError(f"bidirectional starts with {each}, found {found} more inputs", hint=hint)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {name: one for each in self.directions for name, one in each.parameters(inputs).items()}

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return tuple(factors for each in self.directions for factors in each.mac_factors(inputs))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        first, second = (each.receptive_field(seen, inputs) for each in self.directions)
        if first.channels_first and self.merge_mode in {
            "concat",
            None,
        }:  # as in Keras, behind one another in space then
            lengths = [each.output_shape(inputs) for each in self.directions]
            return first.joined([second], len(lengths[0]) - 2, [shape[-1] for shape in lengths])
        return first.merged([second])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        first, second = self.directions
        units = first.output_shape(inputs)[-1]
        parts = (wanted[..., :units], wanted[..., units:]) if self.merge_mode in {"concat", None} else (wanted, wanted)
        fed = [each.feeds(part, inputs) for each, part in zip((first, second), parts, strict=True)]
        return [one | other for one, other in zip(*fed, strict=True)]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        one, other = (each.output_shape(inputs)[-1] for each in self.directions)
        last = self.layer.axes(len(self.output_shape(inputs)), channels_first=False)[-1]
        concatenated = self.merge_mode in {"concat", None}
        return (f"{last}s: {one} + {other} = {one + other}" if concatenated else f"{last}s: {one}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        first = self.directions[0]
        found: Order = self.layer.torch_order(first.taken(orders), first.taken(inputs))
        return found

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        name = parameter.removeprefix(FORWARD).removeprefix(BACKWARD)
        return self.layer.torch_stored(name, shape, inputs, order)

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return {
            f"{each.prefix}{name}": f"{each.prefix.rstrip('_')}: {what}"
            for each in self.directions
            for name, what in each.layer.insides.items()
        }

    def inside(self, name: str) -> Layer:
        (each,) = (one for one in self.directions if name.startswith(one.prefix))
        return replace(each, layer=replace(each.layer, ends=name.removeprefix(each.prefix)))

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """One direction after the other, and what the first gave."""
        each = [one.method(inputs, samples).beside for one in self.directions]
        return kernels.method.beside(max(each) + 2 * samples * math.prod(self.output_shape(inputs)))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        one, other = self._states(inputs, parameters, engine)
        if self.merge_mode in {"concat", None}:
            return np.concatenate([one, other], axis=-1)
        if self.merge_mode == "mul":
            return one * other
        total: Array = one + other
        return total / 2 if self.merge_mode == "ave" else total

    def _states(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> list[Array]:
        """What is merged, of each direction."""
        return [self._shown(each.forward(inputs, parameters, engine), inputs) for each in self.directions]

    def _shown(self, states: Array, inputs: Arrays) -> Array:
        """The states of a direction, with zeros in steps that do not count."""
        if not self.hands_mask_on or (mask := self.mask(inputs)) is None:
            return states
        kept = counts(mask).reshape(*mask.shape, *[1] * (states.ndim - 2))
        return np.where(kept, states, states.dtype.type(0))

    def likeness(
        self, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
    ) -> dict[str, Array] | None:
        """Of each direction with its part of the error. What a product makes of one is multiplied by the other."""
        gain = np.ones_like(error) if gain is None else gain
        units = self.directions[0].output_shape([x.shape[1:] for x in inputs])[-1]
        apart = self.merge_mode in {"concat", None}
        parts = [(each[..., :units], each[..., units:]) if apart else (each, each) for each in (error, gain)]
        factors = self._states(inputs, parameters)[::-1] if self.merge_mode == "mul" else [1.0, 1.0]
        found: dict[str, Array] = {}
        for each, part, gained, factor in zip(self.directions, *parts, factors, strict=True):
            none = {name: np.zeros(parameters[name].shape) for name in parameters if name.startswith(each.prefix)}
            shown = self._shown(gained * factor, inputs)
            more = each.likeness(inputs, parameters, part, shown) if part.any() else none
            if more is None:
                return None
            share = math.sqrt(float(np.sum(part**2)) / (float(np.sum(error**2)) or 1.0))
            found |= {name: share * alike for name, alike in more.items()}
        return found

    def terms(self, inputs: Shapes) -> int:
        return 2

    def longest_sum(self, inputs: Shapes) -> int:
        return max(each.longest_sum(inputs) for each in self.directions)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """An element of either, or of both: states, which have explanations of their own."""
        mask = self.mask(inputs)
        if mask is None or not self.hands_mask_on:
            return self._of_states(at, inputs, parameters)
        block = mask_block(mask[0], len(self.unmasked(inputs)), [[at[0]]])
        if not counts(mask[0])[at[0]]:
            found = explaining.from_blocks(at, inputs, [block], 0.0)
            return found.noted("the step is masked: 0")
        found = self._of_states(at, inputs, parameters)
        return replace(found, blocks=(*found.blocks, block))

    def _of_states(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """An element of what is merged, where the step counts."""
        first, second = self.directions
        if self.merge_mode in {"concat", None}:
            units = first.output_shape([x.shape[1:] for x in inputs])[-1]
            each = first if at[-1] < units else second
            place = (*at[:-1], at[-1] - (0 if each is first else units))
            block, roles = each.state(place, inputs, parameters)
            start = explaining.from_blocks(
                at, inputs, [], block.subtotal, f"unit {place[-1]} of {each.words}", more=[block]
            )
            return replace(start, roles=roles)
        (one, some), (other, more) = (each.state(at, inputs, parameters) for each in (first, second))
        return replace(self._merged(at, inputs, one, other), roles=Later(lambda: self._roles(one, other, some, more)))

    def _merged(self, at: Shape, inputs: Arrays, one: Block, other: Block) -> Explanation:
        """Two states in one number."""
        pair = one.subtotal, other.subtotal
        sign, total = (" · ", math.prod(pair)) if self.merge_mode == "mul" else (" + ", sum(pair))
        parts = [one, other]
        if self.merge_mode == "mul":
            parts = [explaining.carrying(part, _half(part, total)) for part in parts]
        start = explaining.from_blocks(at, inputs, [], total, more=parts)
        found = start.then("product" if sign == " · " else "sum", f"{{}}{sign}{{}}", pair, total)
        return found.then("mean of 2", "{} / 2", (total,), total / 2) if self.merge_mode == "ave" else found

    def _roles(self, one: Block, other: Block, some: Sequence[Array], more: Sequence[Array]) -> tuple[Array, ...]:
        """What takes part in either; of a product, nothing shows that is multiplied by 0."""
        if self.merge_mode == "mul" and math.isfinite(one.subtotal * other.subtotal):
            some = some if other.subtotal else tuple(np.minimum(role, 1) for role in some)
            more = more if one.subtotal else tuple(np.minimum(role, 1) for role in more)
        return tuple(cast("Any", np.maximum(mine, others)) for mine, others in zip(some, more, strict=True))


def _half(block: Block, total: float) -> float:
    """What a factor carries; what is not finite carries itself."""
    if not math.isfinite(block.subtotal):
        return block.subtotal
    return total / 2 if math.isfinite(total) else 0.0
