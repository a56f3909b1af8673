"""Grouped convolutions: each group of channels has filters of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.im2col import im2col_tasks
from dataflow_cli.kernels.conv.plan import merged_groups
from dataflow_cli.kernels.depthwise import depthwise_tasks

if TYPE_CHECKING:
    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


def by_group(work: Convolution) -> list[Task]:
    """Each group by itself."""
    return [task for group in work.by_group() for task in im2col_tasks(group, group.multiplier_as_it_is)]


def by_blocks(work: Convolution) -> list[Task]:
    """Several groups at a time, as blocks on the diagonal of one kernel: more products, but fewer and larger ones."""
    count = merged_groups(work.groups, work.kernel.shape[-2])
    *sizes, channels, filters = work.kernel.shape
    shape = (*sizes, count * channels, filters)
    kernel = work.packed.get(
        "blocks", work.kernel, shape, lambda made: _fill_diagonal(made, work.kernel, work.groups, count)
    )
    return by_group(replace(work, kernel=kernel, groups=work.groups // count))


def by_channel(work: Convolution) -> list[Task]:
    """Every group is one channel: a depthwise convolution."""
    kernel = work.kernel.reshape(*work.slide.sizes, work.groups, -1)
    return depthwise_tasks(work.x, kernel, work.slide, work.epilogue, work.packed)


def _fill_diagonal(made: Array, kernel: Array, groups: int, count: int) -> None:
    """A kernel (*sizes, count * channels, filters) with zeros between groups, from (*sizes, channels, filters)."""
    *sizes, channels, filters = kernel.shape
    each = filters // groups
    apart = kernel.reshape(*sizes, channels, groups // count, count, each)
    blocks = made.reshape(*sizes, count, channels, groups // count, count, each)
    blocks[...] = 0
    for place in range(count):
        blocks[..., place, :, :, place, :] = apart[..., place, :]
