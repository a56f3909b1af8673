"""`dftrace hooks FRAMEWORK`: the program that captures every layer there."""

from __future__ import annotations

import click

from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import debug_option, output_option
from dataflow_cli.cli.output import emit
from dataflow_cli.hooks import FRAMEWORKS, program


@click.command("hooks", cls=Documented)
@click.argument(
    "framework",
    metavar="FRAMEWORK",
    type=click.Choice(list(FRAMEWORKS)),
    cls=Argument,
    help_text="; ".join(f"{name}: {how.partition(': ')[2]}" for name, how in FRAMEWORKS.items()) + ".",
)
@output_option
@debug_option
def command(framework: str, output: str | None) -> None:
    """Print the program that captures what every layer puts out in another framework, for `dftrace diff`.

    Its first lines say where to put it: behind those that make the model and its input. It writes captured.npz; that
    for C is a function, which writes a file a layer into the folder captured.

    \b
    Examples:
      dftrace hooks torch
      dftrace hooks keras -o capture.py
      dftrace diff net.yaml captured.npz -i 7.png
    """  # noqa: D301
    emit(program(framework), output)
