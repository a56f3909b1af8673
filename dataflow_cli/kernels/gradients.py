"""How a sum of outputs hangs on the kernel: the gradient of Σ by · output, before the activation, by its numbers.

Arrays are (N, *positions, channels). What a number of the kernel is multiplied with at all positions is multiplied with
`by` there, and summed: one product of matrices a tap.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.kernels.windows import padded, taps
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.shapes import Array


def of_rows(x: Array, by: Array) -> Array:
    """Of a matrix (inputs, units) that rows are multiplied with."""
    found: Array = _rows(x).T @ _rows(by)
    return found


def of_windows(x: Array, by: Array, slide: Slide, groups: int = 1) -> Array:
    """Of the taps (*sizes, channels of a group, filters) of a convolution."""
    found = [
        np.concatenate([of_rows(*pair) for pair in zip(_split(seen, groups), _split(by, groups), strict=True)], axis=-1)
        for seen in _under(x, slide)
    ]
    return np.stack(found).reshape(*slide.sizes, *found[0].shape)


def of_grown(x: Array, by: Array, slide: Slide, groups: int = 1) -> Array:
    """Of the taps (*sizes, filters of a group, channels) of a transposed convolution, whose copies of the kernel stand
    as the windows of `slide` do; what is cut off of them is its padding, less than nothing where zeros are added.
    """
    ends = zip(by.shape[1:-1], slide.pads, strict=True)
    kept = by[(slice(None), *(slice(max(-before, 0), length + min(after, 0)) for length, (before, after) in ends))]
    pads = [(max(before, 0), max(after, 0)) for before, after in slide.pads]
    return of_windows(kept, x, replace(slide, pads=pads), groups)


def of_channels(x: Array, by: Array, slide: Slide) -> Array:
    """Of the taps (*sizes, channels, kernels a channel) of a depthwise convolution."""
    each = _rows(by).reshape(-1, x.shape[-1], by.shape[-1] // x.shape[-1])
    found = [np.einsum("pc,pcm->cm", _rows(seen), each) for seen in _under(x, slide)]
    return np.stack(found).reshape(*slide.sizes, *found[0].shape)


def _under(x: Array, slide: Slide) -> Iterator[Array]:
    return (seen for _, seen in taps(padded(x, slide.pads), slide.sizes, slide.strides, slide.dilations))


def _split(array: Array, groups: int) -> list[Array]:
    return [array] if groups == 1 else np.split(array, groups, axis=-1)


def _rows(array: Array) -> Array:
    return np.ascontiguousarray(array).reshape(-1, array.shape[-1])
