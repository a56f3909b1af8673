"""The program `dftrace`: one table of commands, one place that catches errors and picks the exit code.

Exit codes: 0 fine; 1 a negative answer; 2 trouble; 130 interrupted; 141 broken pipe.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from dataflow_cli.errors import DftraceError

COMMANDS = {
    "run": "run an input through a network and show every layer",
    "params": "count shapes, parameters and work without running",
    "check": "find everything that is wrong with a network file",
    "layers": "show what layers exist, their fields and formulas",
    "init": "write a worked example: network, weights, input",
    "schema": "write the JSON Schema of the network file",
    "completion": "write the shell completion for bash, zsh or fish",
}
"""Every command with its one line of help; the module of the same name in this folder holds it."""

EXIT_FINE, EXIT_NEGATIVE, EXIT_TROUBLE, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 0, 1, 2, 130, 141
ISSUES = "https://pypi.org/project/dftrace"
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


class Commands(click.Group):
    """Loads a command's module when the command is called, so that `params` never pays for `run`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"dataflow_cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from dataflow_cli.errors import suggestion

            ctx.fail(f"no command '{name}'. {suggestion(name, COMMANDS)}".strip())
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(None, "-V", "--version", package_name="dftrace", prog_name="dftrace")
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


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    for name in _BLAS_THREADS:
        os.environ.setdefault(name, "1")
    debug = "--debug" in sys.argv
    try:
        code = _called()
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        code = EXIT_BROKEN_PIPE
    except OSError as error:
        if debug:
            raise
        _abandon_stdout()
        code = _complain(f"error[E400]: standard output: {error.strerror}")
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    sys.exit(code)


def _called() -> int:
    """Run the command; whatever goes wrong becomes a message on stderr and an exit code."""
    debug = "--debug" in sys.argv
    try:
        result = group.main(standalone_mode=False, prog_name="dftrace")
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return EXIT_TROUBLE
    except DftraceError as error:
        if debug:
            raise
        return _report(error)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except MemoryError:
        if debug:
            raise
        return _complain("error[E500]: out of memory")
    except OSError:
        raise
    except Exception as error:
        if debug:
            raise
        return _complain(f"error: a bug in dftrace: {type(error).__name__}: {error}\n  run it again with --debug to see where")
    return result if isinstance(result, int) else EXIT_FINE


def _report(error: DftraceError) -> int:
    from dataflow_cli.commands.terminal import wants_color
    from dataflow_cli.render.problems import describe

    return _complain(describe(error, color=wants_color(sys.stderr)).rstrip())


def _complain(text: str) -> int:
    """Print to stderr, in whatever encoding it has, even if nobody reads it."""
    try:
        print(text.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(sys.stderr.encoding), file=sys.stderr)
    except OSError:
        pass
    return EXIT_TROUBLE


def _abandon_stdout() -> None:
    """Point stdout at nothing, so that Python's last flush cannot fail again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)


if __name__ == "__main__":
    main()
