"""How a command computes: the options for threads, precision and memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dataflow_cli.errors import FieldError

if TYPE_CHECKING:
    from dataflow_cli.trace.computing import Computing

Function = TypeVar("Function", bound=Callable[..., Any])


def _bytes(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    from dataflow_cli.trace.computing import memory_size

    try:
        return None if value is None else memory_size(value)
    except FieldError as error:
        raise click.BadParameter(f"{error.message}; {error.hint}") from error


def computing_options(function: Function) -> Function:
    """The options, handed on as one `Computing` called `computing`."""

    def with_options(**arguments: Any) -> Any:
        return function(computing=_computing(**{name: arguments.pop(name) for name in _NAMES}), **arguments)

    with_options.__doc__ = function.__doc__
    decorated: Any = with_options
    decorated.__click_params__ = getattr(function, "__click_params__", [])
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def _computing(*, threads: int | None, fast_math: bool, max_memory: float | None) -> Computing:
    from dataflow_cli.trace.computing import Computing, cores

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
