"""Which axis of a shape is which, judged by its lengths alone: channels at the other end, samples counted too.

A picture has 1, 3 or 4 channels and more rows and columns than that. `[3, 224, 224]` in a channels-last file can be
computed with (3 rows, 224 channels), and is hardly meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.scalars import read_integer
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape

PICTURE_CHANNELS = (1, 3, 4)
_MOST_CHANNELS = max(PICTURE_CHANNELS)
_MOST_OBLONG = 16
"""How many times longer than wide a picture is at most; beyond it, short axes are sensors or bands."""


def other_end(shape: Shape, *, channels_first: bool) -> Shape | None:
    """The shape with its channels where `channels_first` says, if they look to stand at the other end; else None."""
    if not 2 <= len(shape) <= 4:
        return None
    channels, spatial = (shape[-1], shape[:-1]) if channels_first else (shape[0], shape[1:])
    if channels not in PICTURE_CHANNELS or not looks_spatial(spatial):
        return None
    return (channels, *spatial) if channels_first else (*spatial, channels)


def looks_spatial(lengths: Shape) -> bool:
    """Whether these can be height and width: longer than channels are many, and of one order of magnitude."""
    return min(lengths) > _MOST_CHANNELS and max(lengths) <= _MOST_OBLONG * min(lengths)


def without_samples(items: Any) -> list[Any] | None:
    """The lengths behind a first item that is none (`N`, -1), as a minibatch's axis is written; else None."""
    if not isinstance(items, list | tuple) or len(items) < 2 or items[0] is None or _is_length(items[0]):
        return None
    return list(items[1:]) if all(_is_length(item) for item in items[1:]) else None


def _is_length(item: Any) -> bool:
    length = read_integer(item)
    return length is not None and length > 0


def misfit_of_classes(count: int, shape: Shape, *, channels_first: bool) -> str:
    """What is wrong with so many names for an output of this shape: it has as many numbers, or channels; or nothing.

    A single sigmoid tells two classes apart.
    """
    first = channels_first and len(shape) > 1
    length = (shape[0] if first else shape[-1]) if shape else 1
    fits = length == count or (length == 1 and count == 2)
    return "" if fits else f"{count} class names for an output of {written(shape)}"
