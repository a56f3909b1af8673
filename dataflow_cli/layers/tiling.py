"""What a layer can do tile by tile: what one makes others finish while it is in the processor's cache."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli import kernels
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stage, Stages
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape

    Channels = Literal["any", "last", "first"]


@dataclass(frozen=True, eq=False)
class Work:
    """What an output is made of, what is done to each of its tiles, and where it goes.

    Inputs and parameters are of one type, and C-contiguous; so is `out`, if it is given. `engine` does the work.
    """

    inputs: Arrays
    parameters: Parameters
    stages: Stages = ()
    out: Array | None = None
    engine: Engine | None = None

    def activated(self, function: Function | None) -> Work:
        """The same, with a function of every element before the stages, if there is one."""
        return replace(self, stages=(kernels.epilogue.Stage(function=function), *self.stages))


@dataclass(frozen=True, eq=False)
class Tiling:
    """What a layer can do for inputs of some shapes: make its output tile by tile, or finish the tiles of another."""

    make: Callable[[Work], Job] | None = None
    """`forward`, the activation if it is a function of elements, then the stages, as work that can be done again."""
    make_pooled: Callable[[Work, Slide], Job | None] | None = None
    """The same, then the largest of every window, without the tensor between; None if it has to be there."""
    stage: Callable[[Parameters, Arrays], Stage] | None = None
    """What to do to a tile of an input, from the other inputs. It must not matter which of them is the first."""
    pool: Slide | None = None
    """The windows whose largest elements are all that the layer is."""
    channels: Channels = "last"
    """Where the layer's tensors have the axis that tiles have as their last one: of a sample the last, the first, or
    any, as every element is taken by itself. What is `first` is given, and makes, tensors (N, *others, channels).
    """

    def job(self, work: Work, pool: Slide | None) -> Job | None:
        """The work on all tiles, and on the windows `pool` of them, if there are any; None if that cannot be."""
        if pool is None:
            return self.make(work) if self.make else None
        return self.make_pooled(work, pool) if self.make_pooled else None


def channels_at(axis: int, shape: Shape) -> Channels | None:
    """Where tensors of samples of a shape have their channels if an axis is theirs; None if that is in between."""
    return "last" if axis == len(shape) - 1 else "first" if axis == 0 else None


def by_row(stage: Stage) -> Stage:
    """The same for a tensor that is seen as rows."""
    return stage if stage.other is None else replace(stage, other=stage.other.reshape(-1, stage.other.shape[-1]))


NO_TILES = Tiling()
"""What is made at once, and finishes nothing."""
