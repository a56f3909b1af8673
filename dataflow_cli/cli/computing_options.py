"""How a command computes: the options for threads, precision and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.errors import FieldError

if TYPE_CHECKING:
    from dataflow_cli.run.computing import Computing


def _bytes(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    from dataflow_cli.run.computing import memory_size

    try:
        return None if value is None else memory_size(value)
    except FieldError as error:
        raise click.BadParameter(f"{error.message}; {error.hint}") from error


def computing_options(function: Function) -> Function:
    """The options, handed on as one `Computing` called `computing`."""
    return bundled(function, "computing", _computing, _NAMES, _OPTIONS)


def _computing(*, threads: int | None, fast_math: bool, max_memory: float | None) -> Computing:
    from dataflow_cli.run.computing import Computing, cores

    return Computing(threads or cores(), fast_math, max_memory)


_NAMES = ("threads", "fast_math", "max_memory")
_OPTIONS = (
    click.option(
        "--threads",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="Default: one a core. The result does not depend on it.",
    ),
    click.option("--fast-math", is_flag=True, help="Allow ten times the rounding errors where that is faster."),
    click.option(
        "--max-memory",
        metavar="SIZE",
        callback=_bytes,
        help="Refuse what needs more: 4GiB, none. Default: what is available.",
    ),
)
