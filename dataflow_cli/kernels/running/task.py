"""Pieces of work: a call whose arrays are bound, and a function that writes its values where it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

Task = Callable[[], Any]
Function = Callable[["Array", "Array"], None]
"""Writes its values for the elements of the first array into the second, which may be the first itself."""
