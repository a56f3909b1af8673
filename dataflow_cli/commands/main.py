"""The program `dftrace`: one table of commands, one place that catches errors and picks the exit code.

Exit codes: 0 fine; 1 a negative answer; 2 trouble; 130 interrupted; 141 broken pipe. `__main__` gives 143 for SIGTERM
and 129 for SIGHUP.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.output import emit
from dataflow_cli.cli.streams import STDOUT, abandon, ready_streams
from dataflow_cli.lazy import imported, unwarned

COMMANDS = {
    "run": "run an input through a network and show every layer",
    "explain": "show how one number came about, term by term",
    "show": "draw what flows through a network as pictures",
    "profile": "run a whole data set: dead units, ranges, mistakes",
    "diff": "find the layer that computes otherwise, and why",
    "hooks": "print what captures every layer in PyTorch, Keras, ONNX",
    "draw": "draw the network itself, as text or a picture",
    "params": "count shapes, parameters and work without running",
    "bench": "measure time, speed and memory of every layer",
    "weights": "list the tensors of a file of weights",
    "import": "write a model of Keras or ONNX as a network file",
    "check": "find everything that is wrong with a network file",
    "layers": "show what layers exist, their fields and formulas",
    "init": "write a worked example: network, weights, input",
    "schema": "write the JSON Schema of the network file",
    "completion": "write the shell completion for bash, zsh or fish",
    "help": "show how a command is called",
}
"""Every command with its one line of help; the module of the same name in this folder holds it."""

EXIT_FINE, EXIT_NEGATIVE, EXIT_TROUBLE, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 0, 1, 2, 130, 141
COMPLETION = "_DFTRACE_COMPLETE"
"""The environment variable by which a shell asks for completions."""
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


class ReaderGoneError(Exception):
    """A broken pipe under a name that Click does not know; it would turn it into exit code 1."""


class Commands(Documented, click.Group):
    """Loads a command's module when the command is called, so that `params` never pays for `run`."""

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read the command line; `--help` writes already here."""
        try:
            return super().make_context(*arguments, **settings)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command that was chosen."""
        try:
            with unwarned():
                return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if cmd_name == "import" else cmd_name  # which is a word of Python's
        command: click.Command = imported(f"dataflow_cli.commands.{module}.command")
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands from the table, without importing any of them, then the options."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        super().format_options(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names, or an error with the closest one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from dataflow_cli.errors import suggestion

            ctx.fail(f"no command '{name}'; {suggestion(name, COMMANDS) or 'it is one of ' + ', '.join(COMMANDS)}")
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  Click's call
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        emit(f"dftrace {version('dftrace')}\n")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Trace the data that flows through a neural network, layer by layer.

    \b
    Examples:
      dftrace init mnist-cnn                    write an example to a folder
      dftrace run mnist-cnn.yaml -i 7.png       run a picture, show every layer
      dftrace params mnist-cnn.yaml -v          count, with the arithmetic
      dftrace check net.yaml                    what is wrong with the file
    """  # noqa: D301  \b is Click's mark for a paragraph that keeps its lines
    if ctx.invoked_subcommand is None:
        emit(f"{ctx.get_help()}\n")


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    ready_streams()
    for name in _BLAS_THREADS:
        os.environ.setdefault(name, "1")
    try:
        code = _called()
        sys.stdout.flush()
    except (ReaderGoneError, BrokenPipeError):
        code = EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except OSError as error:
        from dataflow_cli.cli.complain import complain_of_system

        code = complain_of_system(error)
    if code not in (EXIT_FINE, EXIT_NEGATIVE):
        abandon(STDOUT)
    sys.exit(code)


def _called() -> int:
    """Run the command; whatever goes wrong becomes a message on stderr and an exit code."""
    try:
        result = group.main(standalone_mode=False, prog_name="dftrace", complete_var=COMPLETION)
    except click.Abort as abort:
        if isinstance(abort.__cause__, EOFError):
            return _complaint(abort.__cause__)
        return EXIT_INTERRUPTED
    except (ReaderGoneError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  the one place that catches: whatever it is, the user gets one block
        return _complaint(error)
    return result if isinstance(result, int) else EXIT_FINE


def _complaint(error: BaseException) -> int:
    """Say what went wrong, but never into a line that the shell is about to complete."""
    if COMPLETION not in os.environ:
        from dataflow_cli.cli.complain import complain

        complain(error)
    return EXIT_TROUBLE


if __name__ == "__main__":
    main()
