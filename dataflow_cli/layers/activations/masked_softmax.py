"""A softmax with a mask: what the mask leaves out gets 0.

    out[i] = exp(l[i]) / Σ_j exp(l[j])        l[i] = in[i] where mask[i] ≠ 0, else -1e9

i, j: place along `axis`; what is left out becomes 0. The mask has the input's last axes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import KINDS, explaining, receptive_fields
from dataflow_cli.layers.activations.along_axis import AlongAxis, share
from dataflow_cli.layers.base import SameShape, Whole
from dataflow_cli.layers.bases.masked import Masked, check_mask, counts, mask_block
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_AWAY = -1e9
"""What a logit that a mask leaves out counts as, in Keras too."""


def spread(mask: Array, x: Array) -> Array:
    """Where a mask of the last axes of x (N, ...) says that its elements count: booleans that broadcast."""
    return counts(mask).reshape(len(mask), *(1,) * (x.ndim - mask.ndim), *mask.shape[1:])


@dataclass(frozen=True, kw_only=True)
class MaskedSoftmax(AlongAxis):
    """Positive numbers that sum to 1, and zeros where a mask leaves places out."""

    type: ClassVar[str] = "softmax"
    uses_masks: ClassVar[bool] = True
    masks: tuple[int, ...]
    """Whose mask stands behind the input."""

    @property
    def meaning(self) -> str:
        return "distribution"

    def masked(self, masks: tuple[int, ...]) -> Layer:
        fields: dict[str, Any] = {"axis": self.axis, "data_format": self.data_format}
        return KINDS[self.type](**fields).masked(masks)

    def output_shape(self, inputs: Shapes) -> Shape:
        shape, mask = inputs
        check_mask(mask, shape[len(shape) - len(mask) :])
        return super().output_shape(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        (fed,) = super().feeds(wanted, inputs[:1])
        return [fed, receptive_fields.feeding.broadcast(fed, inputs[1])]

    @property
    def logits(self) -> MaskedLogits:
        """What the function is of."""
        return MaskedLogits(masks=self.masks)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self.logits.forward(inputs, parameters)
        found = kernels.activations.softmax(x, [position + 1 for position in self.positions(x.shape[1:])])
        found *= spread(inputs[1], x)  # of places that are all left out each would get as much
        return found

    def concluded(self, before: Explanation, shift: float, total: float) -> Explanation:
        return share(before, shift, total)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x, mask = inputs
        kept = np.broadcast_to(counts(mask)[0], x.shape[1:])
        if not kept[at]:
            own = mask_block(mask[0], 1, [[place] for place in at[len(at) - mask.ndim + 1 :]])
            return explaining.from_blocks(at, inputs, [own], 0.0, "the mask is 0 here: nothing")
        whole = Whole(self.logits, inputs, parameters)
        result = self.follow(whole.explain(at), whole)
        positions = self.positions(kept.shape)
        along = kept[tuple(slice(None) if axis in positions else place for axis, place in enumerate(at))]
        if along.sum() > 1:
            return result
        logits, masks = result.roles  # one logit alone gives 1, whatever it is
        return replace(result, roles=(np.zeros_like(logits), masks))


@dataclass(frozen=True, kw_only=True)
class MaskedLogits(Masked, SameShape):
    """The logits, with those that a mask leaves out far below all others."""

    type: ClassVar[str] = "softmax"

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [wanted, *(receptive_fields.feeding.broadcast(wanted, shape) for shape in inputs[1:])]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x, mask = inputs
        return np.where(spread(mask, x), x, x.dtype.type(_AWAY))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x, mask = inputs
        place = at[len(at) - mask.ndim + 1 :]
        block = mask_block(mask[0], 1, [[index] for index in place])
        if mask[(0, *place)]:
            element = explaining.element("element", x[0], at)
            return explaining.from_blocks(at, inputs, [element, block], element.subtotal)
        return explaining.from_blocks(at, inputs, [block], _AWAY, "the mask is 0 here: the logit counts as -1e9")
