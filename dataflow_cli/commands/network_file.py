"""The NET argument: a path, or `-` for standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dataflow_cli.commands.help import Argument
from dataflow_cli.errors import InputError

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network

FILE = click.Path(readable=False)
"""The type of every file that is read: the shell completes it, and we say ourselves what is wrong with it."""

network_argument = click.argument(
    "net", metavar="NET", type=FILE, cls=Argument, help_text="The network file, YAML; - is standard input."
)


def open_network(net: str) -> Network:
    """The network in a file, or on standard input if `net` is `-`."""
    from dataflow_cli.network.build import load_network, network_from_text

    return network_from_text(_standard_input(), "-") if net == "-" else load_network(net)


def _standard_input() -> bytes:
    from dataflow_cli.spec.reader import MAX_BYTES

    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise InputError(f"standard input: {said}", hint="pipe a file into it") from error
