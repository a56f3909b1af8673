"""Sizes that are not known: numbers that stand for them, by which all layers fit, and what hangs on them.

The rules of layers are rules of integers, which they apply to numbers that stand for sizes as to any. What comes of
these is marked by `Unknown`; and where a rule loses the mark, on its way through a `range`, other sizes tell.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError
from dataflow_cli.unknown import PROBE, Unknown, is_known, standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.netfile.model import NetworkSpec
    from dataflow_cli.shapes import Shape, Shapes

    Rules = tuple[Shape, Mapping[str, Parameter], int]

PROBES = (PROBE, 2520, 960, 480, 240, 192, 96, 64, 32, 16, *range(257, 257 + 64), *range(1, 16))
"""What stands for sizes that are not known, the first first: large ones with many divisors, smaller ones for networks
that take no more, then the rest that a division by up to 64 may have to leave."""

_SMALL = (7, 3, 2, 1)
"""Sizes that are shorter than most slices, and that which an axis may be left out for."""
HOW_TO_SIZE = "write the sizes that are null under `input`, or give them with --shape"
"""What to do where sizes are needed."""


def probed(spec: NetworkSpec, probe: int) -> NetworkSpec:
    """The description with another number that stands for every size that is not known."""
    return replace(spec, inputs=tuple(replace(entry, shape=standing(entry.shape, probe)) for entry in spec.inputs))


def settled(layer: Layer, shapes: Shapes, rules: Rules) -> Rules:
    """What a layer makes of inputs, marked as not known where it hangs on sizes that are not.

    Raises LayerError if the layer has parameters of such a size.
    """
    if all(map(is_known, shapes)):
        return rules
    output, parameters, macs = rules
    learned = {name: parameter.shape for name, parameter in parameters.items()}
    for other, others, work in _with_other_sizes(layer, shapes):
        if len(output) != len(other):
            raise LayerError(
                f"how many axes {layer.type} leaves hangs on a size of the input that is not known",
                hint=f"name the axes to leave out (axis: 1), or {HOW_TO_SIZE}",
                wanted="sizes that are known",
            )
        output, macs = _marked(output, other), _marked((macs,), (work,))[0]
        learned = {name: _marked(shape, others[name].shape) for name, shape in learned.items()}
    for name, shape in learned.items():
        if not is_known(shape):
            raise _needed(name, shape, shapes[0])
    return output, parameters, macs


def _with_other_sizes(layer: Layer, shapes: Shapes) -> Iterator[Rules]:
    """What the layer makes of sizes twice as large, and of small ones, as far as it takes them."""
    for size in (None, *_SMALL):
        others = [tuple(size or 2 * int(n) if isinstance(n, Unknown) else n for n in shape) for shape in shapes]
        with suppress(LayerError):
            yield layer.output_shape(others), layer.parameters(others), layer.macs(others)


def _marked(sizes: Sequence[int], others: Sequence[int]) -> Shape:
    """The sizes, as not known where others are different."""
    return tuple(size if size == other else Unknown(size) for size, other in zip(sizes, others, strict=True))


def _needed(name: str, shape: Shape, found: Shape) -> LayerError:
    """The error for a parameter whose shape hangs on a size that is not known."""
    sizes = "·".join(map(str, shape))
    pooled = "average over what has no fixed size before (global_average_pooling2d)"
    return LayerError(
        f"its {name} would have {sizes} numbers, and ? is a size of the input that is not known",
        hint=f"{HOW_TO_SIZE}; or {pooled}" if len(found) == 1 else HOW_TO_SIZE,
        wanted="sizes that are known",
    )
