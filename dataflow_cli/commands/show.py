"""`dftrace show NET -i FILE`: the activations as pictures, in a file or in the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.complete import layer_names
from dataflow_cli.cli.given_options import check_given, given_beside_scale, layers_option
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_or, open_given
from dataflow_cli.cli.options import debug_option, quiet_option
from dataflow_cli.cli.output import warn
from dataflow_cli.cli.page_output import is_page, max_size_option, profile_beside, write_page
from dataflow_cli.cli.paths import FILE
from dataflow_cli.cli.picture_options import PictureOptions, picture_options
from dataflow_cli.cli.picture_output import write_picture
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.saved import WRITING, refuse_options, saved_trace
from dataflow_cli.cli.terminal import leads_to_terminal
from dataflow_cli.errors import OutputError

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.pictures.model import Picture
    from dataflow_cli.render.pictures.plan import Wanted
    from dataflow_cli.trace.model import Trace

_OF_SAVED = WRITING | {"layers", "labels", "max_size", *PictureOptions.__dataclass_fields__}
"""The options that a saved trace takes."""
_OF_PICTURES = frozenset(PictureOptions.__dataclass_fields__) - WRITING | {"before"}
"""The options that a page does not take: it draws every tensor as suits it."""
_CONVOLUTIONS = ""


def _given(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    return value or None


@click.command("show", cls=Documented)
@network_or("a trace that `run --save` kept")
@given_beside_scale
@click.option(
    "--labels",
    metavar="FILE",
    multiple=True,
    type=FILE,
    callback=_given,
    help="The right classes, to group inputs or to mark points by; one after the other for several -i.",
)
@layers_option(
    "Only these layers: conv2d_1, 'conv*', input; '*:sum' before the activation; one channel: 'conv2d_1[9]'."
)
@click.option(
    "--before-activation",
    "before",
    is_flag=False,
    flag_value=_CONVOLUTIONS,
    metavar="[GLOB]",
    shell_complete=layer_names,
    help="Show convolutions, or the layers that GLOB matches, before their activation.",
)
@picture_options
@click.option("--profile", metavar="PROFILE.npz", type=FILE, help="Of a page: tell what a saved profile knows, too.")
@max_size_option
@quiet_option
@debug_option
def command(
    *,
    net: str,
    given: Given,
    layers: tuple[str, ...],
    before: str | None,
    wanted: PictureOptions,
    profile: str | None,
    max_size: int | None,
    quiet: bool,
) -> None:
    """Show what flows through a network as pictures: mosaics, bar codes, bars, curves.

    Without -o it is drawn in the terminal, two pixels to a character.

    \b
    Examples:
      dftrace show mnist-cnn.yaml -i 7.png                    in the terminal
      dftrace show mnist-cnn.yaml -i 4.png --invert --before-activation -o four.png
      dftrace show mnist-cnn.yaml -l dense_1 -i 4/0.png -i 6/0.png -o codes.png
      dftrace show mnist-cnn.yaml --kind kernels -l 'conv*' -o kernels.png
      dftrace show conv1d-ramp.yaml -l input -l valid -o signals.svg
      dftrace show mnist-lstm.yaml -i 7.png -l 'lstm_1:*'     curves over the steps
      dftrace show mnist-lstm.yaml -i 7.png -l 'lstm_1:*[59]' -o unit.svg
      dftrace show mnist-vit.yaml -i 7.png -l '*:weights' --query 5 -o looks.png
      dftrace show pooling.yaml -l input -l max_stride_2      small tensors with their numbers
      dftrace show mnist-cnn.yaml -i 7.png -l 'conv2d_1[9]' --kind numbers -o nine.svg
      dftrace show mnist-cnn.yaml -i digits --kind histogram -o values.png
      dftrace show mlp.yaml --kind confusion -i points.csv --labels classes.csv
      dftrace show mlp.yaml --kind scatter -i points.csv --labels classes.csv
      dftrace show trace.npz -o kept.png                      what --save kept
      dftrace show mnist-cnn.yaml -i 4.png -o four.html       a page to click through
      dftrace show mnist-cnn.yaml -i 4.png -o four.html --profile digits.npz
    """  # noqa: D301
    if is_page(wanted.output, max_size):
        _page(net, layers, given, wanted, max_size, profile=profile, quiet=quiet)
        return
    if profile is not None:
        raise click.UsageError("--profile is of a page: add -o FILE.html")
    _refuse_contradictions(given, wanted, before)
    kernels = wanted.kind == "kernels"
    trace = saved_trace(net, _OF_SAVED | ({"weights"} if kernels else set()))
    if trace is not None:
        picture = _kernels_of_saved(trace, layers, wanted, given) if kernels else _saved(trace, layers, wanted, given)
        write_picture(picture, wanted)
        return
    check_given(given, net)
    network = open_given(net, given)
    if kernels:
        picture = _kernels(network, layers, wanted, given, quiet=quiet)
    else:
        picture = _activations(network, layers, before, wanted, given, quiet=quiet)
    write_picture(picture, wanted)


def _page(
    net: str,
    layers: tuple[str, ...],
    given: Given,
    wanted: PictureOptions,
    max_size: int | None,
    *,
    profile: str | None,
    quiet: bool,
) -> None:
    """Write one HTML file in which a run can be clicked through."""
    names = {one.name or "" for one in click.get_current_context().command.params}
    refuse_options("a page", names - _OF_PICTURES, "it draws all as suits it, a picture is FILE.png or FILE.svg")
    trace = saved_trace(net, _OF_SAVED | {"profile"})
    if trace is None:
        from dataflow_cli.api import traced

        check_given(given, net)
        network = open_given(net, given)
        keep = network.tensors_matching(layers) if layers else network.tensors
        with progress_bar(quiet=quiet) as progress:
            trace = traced(network, given, keep=keep, progress=progress)
        warn(trace.warnings, quiet=quiet, color=wanted.color)
    beside = None if profile is None else profile_beside(profile, trace)
    write_page(trace, given.weights, str(wanted.output), max_size, quiet=quiet, beside=beside)


def _refuse_contradictions(given: Given, wanted: PictureOptions, before: str | None) -> None:
    """Raise UsageError or OutputError for what cannot work, before anything is read."""
    if wanted.cmap == "diverging" and wanted.map == "minmax":
        raise click.UsageError("--cmap diverging shows zero as white, and --map minmax does not keep zero")
    if wanted.kind == "kernels" and given.says_input:
        raise click.UsageError(
            "--kind kernels shows what is learned, no input goes through it: leave out -i, --value and --input-..."
        )
    if wanted.kind == "kernels" and before is not None:
        raise click.UsageError("--kind kernels shows what is learned, which has no activation")
    if wanted.kind == "scatter" and before is not None:
        raise click.UsageError("--kind scatter has no use for --before-activation: name the tensor, -l dense_1:sum")
    if wanted.output is None:
        return
    if leads_to_terminal(wanted.output):
        raise OutputError("not writing a picture's bytes to the terminal", hint="use -o FILE.png, or leave out -o")
    if wanted.output != "-" and not wanted.output.startswith("/dev/"):
        from dataflow_cli.render.pictures.as_file import check_ending

        check_ending(wanted.output, others=" (or in .html, a page to click through)")


def _activations(
    network: Network, layers: tuple[str, ...], before: str | None, wanted: PictureOptions, given: Given, *, quiet: bool
) -> Picture:
    """Run the inputs and plan what their tensors look like."""
    from dataflow_cli.api import traced
    from dataflow_cli.picturing import asked_of, picture_of, tensors_to_draw, tensors_under

    which = asked_of(network, layers)
    names = tensors_to_draw(network, which.tensors, wanted.kind, before)
    keep = (*names, *tensors_under(network, names))
    with progress_bar(quiet=quiet) as progress:
        trace = traced(network, replace(given, labels=None), keep=keep, progress=progress)
    warn(trace.warnings, quiet=quiet, color=wanted.color)
    return picture_of(trace, names, which, _plan_options(wanted), given)


def _saved(trace: Trace, layers: tuple[str, ...], wanted: PictureOptions, given: Given) -> Picture:
    from dataflow_cli.picturing import picture_of_saved

    return picture_of_saved(trace, layers, _plan_options(wanted), given)


def _kernels(
    network: Network, layers: tuple[str, ...], wanted: PictureOptions, given: Given, *, quiet: bool
) -> Picture:
    from dataflow_cli.picturing import picture_of_kernels
    from dataflow_cli.weights.load import load_weights

    parameters = load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype)
    warn(parameters.warnings, quiet=quiet, color=wanted.color)
    return picture_of_kernels(network, parameters, layers, _plan_options(wanted))


def _kernels_of_saved(trace: Trace, layers: tuple[str, ...], wanted: PictureOptions, given: Given) -> Picture:
    """The kernels that a trace was run with, if they are still there."""
    from dataflow_cli.explain.origin import origin_of
    from dataflow_cli.picturing import picture_of_kernels

    return picture_of_kernels(*origin_of(trace, None, given.weights), layers, _plan_options(wanted))


def _plan_options(wanted: PictureOptions) -> Wanted:
    from dataflow_cli.render.pictures.plan import Wanted

    return Wanted(
        kind=wanted.kind,
        scale=wanted.scale,
        map=wanted.map,
        colormap=wanted.colormap,
        invert=wanted.invert,
        top=wanted.top,
        query=wanted.query,
        group=wanted.group,
    )
