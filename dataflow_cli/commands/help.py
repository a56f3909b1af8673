"""`dftrace help COMMAND`: what `dftrace COMMAND --help` shows, by the other order of the words."""

from __future__ import annotations

from typing import cast

import click

from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import debug_option
from dataflow_cli.cli.output import emit


def _commands(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    above, program = _program(ctx)
    return [name for name in program.list_commands(above) if name.startswith(incomplete)]


def _program(ctx: click.Context) -> tuple[click.Context, click.Group]:
    above = ctx.find_root()
    return above, cast("click.Group", above.command)


@click.command("help", cls=Documented)
@click.argument(
    "name",
    metavar="[COMMAND]",
    required=False,
    cls=Argument,
    shell_complete=_commands,
    help_text="The command; without one, what commands there are.",
)
@debug_option
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Show how a command is called.

    \b
    Examples:
      dftrace help            what commands there are
      dftrace help run        the same as dftrace run --help
    """  # noqa: D301
    above, program = _program(ctx)
    if name is None:
        emit(f"{above.get_help()}\n")
        return
    _, found, _ = program.resolve_command(above, [name])
    if found is not None:
        emit(f"{found.get_help(click.Context(found, above, name))}\n")
