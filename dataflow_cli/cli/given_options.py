"""What goes through a network: the options for inputs and parameters that `run` and its kin share.

The options of a command that are called as a field of `Given` are handed on in it too: `--labels`, `--batch`.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.network_file import FILE
from dataflow_cli.cli.several import Several
from dataflow_cli.given import Given
from dataflow_cli.netfile.keys import INITIALIZERS, RESIZINGS


def check_given(given: Given, net: str) -> None:
    """Raise UsageError for what cannot be given together.

    That is more than one thing on standard input, a column of labels without a file for it, or beside a file of labels.
    """
    if [net, *(path.rpartition("=")[2] for path in given.inputs)].count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if given.label_column is None:
        return
    if given.labels is not None:
        raise click.UsageError("--labels and --label-column are two ways to give labels: use one")
    if not given.inputs:
        raise click.UsageError("--label-column is for tables given with -i")


def given_options(function: Function) -> Function:
    """The options, handed on as one `Given` called `given`."""
    return bundled(function, "given", _given, Given.__dataclass_fields__, _OPTIONS)


def given_alone(function: Function) -> Function:
    """What a command's own options give, and how pictures are prepared, handed on as one `Given` called `given`."""
    return bundled(function, "given", _given, Given.__dataclass_fields__, _PREPARING)


def _given(**options: Any) -> Given:
    return Given(**options, stdin=getattr(sys.stdin, "buffer", None))


_PREPARING = (
    click.option("--input-invert", is_flag=True, help="Take the negative of pictures, 255 - x, before scaling."),
    click.option(
        "--input-resize",
        type=click.Choice(RESIZINGS),
        metavar="MODE",
        help=f"{' or '.join(RESIZINGS)}: resize pictures of another size, where the network file does not.",
    ),
    click.option("--input-crop", is_flag=True, help="Cut the middle out of pictures of other proportions first."),
)
_OPTIONS = (
    click.option(
        "-i",
        "--input",
        "inputs",
        metavar="[NAME=]FILE ...",
        multiple=True,
        type=FILE,
        cls=Several,
        help="Pictures, .npy, .npz, .csv, .txt or idx(.gz), a folder, a GLOB; - is standard input. Several make a "
        "minibatch; without any, the network's example.",
    ),
    *_PREPARING,
    click.option("--value", "literals", metavar="NUMBERS", multiple=True, help='The input itself: --value "1,0".'),
    click.option(
        "-w",
        "--weights",
        metavar="FILE",
        type=FILE,
        help="Parameters (.npz, .safetensors, .pt, .h5, .keras) instead of the network file's.",
    ),
    click.option(
        "--init", type=click.Choice(INITIALIZERS), metavar="RULE", help=f"Random parameters: {', '.join(INITIALIZERS)}."
    ),
    click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Of the random parameters."),
    click.option(
        "--dtype", type=click.Choice(["float32", "float64"]), metavar="TYPE", help="Compute in float32 or float64."
    ),
    click.option(
        "--label-column",
        metavar="COLUMN",
        help="The column of the labels in -i FILE.csv, by number from 0 or by heading; it is no input.",
    ),
)
