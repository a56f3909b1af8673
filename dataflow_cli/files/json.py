"""Numbers that JSON does not have, as text: `nan`, `inf` and `-inf`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dataflow_cli.unknown import Unknown, known

NOT_FINITE = ("nan", "inf", "-inf")
"""What stands for them."""


def special(value: float) -> str:
    """`nan`, `inf` or `-inf`."""
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def plain(value: Any) -> Any:
    """A value as JSON has it: mappings by text, tuples as lists, numbers that are not finite as text, sizes that are
    not known as null.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return special(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return known(value) if isinstance(value, Unknown) else value
