"""Options that belong together, handed to a command as one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def bundled(function: Function, name: str, kind: Callable[..., Any], fields: Iterable[str], options: Any) -> Function:
    """`function` with `options`; what options give for `fields` is handed on as `kind(**fields)` under `name`."""
    names = tuple(fields)

    def with_options(**arguments: Any) -> Any:
        parts = {field: arguments.pop(field) for field in names if field in arguments}
        return function(**{name: kind(**parts)}, **arguments)

    with_options.__doc__ = function.__doc__
    decorated: Any = with_options
    decorated.__click_params__ = getattr(function, "__click_params__", [])
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
