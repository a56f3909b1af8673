"""What an element sees of the network's input, as the page tells it: from where to where, by its index.

The receptive field of a layer is known as a size, a stride and an offset on each axis; where that does not say what
some elements are found to see, nothing is said.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.axes import axes_of
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.explain.explainer import Explainer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Shape

MOST_FOLLOWED = 2**25
"""Elements of all tensors before a layer: through more it is not followed what an element sees."""
FEW_FOLLOWED = 2**21
HELD_AGAINST = 4
"""Elements of a layer; its corners alone, where there are more elements before it than a few."""


def regions(explainer: Explainer, node: Node) -> list[dict[str, Any]]:
    """What the manifest says of it; nothing where that is not known."""
    inputs = explainer.network.inputs
    if len(inputs) != 1 or len(inputs[0].shape) < 2:
        return []
    told = _told(explainer, node)
    size = sum(math.prod(other.output_shape) for other in explainer.network.nodes if not other.inner)
    count = 2 if size > FEW_FOLLOWED else HELD_AGAINST
    if told is None or (size <= MOST_FOLLOWED and not _holds(explainer, node, told, count)):
        return []
    return [told]


def _told(explainer: Explainer, node: Node) -> dict[str, Any] | None:
    """By size, stride and offset."""
    (spec,) = explainer.network.inputs
    first = spec.data_format == "channels_first"
    names = axes_of(len(spec.shape), channels_first=first)
    lengths = [length for length, name in zip(spec.shape, names, strict=True) if name != "channel"]
    told = {"input": spec.name, "axes": [name for name in names if name != "channel"]}
    sizes, strides, offsets = node.receptive_field, node.total_stride, node.offset
    if sizes is None or strides is None or offsets is None:
        return told | {"spans": "all"}
    spatial = range(1, len(node.output_shape)) if node.sees.channels_first else range(len(node.output_shape) - 1)
    if not len(sizes) == len(lengths) == len(spatial):
        return None
    spans = [_span(*one) for one in zip(spatial, sizes, strides, offsets, lengths, strict=True)]
    return None if None in spans else told | {"spans": spans}


def _span(axis: int, size: int | None, stride: float | None, offset: int | None, length: int) -> dict[str, Any] | None:
    """Rules of the first and the last place that is seen, before they are kept within the input."""
    if size is None or stride is None or offset is None or int(stride) != stride:
        return None
    slopes = [0] * (axis + 1) + [int(stride)]
    return {"first": {"o": offset, "s": slopes}, "last": {"o": offset + size - 1, "s": slopes}, "length": length}


def _holds(explainer: Explainer, node: Node, told: dict[str, Any], count: int) -> bool:
    """Whether that is what some elements see: the corners, and others by chance."""
    rng = np.random.default_rng(len(node.output_shape))
    ends: list[Shape] = [tuple(0 for _ in node.output_shape), tuple(length - 1 for length in node.output_shape)]
    others = [tuple(int(rng.integers(0, length)) for length in node.output_shape) for _ in range(count - 2)]
    return all(_is_seen(explainer, node, told, at) for at in (*ends, *others))


def _is_seen(explainer: Explainer, node: Node, told: dict[str, Any], at: Shape) -> bool:
    (region,) = explainer.regions(node, at)
    spans = region.spans
    if told["spans"] == "all" or spans is None:
        return spans is None and (told["spans"] == "all" or spanned(told, at) is None)
    return spanned(told, at) == tuple(spans)


def spanned(told: dict[str, Any], at: Shape) -> tuple[tuple[int, int], ...] | None:
    """From where to where an element sees; None where that is everything."""
    point = (0, *at)
    found = []
    for span in told["spans"]:
        first, last = (
            min(max(rule["o"] + sum(s * p for s, p in zip(rule["s"], point, strict=False)), 0), span["length"] - 1)
            for rule in (span["first"], span["last"])
        )
        found.append((first, last))
    whole = [(0, span["length"] - 1) for span in told["spans"]]
    return None if found == whole else tuple(found)
