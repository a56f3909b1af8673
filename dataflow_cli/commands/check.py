"""`dftrace check NET...`: everything that is wrong with network files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from dataflow_cli.commands.network_file import open_network
from dataflow_cli.commands.options import debug_option, quiet_option
from dataflow_cli.commands.output import emit
from dataflow_cli.commands.terminal import wants_color
from dataflow_cli.errors import DftraceError, Problem

SCHEMA = "dftrace.check/1"


@click.command("check")
@click.argument("nets", metavar="NET...", type=click.Path(), nargs=-1, required=True)
@click.option("-f", "--format", type=click.Choice(["plain", "json", "github"]), default="plain", help="How it is written.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file; - is stdout.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Color; auto: in a terminal.")
@quiet_option
@debug_option
def command(nets: tuple[str, ...], format: str, output: str | None, color: str, *, quiet: bool) -> int:  # noqa: A002
    """Find everything that is wrong with network files, weights' names and shapes included.

    The exit code is 0 if all are sound, 1 if any has an error.

    \b
    Examples:
      dftrace check net.yaml
      dftrace check configs/*.yaml -q
      dftrace check net.yaml -f github          annotations in a GitHub workflow
    """  # noqa: D301
    found = {net: tuple(_problems(net)) for net in nets}
    everything = [problem for problems in found.values() for problem in problems]
    emit(_written(found, everything, format, color=output is None and wants_color(sys.stdout, color), quiet=quiet), output)
    return 1 if any(problem.severity == "error" for problem in everything) else 0


def _problems(net: str) -> Iterator[Problem]:
    """What reading, wiring and the weights' headers bring up."""
    from dataflow_cli.weights.load import weights_problems

    try:
        yield from weights_problems(open_network(net))
    except DftraceError as error:
        yield from error.problems


def _written(
    found: dict[str, tuple[Problem, ...]], everything: list[Problem], form: str, *, color: bool, quiet: bool
) -> str:
    from dataflow_cli.render.problems import all_problems, as_github, as_json
    from dataflow_cli.render.text import safe

    if form == "json":
        files = [{"file": net, "problems": [as_json(problem) for problem in found[net]]} for net in found]
        return json.dumps({"schema": SCHEMA, "files": files}, indent=2, ensure_ascii=False) + "\n"
    if form == "github":
        return as_github(everything)
    sound = "".join(f"{safe(net)}: fine\n" for net in found if not found[net]) if not quiet else ""
    return all_problems(everything, color=color) + sound
