"""`dftrace show NET -i FILE`: the activations as pictures, in a file or in the terminal."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.complete import layer_names
from dataflow_cli.cli.given_options import check_given, given_beside_scale
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import FILE, network_or, open_network
from dataflow_cli.cli.options import debug_option, quiet_option
from dataflow_cli.cli.output import warn
from dataflow_cli.cli.picture_options import PictureOptions, picture_options
from dataflow_cli.cli.picture_output import write_picture
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.saved import WRITING, saved_trace
from dataflow_cli.cli.terminal import leads_to_terminal
from dataflow_cli.errors import InputError, OutputError
from dataflow_cli.globs import ours
from dataflow_cli.trace.channels import asked, with_channels

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.pictures.model import Picture
    from dataflow_cli.render.pictures.plan import Wanted
    from dataflow_cli.render.pictures.scale import Map
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.channels import Asked
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights

_OF_SAVED = WRITING | {"layers", "labels", *PictureOptions.__dataclass_fields__}
"""The options that a saved trace takes."""
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
@click.option(
    "-l",
    "--layer",
    "layers",
    metavar="GLOB",
    multiple=True,
    shell_complete=layer_names,
    help="Only these layers: conv2d_1, 'conv*', input; '*:sum' before the activation; one channel: 'conv2d_1[9]'.",
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
@quiet_option
@debug_option
def command(
    *,
    net: str,
    given: Given,
    layers: tuple[str, ...],
    before: str | None,
    wanted: PictureOptions,
    quiet: bool,
) -> None:
    """Show what flows through a network as pictures: mosaics, bar codes, bars, curves.

    Without -o it is drawn in the terminal, two pixels to a character.

    \b
    Examples:
      dftrace show mnist-cnn.yaml -i 7.png                    in the terminal
      dftrace show mnist-cnn.yaml -i 4.png --invert --before-activation -o 4.png
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
    """  # noqa: D301
    _refuse_contradictions(given, wanted, before)
    kernels = wanted.kind == "kernels"
    trace = saved_trace(net, _OF_SAVED | ({"weights"} if kernels else set()))
    if trace is not None:
        picture = _kernels_of_saved(trace, layers, wanted, given) if kernels else _saved(trace, layers, wanted, given)
        write_picture(picture, wanted)
        return
    check_given(given, net)
    network = open_network(net, given.shape)
    if kernels:
        picture = _kernels(network, layers, wanted, given, quiet=quiet)
    else:
        layers = ours(layers, network.tensors, network.sources)
        which = asked(layers, [*(spec.name for spec in network.inputs), *network.by_name])
        names = _names(network, which.tensors, before, wanted.kind)
        picture = _activations(network, names, which, wanted, given, quiet=quiet)
    write_picture(picture, wanted)


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

        check_ending(wanted.output)


def _names(network: Network, layers: tuple[str, ...], before: str | None, kind: str) -> tuple[str, ...]:
    """The tensors to draw."""
    from dataflow_cli.network.before import before_activation
    from dataflow_cli.network.opened import opened
    from dataflow_cli.render.pictures.plan import shown_names
    from dataflow_cli.run.picture_facts import offered

    steps = offered(opened(network, network.tensors_matching(layers)))
    if kind == "confusion":
        return ()
    if kind == "scatter":
        from dataflow_cli.render.pictures.scatter import scatter_names

        return scatter_names(network.name, steps, layers, network.node)
    names = shown_names(network.name, steps, layers, kind, network.node)
    return names if before is None else before_activation(network, names, before)


def _under(network: Network, names: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs that some tensors may be drawn over."""
    from dataflow_cli.network.opened import opened
    from dataflow_cli.run.picture_facts import offered

    steps = offered(opened(network, names))
    return tuple({one for step in steps if step.name in names for one in step.under})


def _activations(
    network: Network,
    names: tuple[str, ...],
    which: Asked,
    wanted: PictureOptions,
    given: Given,
    *,
    quiet: bool,
) -> Picture:
    """Run the inputs and plan what their tensors look like."""
    from dataflow_cli.api import traced

    with progress_bar(quiet=quiet) as progress:
        trace = traced(network, replace(given, labels=None), keep=(*names, *_under(network, names)), progress=progress)
    warn(trace.warnings, quiet=quiet, color=wanted.color)
    trace, names, channels = with_channels(trace, names, which)
    if wanted.kind == "scatter":
        from dataflow_cli.render.pictures.scattered import scattered

        return scattered(trace, names, _labels(trace, given), given.weights)
    return _planned(trace, names, replace(_plan_options(wanted), channels=channels), given)


def _planned(trace: Trace, names: tuple[str, ...], options: Wanted, given: Given) -> Picture:
    """What tensors look like; small ones with their numbers, beside the kernels where it is known what was run."""
    from dataflow_cli.explain.origin import known_origin
    from dataflow_cli.render.pictures import plan
    from dataflow_cli.weights.learned_kernels import kernels_in

    origin = known_origin(trace, given.weights)
    return plan.picture(trace, names, options, _labels(trace, given, options.kind), kernels_in(origin, names))


def _saved(trace: Trace, layers: tuple[str, ...], wanted: PictureOptions, given: Given) -> Picture:
    """Plan what the tensors look like that a trace was saved with."""
    from dataflow_cli.render.pictures import plan
    from dataflow_cli.trace.choosing import offered, refuse_missing

    steps, missing = offered(trace), partial(refuse_missing, trace)
    kept = [step.name for step in steps]
    which = asked(ours(layers, kept, trace.step_sources), kept)
    if wanted.kind == "scatter":
        from dataflow_cli.render.pictures.scatter import scatter_names
        from dataflow_cli.render.pictures.scattered import scattered

        names = scatter_names(trace.network, steps, which.tensors, missing)
        trace, names, _ = with_channels(trace, names, which)
        return scattered(trace, names, _labels(trace, given), given.weights)
    names = plan.shown_names(trace.network, steps, which.tensors, wanted.kind, missing)
    trace, names, channels = with_channels(trace, names, which)
    return _planned(trace, names, replace(_plan_options(wanted), channels=channels), given)


def _kernels(
    network: Network, layers: tuple[str, ...], wanted: PictureOptions, given: Given, *, quiet: bool
) -> Picture:
    from dataflow_cli.weights.load import load_weights

    parameters = load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype)
    warn(parameters.warnings, quiet=quiet, color=wanted.color)
    return _kernels_of(network, parameters, layers, wanted)


def _kernels_of_saved(trace: Trace, layers: tuple[str, ...], wanted: PictureOptions, given: Given) -> Picture:
    """The kernels that a trace was run with, if they are still there."""
    from dataflow_cli.explain.origin import origin_of

    return _kernels_of(*origin_of(trace, None, given.weights), layers, wanted)


def _kernels_of(network: Network, parameters: Weights, layers: tuple[str, ...], wanted: PictureOptions) -> Picture:
    from dataflow_cli.render.pictures.kernels import kernels_picture
    from dataflow_cli.weights.learned_kernels import kernels_of

    names = network.matching(layers) if layers else tuple(network.by_name)
    how: Map = "minmax" if wanted.map == "minmax" else "zero"
    found = kernels_of(network, parameters, names)
    return kernels_picture(found, how=how, scale=wanted.scale, colormap=wanted.colormap)


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


def _labels(trace: Trace, given: Given, kind: str = "auto") -> Array | None:
    """The right classes, one a sample: those that are given, else those of the trace. Raises InputError."""
    if given.labels is None:
        return trace.labels
    from dataflow_cli.inputs.labels import load_labels
    from dataflow_cli.inputs.targets import given_targets
    from dataflow_cli.lazy import np
    from dataflow_cli.trace.readings import places_of

    if kind == "confusion" and (places := places_of(trace, trace.outputs[0])):
        found = [given_targets(file, trace.classes).reshape(-1) for file in given.labels]
        return _at_places(np.concatenate(found), (trace.samples, *places), ", ".join(given.labels))
    labels = np.concatenate([load_labels(file, trace.classes) for file in given.labels])
    if len(labels) != trace.samples:
        what = f"{', '.join(given.labels)}: {len(labels):,} labels for {trace.samples:,} samples"
        raise InputError(what, hint="give one label a sample", code="E303")
    return labels


def _at_places(labels: Array, shape: Shape, what: str) -> Array:
    """Labels of every place of every sample. Raises InputError."""
    if labels.size != math.prod(shape):
        message = f"{what}: {labels.size:,} labels for {math.prod(shape):,} places"
        raise InputError(message, hint="give one label a place: a row a sample", code="E303")
    return labels.reshape(shape).astype("int64")
