"""`dftrace check NET...`: everything that is wrong with network files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli import schemas
from dataflow_cli.cli.endings import format_of
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.network_file import open_network
from dataflow_cli.cli.options import color_option, debug_option, output_option, quiet_option, shape_option
from dataflow_cli.cli.output import emit
from dataflow_cli.cli.paths import FILE
from dataflow_cli.cli.terminal import style_for
from dataflow_cli.errors import NetworkError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.formats import Style

_FORMATS = ("plain", "json", "github")


@click.command("check", cls=Documented)
@click.argument(
    "nets",
    metavar="NET...",
    type=FILE,
    nargs=-1,
    required=True,
    cls=Argument,
    help_text="Network files, or models of Keras; - is standard input.",
)
@click.option(
    "-f",
    "--format",
    type=click.Choice(_FORMATS),
    metavar="FORMAT",
    help="plain, json, or github (annotations in a workflow). Default: by the ending of FILE, else plain.",
)
@shape_option
@output_option
@color_option
@quiet_option
@debug_option
def command(
    nets: tuple[str, ...],
    format: str | None,  # noqa: A002
    shape: tuple[str, ...],
    output: str | None,
    color: str,
    *,
    quiet: bool,
) -> int:
    """Find everything that is wrong with network files, their weights and examples included.

    The exit code is 0 if all are sound, 1 if any has an error, 2 if one cannot be opened.

    \b
    Examples:
      dftrace check net.yaml
      dftrace check configs/*.yaml -q
      dftrace check net.yaml -f github
    """  # noqa: D301
    form = format or format_of(output, _FORMATS)
    found = {net: tuple(_problems(net, shape)) for net in nets}
    if form == "json":
        emit(_json(found), output, form)
    elif form == "github":
        emit(_github(found), output, form)
    else:
        style = style_for(color, None, header=True, to_file=output not in (None, "-"))
        emit(_plain(found, style, quiet=quiet), output, form, color=style.color)
    return 1 if any(problem.severity == "error" for problems in found.values() for problem in problems) else 0


def _problems(net: str, shape: tuple[str, ...]) -> Iterator[Problem]:
    """What reading, wiring, the weights and the examples bring up. Raises InputError if the file cannot be opened."""
    from dataflow_cli.weights.load import weights_problems

    try:
        network = open_network(net, shape)
        yield from network.warnings
        yield from weights_problems(network)
        if any(spec.example is not None for spec in network.inputs):
            from dataflow_cli.inputs.example_problems import example_problems

            yield from example_problems(network)
    except NetworkError as error:
        yield from error.problems


def _json(found: dict[str, tuple[Problem, ...]]) -> str:
    """One document, one problem a line."""
    from dataflow_cli.render.formats.json import Rows, document
    from dataflow_cli.render.problems import as_json

    files = Rows({"file": net, "problems": Rows(map(as_json, problems))} for net, problems in found.items())
    return document({"schema": schemas.CHECK, "files": files})


def _github(found: dict[str, tuple[Problem, ...]]) -> str:
    from dataflow_cli.render.problems import as_github

    return "".join(as_github(problems) for problems in found.values())


def _plain(found: dict[str, tuple[Problem, ...]], style: Style, *, quiet: bool) -> str:
    from dataflow_cli.render.problems import all_problems
    from dataflow_cli.render.text import safe

    sound = "".join(f"{safe(net)}: fine\n" for net in found if not found[net]) if not quiet else ""
    every = (problem for problems in found.values() for problem in problems)
    return all_problems(every, color=style.color, width=style.width) + sound
