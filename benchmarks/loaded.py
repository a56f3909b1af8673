"""A network that is measured, with the parameters that all engines have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli import load_network
from dataflow_cli.weights.load import load_weights

if TYPE_CHECKING:
    from networks import Measured

    from dataflow_cli.network.model import Network
    from dataflow_cli.weights.model import Weights


def loaded(measured: Measured) -> tuple[Network, Weights]:
    """Both, once they are prepared. What the network file says of other files' names is not for ours."""
    net = load_network(measured.config)
    return net, load_weights(replace(net, weights=None), measured.weights)
