"""Which tensors of a network are of whole numbers, and of which type: all others are of the one it computes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.sizes import INTEGERS

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network


def whole_types(network: Network) -> dict[str, str]:
    """The types by the name of a tensor. An input of integers is of these where a layer takes them as they are."""
    types = {spec.name: spec.dtype for spec in network.inputs if spec.indices and spec.dtype in INTEGERS}
    for node in network.nodes:
        kind = node.layer.result_type([types.get(name, "") for name in node.inputs])
        if kind:
            types[node.name] = kind
    return types
