"""What the axes of a sample are called."""

from __future__ import annotations

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""The names of the spatial axes for one, two and three of them."""


ALONG = ("step", "time")
"""What the axis is called that a layer goes along step by step."""


def spatial_axes(count: int) -> tuple[str, ...]:
    """The names of so many spatial axes."""
    return AXES.get(count, tuple(f"axis {number}" for number in range(1, count + 1)))


def axes_of(dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
    """The axes of a tensor of so many dimensions, of which nothing else is known, one of each: `height`, `channel`."""
    if dimensions <= 1:
        return ("element",)[:dimensions]
    spatial = spatial_axes(dimensions - 1)
    return ("channel", *spatial) if channels_first else (*spatial, "channel")
