"""How PyTorch stores a parameter, and the way from there to ours: shapes and axes alone, no arrays."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape


@dataclass(frozen=True)
class Stored:
    """A tensor of `shape` in PyTorch's file, seen as `split`, with its axes moved to the order `axes`, is ours."""

    shape: Shape
    split: Shape
    axes: tuple[int, ...]
    part: tuple[int, int] | None = None
    """Which of how many tensors of this shape, one behind the other along the first axis, a file may hold as one."""
    blocks: tuple[int, ...] = ()
    """The equal parts of PyTorch's first axis in the order in which they are ours; nothing if that is theirs."""
    twin: str = ""
    """Of a parameter that PyTorch has as two tensors of this shape: `ih, hh`, what stands in the name of the second one
    for what stands in the first one's."""
    stacked: bool = False
    """Whether two tensors are two rows of ours; else their sum is."""


def same(shape: Shape) -> Stored:
    """For a parameter that PyTorch has as it is here."""
    return Stored(shape, shape, tuple(range(len(shape))))


def kernel(shape: Shape) -> Stored:
    """For (*spatial, inputs, outputs), which PyTorch has as (outputs, inputs, *spatial)."""
    return moved(shape, (*range(2, len(shape)), 1, 0))


def moved(shape: Shape, axes: tuple[int, ...]) -> Stored:
    """For a parameter of `shape` here whose axes are PyTorch's in the order `axes`."""
    there = tuple(shape[axes.index(axis)] for axis in range(len(shape)))
    return Stored(there, there, axes)


def split(outputs: Shape, inputs: Shape) -> Stored:
    """For (*inputs, *outputs), which PyTorch has as a matrix (outputs, inputs); as a vector without inputs."""
    if not inputs:
        return Stored((math.prod(outputs),), outputs, tuple(range(len(outputs))))
    count = len(outputs)
    axes = (*range(count, count + len(inputs)), *range(count))
    return Stored((math.prod(outputs), math.prod(inputs)), (*outputs, *inputs), axes)


def packed(stored: Stored, which: int, count: int) -> Stored:
    """For one of `count` parameters that PyTorch has by themselves, or all in one tensor."""
    return replace(stored, part=(which, count))


def depthwise_kernel(shape: Shape) -> Stored:
    """For (*spatial, channels, multiplier), which PyTorch has as (channels · multiplier, 1, *spatial)."""
    *spatial, channels, multiplier = shape
    split = (channels, multiplier, *spatial)
    return Stored((channels * multiplier, 1, *spatial), split, (*range(2, len(shape)), 0, 1))


def one_row(shape: Shape) -> Stored:
    """For a parameter with one long axis, which PyTorch has as a vector."""
    return Stored((max(shape, default=1),), shape, tuple(range(len(shape))))
