"""Convolution for any number of spatial axes: `plan` chooses a method by the shape, each other file is one method."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.convolution import Convolution
from dataflow_cli.kernels.conv.im2col import by_im2col
from dataflow_cli.kernels.conv.plan import ConvShape, conv_method
from dataflow_cli.kernels.conv.planes import by_planes
from dataflow_cli.kernels.conv.pointwise import by_pointwise
from dataflow_cli.kernels.conv.winograd import by_winograd, largest_by_winograd
from dataflow_cli.kernels.elementwise import keeps_order
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Epilogue
from dataflow_cli.kernels.running.job import Job, result

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.shapes import Array


METHODS: dict[str, Callable[[Convolution], list[Task]]] = {
    "pointwise": by_pointwise,
    "planes": by_planes,
    "im2col": by_im2col,
    "winograd2": by_winograd,
    "winograd4": lambda work: _later("winograd_fast").by_winograd_fast(work),
    "groups": lambda work: _later("grouped").by_group(work),
    "blocks": lambda work: _later("grouped").by_blocks(work),
    "depthwise": lambda work: _later("grouped").by_channel(work),
}
"""Every method by the name that `plan` gives it: the tasks that fill the result of a Convolution."""


def _later(name: str) -> Any:
    """A file here with methods of few networks, which is imported when one of them is wanted."""
    return import_module(f"{__name__}.{name}")


def convolution_job(
    x: Array,
    kernel: Array,
    slide: Slide,
    *,
    groups: int = 1,
    stages: Stages = (),
    out: Array | None = None,
    engine: Engine | None = None,
) -> Job:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels / groups, filters): (N, *positions, filters).

    Both are of one type, and the channels of `x` lie side by side.
    """
    out = result(out, (x.shape[0], *slide.counts(x.shape[1:-1]), kernel.shape[-1]), x.dtype)
    packed = (engine or PLAIN_ENGINE).packed
    work = Convolution(x, kernel, out, slide, Epilogue(stages, out), packed, groups)
    return Job(engine, out, METHODS[_chosen(work, engine).name](work), work.macs)


def pooled_job(
    x: Array,
    kernel: Array,
    slide: Slide,
    pool: Slide,
    *,
    groups: int = 1,
    stages: Stages = (),
    out: Array | None = None,
    engine: Engine | None = None,
) -> Job | None:
    """The largest of every window `pool` of that, without the tensor between; None if its method cannot do it.

    `stages` are all that is done to the convolution. Where they have to be done before the maxima are taken, the last
    one only observes, which is then for the maxima.
    """
    lengths = slide.counts(x.shape[1:-1])
    split = _split(stages)
    if split is None or not pool.halves:
        return None
    before, after = split
    if before and (any(stage.other is not None for stage in before) or any(length % 2 for length in lengths)):
        return None
    out = result(out, (x.shape[0], *pool.counts(lengths), kernel.shape[-1]), x.dtype)
    work = Convolution(x, kernel, out, slide, Epilogue(after, out), (engine or PLAIN_ENGINE).packed, groups)
    if not _chosen(work, engine).pools:
        return None
    return Job(engine, out, largest_by_winograd(work, Epilogue(before, out)), work.macs)


def _split(stages: Stages) -> tuple[Stages, Stages] | None:
    """What is to be done before the maxima are taken, and after: all of it, if nobody can tell the difference."""
    if all(map(keeps_order, stages)):
        return (), stages
    return (stages[:-1], stages[-1:]) if stages[-1].parts == ("observer",) else None


def _chosen(work: Convolution, engine: Engine | None) -> Method:
    return conv_method(shape_of(work), kept=work.packed.keep, fast_math=(engine or PLAIN_ENGINE).fast_math)


def shape_of(work: Convolution) -> ConvShape:
    """What the rule looks at."""
    return ConvShape(
        samples=len(work.x),
        positions=work.lengths[1:],
        channels=work.kernel.shape[-2],
        filters=work.kernel.shape[-1] // work.groups,
        slide=work.slide,
        groups=work.groups,
    )
