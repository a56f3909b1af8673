"""The parameters of an attention layer, as columns and rows of the dense layers that it was written as."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from dataflow_cli.importers.onnx.constants import Constant, filled
from dataflow_cli.importers.onnx.heads.moving import Axis, strides
from dataflow_cli.importers.onnx.heads.sides import HEAD, NUMBER, Side, Three, count
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.importers.described import ImportedLayer
    from dataflow_cli.importers.onnx.heads.graph import Output
    from dataflow_cli.shapes import Array


def parameter(layer: ImportedLayer, name: str) -> Constant | None:
    """A parameter of a dense layer, if it has it."""
    return cast("Constant | None", layer.parameters.get(name))  # as all parameters of this reader are


def has_biases(three: Three, output: Output) -> bool:
    """Whether any of the four has one."""
    return any(parameter(layer, "bias") is not None for layer in (*(side.dense for side in three.all), output.dense))


def parameters(three: Three, output: Output, factor: float) -> dict[str, Constant]:
    """Kernels (channels, heads, numbers) and biases, those of the output last; the query's multiplied by `factor`."""
    found: dict[str, Constant] = {}
    biased = has_biases(three, output)
    for name, side, scale in zip(("query", "key", "value"), three.all, (factor, 1.0, 1.0), strict=True):
        for kind in ("kernel", "bias") if biased else ("kernel",):
            found[f"{name}_{kind}"] = _chosen(parameter(side.dense, kind), side, scale)
    units, width = output.dense.shape[-1], count(three.value.own)
    kernel = parameter(output.dense, "kernel")
    assert kernel is not None  # noqa: S101  which a dense layer has
    found["output_kernel"] = kernel.changed(
        lambda array: array[_rows(output.rows, three.heads, width)], (three.heads, width, units)
    )
    if biased:
        found["output_bias"] = parameter(output.dense, "bias") or filled((units,), 0.0, "float32")
    return found


def _chosen(given: Constant | None, side: Side, scale: float) -> Constant:
    """The columns of a kernel, or of a bias, that a side has; zeros for a bias that is not there."""
    heads = (count(side.heads), count(side.own))
    if given is None:
        return filled(heads, 0.0, "float32")

    def choose(array: Array) -> Array:
        found: Array = array[..., side.columns()]
        return found if scale == 1 else found * array.dtype.type(scale)

    return given.changed(choose, (*given.shape[:-1], *heads))


def _rows(rows: Axis, heads: int, width: int) -> Array:
    """Which row of the last kernel every number of every head meets: (heads, numbers)."""
    places = {HEAD: np.arange(heads)[:, np.newaxis], NUMBER: np.arange(width)}
    found = np.zeros((heads, width), np.int64)
    for digit, behind in strides(rows):
        found += places[digit.base] // digit.stride % digit.size * behind
    return found
