"""Layers that combine several inputs element by element.

    out[n, ...] = activation( in_1[n, ...] ∘ in_2[n, ...] ∘ ... )      ∘: +, -, ·, mean, max or min

n: sample. All inputs have one shape; an axis of length 1 stands for every place along that axis, and missing axes in
front count as such (as in Keras).
"""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import KINDS, explaining, receptive_fields
from dataflow_cli.layers.bases.activated import Activated
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.tiling import NO_TILES, Tiling, Work
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_HINTS = {
    1: "give both branches the same number of units",
    3: "add a 1x1 conv2d (or strides) on the shortcut so both match",
}


@dataclass(frozen=True, kw_only=True)
class Merge(Activated, Channels):
    """Base of the element-wise merges: everything but the arithmetic."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)
    element_by_element: ClassVar[bool] = True
    joins_masks: ClassVar[bool] = True

    def output_shape(self, inputs: Shapes) -> Shape:
        dimensions = max(map(len, inputs))
        shapes = [(1,) * (dimensions - len(shape)) + tuple(shape) for shape in inputs]
        axes = [set(lengths) - {1} for lengths in zip(*shapes, strict=True)]
        if any(len(lengths) > 1 for lengths in axes):
            raise shapes_differ(inputs, _HINTS.get(dimensions, "make the shapes equal, or 1 along an axis"))
        return tuple(max(lengths, default=1) for lengths in axes)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        merged = seen[0].merged(seen[1:])
        return self.activated_field(merged if self._aligned(inputs) else merged.whole(), inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        before = self.before_activation(wanted, inputs)
        return [receptive_fields.feeding.broadcast(before, shape) for shape in inputs]

    def in_order(self, *, inputs: bool) -> bool:
        return inputs

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """With more than two inputs there is what two of them gave, beside what a third one makes of it."""
        return kernels.method.beside(samples * math.prod(self.output_shape(inputs)) if len(inputs) > 2 else 0)

    def _aligned(self, inputs: Shapes) -> bool:
        """Whether the spatial axes are equal: an element that stands for a whole axis is seen from all of it."""
        channels = {self.channels_axis(len(shape)) for shape in inputs}
        return len(channels) == 1 and len({_without(shape, *channels) for shape in inputs}) == 1

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        shape = self.output_shape(inputs)
        if all(tuple(other) == shape for other in inputs):
            return ("the shape of the inputs",)
        return (f"{' and '.join(map(written, inputs))} give {written(shape)}",)

    def joined_mask(self, given: tuple[bool, ...], inputs: Shapes) -> Layer | None:
        """A step counts where it does in any input; all do if no step of some input is padding."""
        return KINDS["maximum"]() if all(given) else None

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import met

        return met(orders, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        dimensions = max(x.ndim for x in inputs)
        return self.combined([x.reshape(len(x), *(1,) * (dimensions - x.ndim), *x.shape[1:]) for x in inputs])

    def combined(self, inputs: Arrays) -> Array:
        """One array from inputs that broadcast."""
        raise NotImplementedError

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        blocks = [
            explaining.element(f"input {number + 1}", x[0], self.place(at, x.shape[1:]), number)
            for number, x in enumerate(inputs)
        ]
        return self.merged(at, inputs, blocks)

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        """How one element of every input becomes one number."""
        raise NotImplementedError

    @staticmethod
    def place(at: Shape, shape: Shape) -> Shape:
        """Where in an input of this shape the element stands that meets `at`."""
        return tuple(0 if n == 1 else place for place, n in zip(at[len(at) - len(shape) :], shape, strict=True))


def shapes_differ(inputs: Shapes, hint: str, more: str = "") -> LayerError:
    """The error for inputs whose shapes do not go together."""
    *first, last = map(written, inputs)
    message = f"inputs have shapes {', '.join(first)} and {last}{more}"
    return LayerError(message, hint=hint, code="E132", field="inputs", wanted=f"shapes that are alike{more}")


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


@dataclass(frozen=True, kw_only=True)
class Add(Merge):
    """The sum of the inputs."""

    type: ClassVar[str] = "add"
    is_monotone: ClassVar[bool] = True

    def tiling(self, inputs: Shapes) -> Tiling:
        if any(shape != inputs[0] for shape in inputs):
            return NO_TILES
        finishes = len(inputs) == 2 and (self.activation is None or self.activating is not None)
        return Tiling(self._job, stage=self._stage if finishes else None, channels="any")

    def _stage(self, parameters: Parameters, others: Arrays) -> Stage:
        return kernels.epilogue.Stage(other=others[0], function=self.activating)

    def _job(self, work: Work) -> Job:
        added = [kernels.epilogue.Stage(other=other) for other in work.inputs[2:]]
        stages = (*added, *work.activated(self.activating).stages)
        return kernels.elementwise.element_job(np.add, work.inputs[:2], stages, work.out, engine=work.engine)

    def combined(self, inputs: Arrays) -> Array:
        return reduce(np.add, inputs)

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        return explaining.summed(at, inputs, [explaining.carrying(block, block.subtotal) for block in blocks], "inputs")


@dataclass(frozen=True, kw_only=True)
class Subtract(Merge):
    """The first input minus the second."""

    type: ClassVar[str] = "subtract"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def combined(self, inputs: Arrays) -> Array:
        return np.subtract(*inputs)

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        first, second = blocks
        parts = [explaining.carrying(first, first.subtotal), explaining.carrying(second, -second.subtotal)]
        total = first.subtotal - second.subtotal
        start = explaining.from_blocks(at, inputs, parts, total)
        return start.then("difference", "{} - {}", (first.subtotal, second.subtotal), total)


@dataclass(frozen=True, kw_only=True)
class Average(Merge):
    """The mean of the inputs."""

    type: ClassVar[str] = "average"
    is_monotone: ClassVar[bool] = True

    def combined(self, inputs: Arrays) -> Array:
        result: Array = reduce(np.add, inputs)
        result /= len(inputs)
        return result

    def merged(self, at: Shape, inputs: Arrays, blocks: Sequence[Block]) -> Explanation:
        count = len(blocks)
        start = explaining.summed(
            at, inputs, [explaining.carrying(block, block.subtotal / count) for block in blocks], "inputs"
        )
        return start.then(f"mean of {count}", f"{{}} / {count}", (start.total,), start.total / count)
