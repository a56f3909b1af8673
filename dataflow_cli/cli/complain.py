"""An error as the user meets it on stderr: one block with a code; a traceback only with --debug."""

from __future__ import annotations

import sys
from traceback import format_exception

import click

from dataflow_cli.cli.output import tell
from dataflow_cli.cli.terminal import terminal_width, wants_color
from dataflow_cli.errors import DftraceError, LimitError, OutputError
from dataflow_cli.render.problems import describe

USAGE = "E700"
BUG = "E900"


def complain(error: BaseException) -> None:
    """Print an error, with where it was raised if --debug stands on the command line."""
    if "--debug" in sys.argv:
        tell(*(line for part in format_exception(error) for line in _lines(part.rstrip("\n"))))
    color = wants_color(sys.stderr, _color_choice(sys.argv))
    text = describe(_ours(error), color=color, width=terminal_width(sys.stderr))
    tell(*text.rstrip("\n").split("\n"), color=color)


def _lines(part: str) -> list[str]:
    """A part of a traceback by the line; what the error says is one line whatever it quotes."""
    return part.split("\n") if part.startswith(("Traceback", "  File", "\n")) else [part]


def complain_of_system(error: OSError) -> int:
    """What the operating system refused that nobody foresaw; mostly to write to stdout."""
    what = "standard output" if error.filename is None else str(error.filename)
    said = (error.strerror or str(error)).lower()
    described = OutputError(f"{what}: {said}")
    described.__cause__ = error
    complain(described)
    return 2


def _ours(error: BaseException) -> DftraceError:
    """Whatever went wrong as one of our errors."""
    if isinstance(error, DftraceError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, MemoryError):
        return LimitError("out of memory", hint="use a smaller input, or fewer samples at once")
    message = f"a bug in dftrace: {type(error).__name__}: {error}"
    return DftraceError(message, hint="run it again with --debug to see where", code=BUG)


def _usage(error: click.ClickException) -> DftraceError:
    """Click's complaint about the command line as one of ours."""
    message = " ".join(map(str.strip, error.format_message().split("\n")))  # choices stand in lines of their own
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    hint = getattr(error, "hint", "") or f"{ctx.command_path if ctx else 'dftrace'} -h shows how it is called"
    return DftraceError(message[:1].lower() + message[1:].rstrip("."), hint=hint, code=USAGE)


def _color_choice(arguments: list[str]) -> str:
    """`--color` as it stands on a command line that may not have been understood."""
    for before, after in zip(arguments, [*arguments[1:], ""], strict=True):
        choice = after if before == "--color" else before.removeprefix("--color=")
        if choice in ("always", "never") and before.startswith("--color"):
            return choice
    return "auto"
