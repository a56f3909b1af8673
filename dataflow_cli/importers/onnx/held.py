"""Tensors that the data makes: what they are called here, and where their samples lie.

ONNX counts samples along an axis like any other, most often the first; our layers see one sample. So of every tensor it
is known which axis, if any, are the samples, and ours is the same tensor without that axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.records import dataclass
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class Held:
    """A tensor of the network."""

    name: str
    """By our rules; of a layer, an input, or within a layer: `split_1:part_1`."""
    shape: Shape
    """Theirs, the samples' axis included."""
    batch: int | None
    """Which axis are the samples; None where the whole tensor is one sample of ours."""
    dtype: str
    root: str = ""
    """The input of the model that it is, if it is one, whatever the order of its axes."""
    axes: tuple[int, ...] = ()
    """Which axis of that input each of its axes is."""
    steps: bool = False
    """Whether what is taken for samples are steps of one, each of which is computed by itself."""

    @property
    def rank(self) -> int:
        """Number of its axes, the samples' included."""
        return len(self.shape)

    @property
    def sample(self) -> Shape:
        """The shape of one sample."""
        return without(self.shape, self.batch)

    def place(self, axis: int) -> int:
        """Where an axis of theirs, from 0 or from the end, is in a sample, from 0. Raises FieldError for none."""
        axis = counted(axis, self.rank)
        if axis == self.batch:
            raise FieldError("it works along the samples of a minibatch", hint=ALONG_SAMPLES)
        return axis - (self.batch is not None and axis > self.batch)

    def keras_axis(self, axis: int) -> int:
        """The same as fields of ours count it: the minibatch is 0."""
        return self.place(axis) + 1

    def keras_axes(self, axes: Iterable[int]) -> list[int]:
        """Several axes, as fields of ours count them."""
        return sorted(map(self.keras_axis, axes))


ALONG_SAMPLES = "dftrace computes every sample by itself; import what stands before it: --until NAME"


class Misplaced(Exception):  # noqa: N818  no error: what was assumed of an input is assumed otherwise
    """The samples of an input lie along another axis than was assumed, or it has none."""

    def __init__(self, root: str, axis: int | None) -> None:
        super().__init__(root)
        self.root = root
        self.axis = axis


def without(shape: Sequence[int], axis: int | None) -> Shape:
    """A shape without one of its axes."""
    return tuple(size for place, size in enumerate(shape) if place != axis)


def with_batch(sample: Sequence[int], axis: int | None, size: int) -> Shape:
    """The shape of all samples from that of one."""
    return tuple(sample) if axis is None else (*sample[:axis], size, *sample[axis:])


def as_target(shape: Iterable[int]) -> list[int]:
    """A shape as `reshape` takes it: -1 for a size that is not known, of which there may be one."""
    return [-1 if isinstance(size, Unknown) else size for size in shape]


def counted(axis: int, rank: int) -> int:
    """An axis from 0 that is counted from either end. Raises FieldError if there is none."""
    if not -rank <= axis < rank:
        raise FieldError(f"it names axis {axis} of a tensor with {rank} axes")
    return axis % rank


def wants(held: Held, axis: int | None) -> None:
    """Ask for the samples along this axis of theirs.

    Raises Misplaced where an input of the model may be seen so, FieldError where the tensor is made by layers.
    """
    if held.batch == axis:
        return
    if held.root:
        raise Misplaced(held.root, None if axis is None else held.axes[axis])
    raise FieldError("it works along the samples of a minibatch", hint=ALONG_SAMPLES)
