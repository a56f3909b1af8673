"""Parameters written in the network file. Their shapes were checked when the network was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.scalars import read_number
from dataflow_cli.lazy import np
from dataflow_cli.netfile import nodes

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Parameter
    from dataflow_cli.shapes import Array


def inline_array(value: nodes.Node, parameter: Parameter, dtype: str) -> Array:
    """Nested lists of numbers as an array; a single number fills the tensor. `dtype` is for parameters without own."""
    dtype = parameter.dtype or dtype
    with np.errstate(over="ignore"):  # 1e300 is infinite in float32, and the trace shows it
        if isinstance(value, nodes.Scalar):
            return np.full(parameter.shape, read_number(value.text), np.float64).astype(dtype)
        return np.array(value.plain, dtype=np.float64).reshape(parameter.shape).astype(dtype)
