"""`dftrace draw NET`: the network itself, as a line of text or as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.drawing_options import DrawingOptions, drawing_options
from dataflow_cli.cli.given_options import check_given, given_options
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_or, open_given
from dataflow_cli.cli.options import debug_option, quiet_option
from dataflow_cli.cli.output import emit, warn
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.saved import WRITING, saved_trace
from dataflow_cli.cli.terminal import leads_to_terminal, style_for
from dataflow_cli.drawing import check, drawn, weights_of
from dataflow_cli.errors import OutputError

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.outline import Outline
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights

_OF_SAVED = WRITING | frozenset(DrawingOptions.__dataclass_fields__) | {"weights"}
"""The options that a saved trace takes."""


@click.command("draw", cls=Documented)
@network_or("a trace that `run --save` kept")
@drawing_options
@given_options
@quiet_option
@debug_option
def command(net: str, given: Given, wanted: DrawingOptions, *, quiet: bool) -> None:
    """Draw the network itself: what stands in it, what takes from what, and the shapes in between.

    Without -o it is a line of text; a file becomes what its name ends in.

    \b
    Examples:
      dftrace draw mnist-cnn.yaml                           as a line of text
      dftrace draw tiny-resnet.yaml -o resnet.svg           a box a layer
      dftrace draw resnet50.yaml --depth 0 -o resnet.png    a box a block
      dftrace draw mnist-cnn.yaml --as volumes -o cnn.svg   tensors
      dftrace draw mlp-2-5-1.yaml --as neurons -o mlp.svg   weights
      dftrace draw mnist-cnn.yaml --color-by zeros -i 7.png -o zeros.svg
      dftrace draw trace.npz --color-by max -o max.png      what --save kept
      dftrace draw net.yaml -f mermaid                      for a Markdown page
    """  # noqa: D301
    form = wanted.form
    check(wanted, form)
    check_given(given, net)
    _refuse_contradictions(given, wanted, form)
    trace, weights = saved_trace(net, _OF_SAVED), None
    if trace is not None:
        whole, weights = _of_saved(trace, given, wanted)
    else:
        whole, trace, weights = _opened(net, given, wanted, quiet=quiet)
    style = style_for(wanted.color, wanted.width, header=True, to_file=wanted.output not in (None, "-"))
    result = drawn(whole, form, wanted, trace, weights, width=style.width, color=style.color)
    emit(result, wanted.output, form, color=style.color and form == "text")


def _refuse_contradictions(given: Given, wanted: DrawingOptions, form: str) -> None:
    """Raise UsageError or OutputError for what cannot work, before anything is read."""
    if given.says_input and not wanted.measured:
        raise click.UsageError("an input is for --color-by: say by which number, such as --color-by zeros")
    if form == "png" and leads_to_terminal(wanted.output):
        raise OutputError("not writing a picture's bytes to the terminal", hint="use -o FILE.png, or a pipe")


def _of_saved(trace: Trace, given: Given, wanted: DrawingOptions) -> tuple[Outline, Weights | None]:
    """The network that a trace was saved of; neurons with the weights that it names, as `explain` finds them."""
    if wanted.shown == "neurons":
        from dataflow_cli.explain.origin import origin_of
        from dataflow_cli.network.outlined import outlined as outlined_network

        network, weights = origin_of(trace, None, given.weights)
        return outlined_network(network), weights
    from dataflow_cli.trace.outlined import outlined

    return outlined(trace), None


def _opened(
    net: str, given: Given, wanted: DrawingOptions, *, quiet: bool
) -> tuple[Outline, Trace | None, Weights | None]:
    """The network in a file, what comes of the inputs if it is colored by that, and the weights of neurons."""
    from dataflow_cli.network.outlined import outlined

    network = open_given(net, given)
    trace = _traced(network, given, quiet=quiet) if wanted.measured else None
    weights = weights_of(network, given) if wanted.shown == "neurons" else None
    warnings = network.warnings if trace is None else trace.warnings
    warn([*warnings, *(weights.warnings if weights else ())], quiet=quiet, color=wanted.color)
    return outlined(network), trace, weights


def _traced(network: Network, given: Given, *, quiet: bool) -> Trace:
    """What comes of the inputs."""
    from dataflow_cli.api import traced

    with progress_bar(quiet=quiet) as progress:
        return traced(network, given, progress=progress)
