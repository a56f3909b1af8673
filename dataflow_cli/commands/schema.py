"""`dftrace schema`: the JSON Schema of the network file, for editors."""

from __future__ import annotations

import json

import click

from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.options import debug_option, output_option
from dataflow_cli.cli.output import emit


@click.command("schema", cls=Documented)
@output_option
@debug_option
def command(output: str | None) -> None:
    """Write the JSON Schema (draft 7) of the network file, generated from the table of layers.

    \b
    Examples:
      dftrace schema -o dftrace.schema.json
      # then, as the first line of a network file:
      # yaml-language-server: $schema=dftrace.schema.json
    """  # noqa: D301
    from dataflow_cli.netfile.json_schema import network_schema

    emit(json.dumps(network_schema(), indent=2) + "\n", output, "json")
