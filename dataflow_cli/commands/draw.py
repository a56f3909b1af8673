"""`dftrace draw NET`: the network itself, as a line of text or as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.drawing_options import DrawingOptions, drawing_options
from dataflow_cli.cli.given_options import check_given, given_options
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_argument, open_network
from dataflow_cli.cli.options import debug_option, quiet_option
from dataflow_cli.cli.output import emit, warn
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.terminal import leads_to_terminal, style_for
from dataflow_cli.drawing import check, drawn
from dataflow_cli.errors import OutputError

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.trace.model import Trace


@click.command("draw", cls=Documented)
@network_argument
@drawing_options
@given_options
@quiet_option
@debug_option
def command(net: str, given: Given, wanted: DrawingOptions, *, quiet: bool) -> None:
    """Draw the network itself: what stands in it, what takes from what, and the shapes in between.

    Without -o it is a line of text; a file becomes what its name ends in.

    \b
    Examples:
      dftrace draw mnist-cnn.yaml                         as a line of text
      dftrace draw tiny-resnet.yaml -o resnet.svg         a box a layer
      dftrace draw resnet50.yaml --depth 0 -o resnet.png  a box a block
      dftrace draw mnist-cnn.yaml --as volumes -o cnn.svg tensors
      dftrace draw mlp-2-5-1.yaml --as neurons -o mlp.svg weights
      dftrace draw mnist-cnn.yaml --color-by zeros -i 7.png -o zeros.svg
      dftrace draw net.yaml -f mermaid                    for a Markdown page
    """  # noqa: D301
    form = wanted.form
    check(wanted, form)
    check_given(given, net)
    _refuse_contradictions(given, wanted, form)
    network = open_network(net)
    trace = _traced(network, given, quiet=quiet) if wanted.measured else None
    warn(network.warnings if trace is None else trace.warnings, quiet=quiet, color=wanted.color)
    style = style_for(wanted.color, wanted.width, header=True, to_file=wanted.output not in (None, "-"))
    result, weights = drawn(network, form, wanted, given, trace, width=style.width, color=style.color)
    if weights is not None:
        warn(weights.warnings, quiet=quiet, color=wanted.color)
    emit(result, wanted.output, form, color=style.color and form == "text")


def _refuse_contradictions(given: Given, wanted: DrawingOptions, form: str) -> None:
    """Raise UsageError or OutputError for what cannot work, before anything is read."""
    if (given.inputs or given.literals) and not wanted.measured:
        raise click.UsageError("an input is for --color-by: say by which number, such as --color-by zeros")
    if form == "png" and leads_to_terminal(wanted.output):
        raise OutputError("not writing a picture's bytes to the terminal", hint="use -o FILE.png, or a pipe")


def _traced(network: Network, given: Given, *, quiet: bool) -> Trace:
    """What comes of the inputs."""
    from dataflow_cli.api import traced

    with progress_bar(quiet=quiet) as progress:
        return traced(network, given, progress=progress)
