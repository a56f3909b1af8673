"""A saved record in place of a network file: which options it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.trace.model import Trace

WRITING = frozenset({"format", "fields", "header", "fragment", "output", "color", "width", "verbose", "quiet", "debug"})
"""How a result is written, which is the same whether it was made a moment ago or not."""


def refuse_options(record: str, takes: Collection[str], instead: str) -> None:
    """Raise UsageError if the command line has options, other than `takes` by name, that a saved record has no use for.

    `record` is what the record is called, `instead` what to do about it.
    """
    ctx = click.get_current_context()
    found = [
        option.opts[-1]
        for option in ctx.command.params
        if isinstance(option, click.Option)
        and option.name not in takes
        and ctx.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
    ]
    if found:
        raise click.UsageError(f"{record} has no use for {', '.join(found)}: {instead}")


def saved_trace(net: str, takes: Collection[str]) -> Trace | None:
    """The saved trace that stands in place of the network file, if one does.

    Raises UsageError for options, other than `takes` by name, that it has no use for; InputError if it is damaged.
    """
    from dataflow_cli.files.beginning import beginning, is_zip

    if net == "-" or not is_zip(beginning(net)):
        return None
    from dataflow_cli.trace.saved import is_saved_trace, load_trace

    if not is_saved_trace(net):
        return None
    refuse_options("a saved trace", takes, "name the network file to run it anew")
    return load_trace(net)
