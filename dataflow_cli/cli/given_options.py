"""What goes through a network: the options for inputs and parameters that `run` and its kin share."""

from __future__ import annotations

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.network_file import FILE
from dataflow_cli.netfile.keys import INITIALIZERS
from dataflow_cli.records import dataclass


@dataclass(frozen=True)
class Given:
    """The inputs and parameters that the user gives, as the command line has them."""

    inputs: tuple[str, ...]
    literals: tuple[str, ...]
    weights: str | None
    init: str | None
    seed: int
    dtype: str | None
    label_column: str | None

    def check_stdin(self, net: str) -> None:
        """Raise UsageError if more than one of them is to be read from standard input."""
        if [net, *(path.rpartition("=")[2] for path in self.inputs)].count("-") > 1:
            raise click.UsageError("standard input (-) can be read only once")

    def check_labels(self, labels: str | None) -> None:
        """Raise UsageError for a column of labels without a file for it, or beside a file of labels."""
        if self.label_column is None:
            return
        if labels is not None:
            raise click.UsageError("--labels and --label-column are two ways to give labels: use one")
        if not self.inputs:
            raise click.UsageError("--label-column is for tables given with -i")


def given_options(function: Function) -> Function:
    """The options, handed on as one `Given` called `given`."""
    return bundled(function, "given", Given, Given.__dataclass_fields__, _OPTIONS)


_OPTIONS = (
    click.option(
        "-i",
        "--input",
        "inputs",
        metavar="[NAME=]FILE",
        multiple=True,
        type=FILE,
        help="A picture, .npy, .npz, .csv, .txt or idx(.gz); - is standard input. Several make a minibatch; "
        "without any, the network's example.",
    ),
    click.option("--value", "literals", metavar="NUMBERS", multiple=True, help='The input itself: --value "1,0".'),
    click.option("-w", "--weights", metavar="FILE", type=FILE, help="Parameters (.npz) instead of the network file's."),
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
