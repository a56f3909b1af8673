"""How many classes an output tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape


def misfit_of_classes(count: int, shape: Shape, *, channels_first: bool) -> str:
    """What is wrong with so many names for an output of this shape: it has as many numbers, or channels; or nothing.

    A single sigmoid tells two classes apart.
    """
    first = channels_first and len(shape) > 1
    length = (shape[0] if first else shape[-1]) if shape else 1
    fits = length == count or (length == 1 and count == 2)
    return "" if fits else f"{count} class names for an output of {written(shape)}"
