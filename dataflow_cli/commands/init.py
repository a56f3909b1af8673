"""`dftrace init [EXAMPLE] [FOLDER]`: write a worked example to a folder, ready to run."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click
from click.core import ParameterSource

from dataflow_cli import schemas
from dataflow_cli.cli.complete import example_names
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import ReportOptions, debug_option, quiet_option, report_options
from dataflow_cli.cli.output import tell
from dataflow_cli.errors import InputError
from dataflow_cli.examples import EXAMPLES, Example, find_example, folder
from dataflow_cli.files.problem import reported
from dataflow_cli.files.together import write_together
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

SCHEMA_FILE = "dftrace.schema.json"
MARK = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
"""The first line of a network file for editors: what completes and checks it."""

COLUMNS = (
    Column("name", "example"),
    Column("section", "section", keep=5),
    Column("see", "what to see", wraps=True, keep=8),
    Column("command", "try", shown=False, wraps=True, keep=4),
)
_OF_THE_LIST = {
    "format": "-f",
    "fields": "--fields",
    "header": "--no-header",
    "output": "-o",
    "width": "--width",
    "fragment": "--fragment",
}


def _columns() -> tuple[Column, ...]:
    return COLUMNS


@click.command("init", cls=Documented)
@click.argument(
    "example",
    metavar="[EXAMPLE]",
    required=False,
    shell_complete=example_names,
    cls=Argument,
    help_text="Which one to write; the list of all if absent.",
)
@click.argument(
    "target",
    metavar="[FOLDER]",
    required=False,
    type=click.Path(file_okay=False, path_type=Path),
    cls=Argument,
    help_text="Where to; a folder with the example's name if absent.",
)
@click.option("--list", "listing", is_flag=True, help="List the examples, as without EXAMPLE.")
@click.option("--force", is_flag=True, help="Overwrite files that are there already.")
@report_options(_columns)
@quiet_option
@debug_option
def command(
    example: str | None, target: Path | None, report: ReportOptions, *, listing: bool, force: bool, quiet: bool
) -> None:
    """Write a worked example to a folder: network file, weights, input, and the schema for your editor.

    \b
    Examples:
      dftrace init                              what examples there are
      dftrace init mnist-cnn
      dftrace init conv1d-ramp lesson-3
      dftrace init --list -f markdown --fields all
    """  # noqa: D301
    if example is None:
        report.emit(examples_report())
        return
    _refuse_options_of_the_list(example, listing=listing)
    chosen = find_example(example)
    place = Path(chosen.name) if target is None else target
    contents = example_contents(chosen)
    write_together(contents, place, overwrite=force)
    if not quiet:
        tell(*_what_next(chosen, place, len(contents)))


def examples_report() -> Report:
    """A row an example, in the order of the chapter."""
    rows = tuple({"name": one.name, "section": one.section, "see": one.see, "command": one.command} for one in EXAMPLES)
    return Report(
        schemas.EXAMPLES, "examples", COLUMNS, rows, notes=("`dftrace init EXAMPLE` writes one of them to a folder",)
    )


def example_contents(example: Example) -> dict[str, bytes]:
    """The files of an example by their paths: as they are shipped, and the schema that its network file then names."""
    contents = {path: _read(path) for path in example.files}
    contents[example.network_file] = MARK.encode() + contents[example.network_file]
    return contents | {SCHEMA_FILE: _schema()}


def _read(path: str) -> bytes:
    with reported(InputError, folder() / path):
        return (folder() / path).read_bytes()


def _schema() -> bytes:
    from dataflow_cli.netfile.json_schema import network_schema

    return (json.dumps(network_schema(), indent=2) + "\n").encode()


def _refuse_options_of_the_list(example: str, *, listing: bool) -> None:
    """Raise UsageError for options that say how to list: with an example they would do nothing."""
    source = click.get_current_context().get_parameter_source
    given = ["--list"] if listing else []
    given += [flag for name, flag in _OF_THE_LIST.items() if source(name) is ParameterSource.COMMANDLINE]
    if given:
        instead = f"dftrace init {text.safe(example)} FOLDER"
        raise click.UsageError(f"{given[0]} is for the list of examples. To write one to a folder: {instead}")


def _what_next(example: Example, place: Path, count: int) -> list[str]:
    """What was written, and the commands to try."""
    enter = () if place == Path() else (f"cd {shlex.quote(text.safe(place))}",)
    lines = [f"  {line}" for line in (*enter, *example.commands)]
    return [f"{count} files written to {text.safe(place)}", "Try:", *lines]
