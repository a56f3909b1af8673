"""What no rule was found for."""

from __future__ import annotations

from typing import Any


class Unfit(Exception):  # noqa: N818  it says what it is
    """No rule was found for something."""


def found(rule: Any, what: str) -> Any:
    """The rule. Raises Unfit if there is none."""
    if rule is None:
        raise Unfit(what)
    return rule
