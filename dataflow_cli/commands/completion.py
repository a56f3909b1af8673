"""`dftrace completion SHELL`: the script that teaches a shell to complete commands, options and layer names."""

from __future__ import annotations

import click

from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import debug_option, output_option
from dataflow_cli.cli.output import emit


@click.command("completion", cls=Documented)
@click.argument(
    "shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]), cls=Argument, help_text="bash, zsh or fish."
)
@output_option
@debug_option
def command(shell: str, output: str | None) -> None:
    """Write the completion script of a shell.

    \b
    Examples:
      dftrace completion bash >> ~/.bashrc
      dftrace completion zsh >> ~/.zshrc
      dftrace completion fish > ~/.config/fish/completions/dftrace.fish
    """  # noqa: D301
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from dataflow_cli.commands.main import COMPLETION, group

    kind = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}[shell]
    emit(kind(group, {}, "dftrace", COMPLETION).source() + "\n", output)
