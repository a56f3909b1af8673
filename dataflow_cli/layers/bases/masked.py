"""Masks: 1 where a step of a sequence counts, 0 where it is padding. What kinds that take them share.

A mask stands behind the inputs of its layer, as one input more. It is that of an input, which came along with it, or
one that the network file names at the layer.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block
    from dataflow_cli.layers.explaining.taking import Index
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

Each = TypeVar("Each")
"""Of an input, an array or a shape."""
NAMED = -1
"""In place of the number of an input: the mask that the network file names at the layer, which stands for all."""
MASK = "mask"
"""The inner tensor of kinds that make one."""
MASK_INSIDE = {MASK: "1 where a step counts, 0 where it is padding"}


@dataclass(frozen=True, kw_only=True)
class Masked(Layer):
    """Base of kinds whose result is another one where steps are padding."""

    uses_masks: ClassVar[bool] = True
    masks: tuple[int, ...] = ()
    """Whose masks stand behind the inputs, in this order: numbers of inputs, or NAMED alone."""

    def masked(self, masks: tuple[int, ...]) -> Self:
        return replace(self, masks=masks)

    def unmasked(self, inputs: Sequence[Each]) -> Sequence[Each]:
        """The inputs (arrays or shapes) without their masks."""
        return inputs[: len(inputs) - len(self.masks)]

    def mask(self, inputs: Sequence[Each], number: int = 0) -> Each | None:
        """The mask (or its shape) of an input; None if all of it counts."""
        found = dict(zip(self.masks, inputs[len(inputs) - len(self.masks) :], strict=True))
        return found.get(NAMED, found.get(number))


def check_mask(mask: Shape | None, wanted: Shape, *, named: bool = True) -> None:
    """Raises LayerError for a mask of another shape. One that is not `named` at the layer came along with an input."""
    if mask is not None and tuple(mask) != tuple(wanted):
        hint = f"give it a mask {written(wanted)}, one number a step: 1 where it counts, 0 where it is padding"
        hint = hint if named else f"write `mask: none` at it, to go without the one that came along, or {hint}"
        message = f"its mask has shape {written(mask)}, and the steps are {written(wanted)}"
        raise LayerError(message, hint=hint, code="E135", field="mask", wanted=f"a mask {written(wanted)}")


def counts(mask: Array) -> Array:
    """Where a mask says that a step counts: booleans of its shape."""
    found: Array = mask != 0
    return found


def mask_block(x: Array, number: int, axes: Sequence[Index] | None = None) -> Block:
    """A mask (of one sample), which is input `number` of the layer, in an explanation, or what stands at `axes` of it.

    It carries nothing: a step that comes to count, or no longer does, shows.
    """
    from dataflow_cli.layers.explaining.explanation import CANDIDATE

    taken = explaining.taken(x, [range(length) for length in x.shape] if axes is None else axes)
    return replace(explaining.silent(explaining.added("mask", taken), CANDIDATE), input=number)


@dataclass(frozen=True, kw_only=True)
class StepMask(Layer):
    """Base of what makes a mask: 1 where a step counts, 0 where it is padding."""

    temporaries: ClassVar[int] = 1

    def steps(self, x: Array) -> Array:
        """Where a step of (N, *shape) counts: booleans (N, *output_shape)."""
        raise NotImplementedError

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        found: Array = self.steps(inputs[0]).astype(inputs[0].dtype)
        return found

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        return kernels.method.beside(samples * math.prod(inputs[0]))
