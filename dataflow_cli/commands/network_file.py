"""The NET argument: a path, or `-` for standard input."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dataflow_cli.network.build import load_network, network_from_text
from dataflow_cli.network.model import Network
from dataflow_cli.spec.reader import MAX_BYTES

network_argument = click.argument("net", metavar="NET", type=click.Path())


def open_network(net: str) -> Network:
    """The network in a file, or on standard input if `net` is `-`."""
    if net == "-":
        return network_from_text(sys.stdin.buffer.read(MAX_BYTES + 1), "-", Path())
    return load_network(net)
