"""`dftrace import MODEL`: a model of another framework as a network file and its weights."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.given_options import given_of_model
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import debug_option, quiet_option
from dataflow_cli.cli.output import emit, tell, warn
from dataflow_cli.cli.paths import FILE, TARGET

if TYPE_CHECKING:
    from dataflow_cli.given import Given
    from dataflow_cli.importing.files import Written


@click.command("import", cls=Documented)
@click.argument(
    "model", metavar="MODEL", type=FILE, cls=Argument, help_text="A model of Keras or ONNX: .keras, .h5, .onnx."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE.yaml|DIR",
    type=TARGET,
    help="The network file, or a folder for it; its weights stand beside it. Default: here, by the model's name.",
)
@click.option(
    "--weights-format",
    type=click.Choice(["safetensors", "npz"]),
    default="safetensors",
    metavar="safetensors|npz",
    help="How the weights are written.",
)
@click.option("--until", metavar="LAYER", default="", help="Only what this layer needs, which is then the output.")
@click.option(
    "--verify", is_flag=True, help="Run Keras or ONNX Runtime beside it, where that is installed: every layer's values."
)
@click.option("--force", is_flag=True, help="Overwrite files that are there and say something else.")
@given_of_model
@quiet_option
@debug_option
def command(
    model: str,
    output: str | None,
    weights_format: str,
    until: str,
    given: Given,
    *,
    verify: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Write a model of Keras or ONNX as a network file that people can read, and its weights.

    Nothing in the model's file is run. Every other command takes the model itself as NET. How a picture becomes its
    input, and what its classes are called, no such file says: --preprocess and --classes write it into the network.

    \b
    Examples:
      dftrace import model.keras
      dftrace import model.h5 -o nets/ --weights-format npz
      dftrace import model.onnx --preprocess torchvision --verify
      dftrace import model.keras --until block_3_out
      dftrace import mobilenet.keras --preprocess keras-tf --classes names.txt
      dftrace import model.keras --verify
    """  # noqa: D301
    from dataflow_cli.importing.files import import_to_files

    written = import_to_files(model, output, until=until, weights_format=f".{weights_format}", given=given, force=force)
    warn(written.weights.warnings, quiet=quiet)
    emit("".join(line.replace("\n", "\\n") + "\n" for line in _told(written)))
    if verify:
        from dataflow_cli.lazy import imported

        emit(imported(f"dataflow_cli.importing.{written.model.runtime}.verified")(model, written))
    if not quiet:
        tell("Try:", f"  dftrace params {shlex.quote(str(written.path))}")


def _told(written: Written) -> list[str]:
    """What was written, and what was checked."""
    folder = "" if str(written.path.parent) == "." else f" in {written.path.parent}"
    files = [f"{' and '.join(written.files)} written{folder}, from {written.model.origin}"]
    count = len(written.network.nodes)
    parameters = sum(node.parameter_count for node in written.network.nodes)
    checked = f"{count:,} {'layer' if count == 1 else 'layers'}, {parameters:,} parameters, every shape"
    lines = [*files, f"checked: read again, they are the same network: {checked}"]
    if written.renamed:
        pairs = [f"'{theirs}' is {ours}" for theirs, ours in written.renamed.items()]
        more = f" and {len(pairs) - 4} more" if len(pairs) > 4 else ""
        lines.append(f"renamed: {', '.join(pairs[:4])}{more}")
    if written.model.missing:
        lines.append(f"left out: {', '.join(one.told for one in written.model.missing[:4])}")
    if not written.stated:
        lines.append("not said: how a picture becomes the input; --preprocess writes it into the network file")
    return lines
