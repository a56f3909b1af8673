"""`dftrace completion SHELL`: the script that teaches a shell to complete commands, options and layer names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dataflow_cli.commands.options import debug_option
from dataflow_cli.commands.output import emit


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@debug_option
def command(shell: str) -> None:
    """Write the completion script of a shell.

    \b
    Examples:
      dftrace completion bash >> ~/.bashrc
      dftrace completion zsh >> ~/.zshrc
      dftrace completion fish > ~/.config/fish/completions/dftrace.fish
    """  # noqa: D301
    from dataflow_cli.commands.main import group

    kind = get_completion_class(shell)
    assert kind is not None
    emit(kind(group, {}, "dftrace", "_DFTRACE_COMPLETE").source() + "\n")
