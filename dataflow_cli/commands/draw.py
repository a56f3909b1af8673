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
from dataflow_cli.cli.terminal import style_for
from dataflow_cli.errors import OutputError

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.outline import Outline
    from dataflow_cli.render.diagram.look import Look, Shades
    from dataflow_cli.render.diagram.scene import Scene
    from dataflow_cli.shapes import Array


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
    from dataflow_cli.network.outlined import outlined
    from dataflow_cli.render.diagram.folding import folded

    form = wanted.chosen_format()
    wanted.check(form)
    check_given(given, net)
    _refuse_terminal(form, wanted.output)
    network = open_network(net)
    warn(network.warnings, quiet=quiet, color=wanted.color)
    whole = outlined(network)
    shown = whole if wanted.depth is None else folded(whole, wanted.depth)
    if wanted.shown == "neurons":
        _refuse_inputs(given)
        kernels = _kernels(network, given, wanted, quiet=quiet)
        emit(_picture(_neurons(shown, kernels, wanted.look(network.name, None)), form), wanted.output, form)
        return
    shades = _shades(network, whole, shown, wanted, given, quiet=quiet)
    if form == "text":
        _emit_line(shown, shades, wanted)
        return
    look = wanted.look(network.name, shades)
    emit(_drawn(shown, look, form, wanted.shown), wanted.output, form)


def _refuse_terminal(form: str, output: str | None) -> None:
    """Raise OutputError if a picture's bytes would go to the terminal."""
    from dataflow_cli.cli.terminal import leads_to_terminal

    if form == "png" and leads_to_terminal(output):
        raise OutputError("not writing a picture's bytes to the terminal", hint="use -o FILE.png, or a pipe")


def _emit_line(outline: Outline, shades: Shades | None, wanted: DrawingOptions) -> None:
    from dataflow_cli.render.diagram.line import line_text

    style = style_for(wanted.color, wanted.width, header=True, to_file=wanted.output not in (None, "-"))
    emit(line_text(outline, style.width, shades=shades, color=style.color), wanted.output, color=style.color)


def _drawn(outline: Outline, look: Look, form: str, view: str) -> str | bytes:
    """The drawing in a format that has colors and a font."""
    if form == "dot":
        from dataflow_cli.render.diagram.dot import dot_text

        return dot_text(outline, look)
    if form == "mermaid":
        from dataflow_cli.render.diagram.mermaid import mermaid_text

        return mermaid_text(outline, look)
    return _picture(_scene(outline, look, view), form)


def _scene(outline: Outline, look: Look, view: str) -> Scene:
    """The drawing as geometry."""
    if view == "volumes":
        from dataflow_cli.render.diagram.volumes import volumes_scene

        return volumes_scene(outline, look)
    from dataflow_cli.render.diagram.boxes import boxes_scene

    return boxes_scene(outline, look)


def _kernels(network: Network, given: Given, wanted: DrawingOptions, *, quiet: bool) -> dict[str, Array]:
    """The weights of all layers that have any; none if the network has no weights and none are given."""
    known = given.weights or given.init or network.weights or any(node.inline for node in network.nodes)
    if not known:
        return {}
    from dataflow_cli.weights.load import load_weights

    weights = load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype)
    warn(weights.warnings, quiet=quiet, color=wanted.color)
    return {name: arrays["kernel"] for name, arrays in weights.arrays.items() if "kernel" in arrays}


def _neurons(outline: Outline, kernels: dict[str, Array], look: Look) -> Scene:
    from dataflow_cli.render.diagram.neurons import neurons_scene

    return neurons_scene(outline, kernels, look)


def _picture(scene: Scene, form: str) -> str | bytes:
    if form == "png":
        from dataflow_cli.render.diagram.png import png_bytes

        return png_bytes(scene)
    from dataflow_cli.render.diagram.svg import svg_text

    return svg_text(scene)


def _shades(
    network: Network, whole: Outline, shown: Outline, wanted: DrawingOptions, given: Given, *, quiet: bool
) -> Shades | None:
    """The number that parts are colored by, counted or measured by running the inputs."""
    key = wanted.color_by
    if key is None:
        _refuse_inputs(given)
        return None
    from dataflow_cli.render.diagram.numbers import COUNTED, counted_shades, traced_shades

    if key in COUNTED:
        return counted_shades(shown, key)
    from dataflow_cli.api import traced

    with progress_bar(quiet=quiet) as progress:
        trace = traced(network, given, keep=(), progress=progress)
    warn(trace.warnings, quiet=quiet, color=wanted.color)
    return traced_shades(whole, shown, wanted.depth, trace, key)


def _refuse_inputs(given: Given) -> None:
    """Raise UsageError for an input that nothing would be done with."""
    if given.inputs or given.literals:
        raise click.UsageError("an input is for --color-by: say by which number, such as --color-by zeros")
