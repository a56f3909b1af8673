"""One inner tensor out of all that a recurrent layer works out, (steps, columns), pictures by step included."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers.base import Layer
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Column(Layer):
    """Some columns of every step, or of the last one alone."""

    type: ClassVar[str] = "column"
    first: int = field()
    count: int = field()
    all_steps: bool = field(default=True)
    axis: int = field(default=-1)
    """Along which they stand, counted from the end."""
    of_vectors: bool = field(default=True)
    """Whether a step is a vector, and no picture."""

    @property
    def has_steps(self) -> bool:  # type: ignore[override]
        return self.all_steps and self.of_vectors

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = list(inputs[0])
        shape[self.axis] = self.count
        return tuple(shape if self.all_steps else shape[1:])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        along = np.moveaxis(inputs[0], self.axis, -1)[..., self.first : self.first + self.count]
        columns = np.moveaxis(along, -1, self.axis)
        return np.ascontiguousarray(columns if self.all_steps else columns[:, -1])
