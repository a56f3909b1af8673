"""Which layers are shown before their activation, as in the textbook: `conv2d_1:sum` in place of `conv2d_1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.tensors import inner_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.network.model import Network

SUM = "sum"


def before_activation(network: Network, names: Collection[str], pattern: str = "") -> tuple[str, ...]:
    """The names, with the sums in place of layers that have an activation: of convolutions, or of what a GLOB matches.

    Raises UnknownName if the network has no such layer.
    """
    meant = _matching(network, pattern) if pattern else _convolutions(network)
    return tuple(
        inner_name(name, SUM) if name in meant and network.node(name).layer.result_activation else name
        for name in names
    )


def _matching(network: Network, pattern: str) -> set[str]:
    matching = network.matching([pattern])
    found = {name for name in matching if SUM in network.node(name).layer.inner_tensors}
    return found or {network.node(inner_name(matching[0], SUM)).name}  # which raises what there is to say


def _convolutions(network: Network) -> set[str]:
    found = {node.name for node in network.nodes if node.layer.shares_weights}
    if not found:
        known = next((node.name for node in network.nodes if SUM in node.layer.inner_tensors), "")
        hint = f"name other layers: `--before-activation {known}`" if known else "leave it out"
        raise UnknownName(f"{network.name} has no convolution to be shown before its activation", hint=hint)
    return found
