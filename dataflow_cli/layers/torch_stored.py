"""How PyTorch stores a parameter, and the way from there to ours: shapes and axes alone, no arrays."""

from __future__ import annotations

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


def depthwise_kernel(shape: Shape) -> Stored:
    """For (*spatial, channels, multiplier), which PyTorch has as (channels · multiplier, 1, *spatial)."""
    *spatial, channels, multiplier = shape
    split = (channels, multiplier, *spatial)
    return Stored((channels * multiplier, 1, *spatial), split, (*range(2, len(shape)), 0, 1))


def one_row(shape: Shape) -> Stored:
    """For a parameter with one long axis, which PyTorch has as a vector."""
    return Stored((max(shape, default=1),), shape, tuple(range(len(shape))))
