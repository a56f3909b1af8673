"""The NET argument: a path, or `-` for standard input."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from dataflow_cli.cli.help import Argument
from dataflow_cli.cli.paths import FILE
from dataflow_cli.errors import InputError, NetworkError
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network


def network_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument NET. It is made anew each time: Click 8.1.0 forgets its class after the first."""
    return _argument("The network file, YAML, or a model of Keras or ONNX (.keras, .h5, .onnx); - is standard input.")(
        command
    )


def network_or(saved: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same for a command that takes a saved record, in words, in its place."""
    return _argument(
        f"The network file, YAML, or a model of Keras or ONNX (.keras, .h5, .onnx); - is standard input. Or {saved}."
    )


def _argument(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.argument("net", metavar="NET", type=FILE, cls=Argument, help_text=text)


def open_network(net: str, shape: Sequence[str] = ()) -> Network:
    """The network in a file, or on standard input if `net` is `-`, with what `--shape` says of its sizes."""
    from dataflow_cli.network.build import load_network, network_from_text

    if net == "-":
        network = network_from_text(_standard_input(), "-")
    elif shape:
        from dataflow_cli.network.sizing import said_shapes

        network = load_network(net, said_shapes(shape))
    else:
        network = load_network(net)
    return _sized(network, shape) if shape else network


def _sized(network: Network, shape: Sequence[str]) -> Network:
    from dataflow_cli.network.sizing import shapes_of, sized

    return sized(network, shapes_of(shape, network))


def open_given(net: str, given: Given) -> Network:
    """The network that what is given goes through, with the sizes that this says."""
    if net == "-" or not given.has_data:
        return open_network(net, given.shape)
    from dataflow_cli.run.given import network_given

    return network_given(net, given)


def open_sound(net: str, layers: Sequence[str], given: Given, *, quiet: bool, color: str = "auto") -> Network:
    """The network; or if it does not build, the part above the first problem, if all `layers` that are wanted stand
    there. What is wrong further down is then a warning.
    """
    try:
        return open_given(net, given)
    except NetworkError as error:
        part: Network | None = None if error.sound is None else error.sound.network
        if part is None or not layers or not all(layer_of(name) in part.by_name for name in layers):
            raise
        from dataflow_cli.cli.output import warn

        warn([replace(problem, severity="warning") for problem in error.problems], quiet=quiet, color=color)
        return _sized(part, given.shape) if given.shape and part.unsized is not None else part


def _standard_input() -> bytes:
    from dataflow_cli.netfile.limits import MAX_BYTES

    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise InputError(f"standard input: {said}", hint="pipe a file into it") from error
