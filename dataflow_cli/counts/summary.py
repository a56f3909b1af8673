"""A finished record of what a network costs: plain data with units. Knows no Network; `counting.py` makes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.sizes import INTEGERS, STORED_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class ParameterCount:
    """A tensor of parameters."""

    name: str
    shape: Shape
    trainable: bool
    owner: str = ""
    """Whose it is, `layer/parameter`, if another layer's: it is counted there."""
    dtype: str = ""
    """The type of whole numbers that it is of; nothing for the type that the network computes in."""

    @property
    def values(self) -> int:
        """How many numbers it is, beside those that are counted elsewhere."""
        return 0 if self.owner else math.prod(self.shape)


@dataclass(frozen=True)
class StepCount:
    """One tensor of the data flow, an input or what a layer puts out, and what it costs. Shapes are of one sample."""

    name: str
    type: str
    output_shape: Shape
    inputs: tuple[str, ...] = ()
    """What it is connected to, by name."""
    input_shapes: tuple[Shape, ...] = ()
    activation: str = ""
    window: Shape = ()
    """The size on every spatial axis of the window that moves, where one does."""
    parameters: tuple[ParameterCount, ...] = ()
    macs: int = 0
    """Multiply-accumulates for one sample; of convolutions, dense, recurrent and attention layers."""
    cached: int = 0
    """Numbers of one sample's keys and values, which attention keeps while text is written word by word."""
    receptive_field: tuple[int | None, ...] | None = None
    """Its size on every spatial axis, None where it is not known; None for the whole input."""
    total_stride: tuple[float | None, ...] | None = None
    """On every spatial axis how many elements of the input lie between what two neighbours see, likewise."""
    offset: tuple[int | None, ...] | None = None
    """The first element that position 0 sees on every spatial axis, below 0 in a padding, likewise."""
    arithmetic: tuple[str, ...] = ()
    """How shape and counts follow from the fields, a line each."""
    is_input: bool = False
    dtype: str = ""
    """The type of whole numbers that it is of; nothing for the type that the network computes in."""
    members: tuple[StepCount, ...] = ()
    """Of a block that is told as one step, all steps in it; nothing else is counted but what they are."""

    @property
    def block(self) -> str:
        """The block that it stands in, `outer/inner`; nothing at the top."""
        return self.name.rpartition("/")[0]

    @property
    def values(self) -> int:
        """How many numbers of one sample it is; of a block, all that its steps are."""
        return sum(one.values for one in self.members) if self.members else math.prod(self.output_shape)

    @property
    def tensors(self) -> int:
        """How many tensors of the data flow it is."""
        return len(self.members) or 1

    @property
    def layers(self) -> int:
        """How many of them layers put out."""
        return 0 if self.is_input else self.tensors

    @property
    def parameter_count(self) -> int:
        """How many numbers the parameters are."""
        return sum(parameter.values for parameter in self.parameters)

    @property
    def trainable_count(self) -> int:
        """How many of them training changes."""
        return sum(parameter.values for parameter in self.parameters if parameter.trainable)

    @property
    def non_trainable_count(self) -> int:
        """How many of them training does not change."""
        return self.parameter_count - self.trainable_count


@dataclass(frozen=True)
class Unfit:
    """A layer that does not fit what it is given, below which nothing can be counted. Shapes are of one sample."""

    name: str
    type: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    wanted: str
    """What it would take, in a few words; nothing where that is not the problem."""


@dataclass(frozen=True)
class Totals:
    """Sums over some steps: of a block, or of all."""

    steps: int
    """Tensors, inputs included."""
    layers: int
    values: int
    """Of one sample, inputs included."""
    parameters: int
    trainable: int
    macs: int
    cached: int = 0

    @property
    def non_trainable(self) -> int:
        """How many of the parameters training does not change."""
        return self.parameters - self.trainable

    @classmethod
    def of(cls, steps: Iterable[StepCount]) -> Totals:
        """The sums over these."""
        counted = [
            (
                *(one.tensors, one.layers, one.values),
                *(one.parameter_count, one.trainable_count, one.macs, one.cached),
            )
            for one in steps
        ]
        return cls(*map(sum, zip(*counted, strict=True))) if counted else cls(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Summary:
    """A whole network, counted."""

    network: str
    file: str
    dtype: str
    steps: tuple[StepCount, ...]
    """The inputs, then the layers in network order."""
    outputs: tuple[str, ...] = ()
    """What the network puts out, by name."""
    batch: int | None = None
    """How many samples at once, if that was asked for: memory of tensors is that of so many, all else of one."""
    peak_bytes: int | None = None
    """An estimate of the most memory that running so many at once takes."""
    unfit: Unfit | None = None
    """Where the network does not build, the layer that ends it; steps are those above."""

    @property
    def totals(self) -> Totals:
        """Of the whole network."""
        return Totals.of(self.steps)

    def nbytes(self, values: int, dtype: str = "") -> int:
        """Bytes of so many numbers, of a type of whole ones or of the one that is computed in."""
        return values * (INTEGERS[dtype] if dtype else STORED_SIZE[self.dtype])

    def parameter_bytes(self, *steps: StepCount) -> int:
        """Bytes of the parameters of steps."""
        return sum(self.nbytes(one.values, one.dtype) for step in steps for one in step.parameters)

    def sample_bytes(self, *steps: StepCount) -> int:
        """Bytes of what steps are, for one sample."""
        return sum(self.nbytes(one.values, one.dtype) for step in steps for one in step.members or (step,))

    def data_bytes(self, *steps: StepCount) -> int:
        """The same for all samples that there are at once."""
        return self.sample_bytes(*steps) * (self.batch or 1)
