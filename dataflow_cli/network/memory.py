"""How much memory a run needs, from the shapes alone."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.network.model import Network, Node

ITEM_SIZE = {"float32": 4, "float64": 8}
"""Bytes of one element."""


def output_bytes(node: Node, dtype: str) -> int:
    """Bytes of a node's output for one sample."""
    return math.prod(node.output_shape) * ITEM_SIZE[dtype]


def readers(network: Network) -> Counter[str]:
    """How many nodes read each tensor; the network's outputs count as one more, so that they stay."""
    return Counter([name for node in network.nodes for name in node.inputs] + list(network.outputs))


def peak_bytes(network: Network, samples: int, dtype: str, keep: Collection[str] = ()) -> int:
    """An estimate of the most bytes that parameters and live tensors take while `samples` go through at once.

    A tensor lives from the layer that makes it to its last reader. An activation that cannot overwrite its argument
    needs a second tensor of the same size for a moment.
    """
    item = ITEM_SIZE[dtype]
    live = {spec.name: math.prod(spec.shape) * item * samples for spec in network.inputs}
    left = readers(network) + Counter(keep)
    peak = total = sum(live.values())
    for node in network.nodes:
        made = output_bytes(node, dtype) * samples
        peak = max(peak, total + made + (made if _needs_two(node) else 0))
        live[node.name] = made
        left.subtract(node.inputs)
        freed = [name for name in {*node.inputs, node.name} if left[name] <= 0]
        total += made - sum(live.pop(name, 0) for name in freed)
    return peak + network.parameter_count * item


def working_bytes(
    network: Network, samples: int, dtype: str, *, threads: int = 1, kept: bool = False, fast_math: bool = False
) -> int:
    """The most bytes that the layers' methods work in beside that: scratch for every thread, and transformed kernels.

    `kept`: transformed kernels stay until the end of the run, else until the next layer's.
    """
    methods = [node.layer.method(node.input_shapes, samples, kept=kept, fast_math=fast_math) for node in network.nodes]
    kernels = [method.prepared for method in methods]
    prepared = sum(kernels) if kept else max(kernels, default=0)
    return ITEM_SIZE[dtype] * (prepared + threads * max((method.scratch for method in methods), default=0))


def bytes_text(count: int) -> str:
    """A number of bytes with its unit, for people: `84.5 KiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if round(amount, 1) < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} PiB"


def _needs_two(node: Node) -> bool:
    function = node.layer.activation
    return function is not None and function.function_of_elements is None
