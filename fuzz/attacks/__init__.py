"""The attacks by name: each a function of a Case, in the module of its name. A new one is a file and a line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzz.case import Case

ATTACKS = {
    "networks": "generated networks that build, under every oracle",
    "extremes": "generated networks with a value at the end of its range",
    "schema": "documents that the schema and the parser must judge alike",
    "configs": "the shipped configs, mutated by byte, token and tree",
    "large": "network files of megabytes in forms that repeat",
    "inputs": "pictures, arrays, tables and bombs as inputs",
    "weights": "weights files that are mutated, mislabelled or lie",
    "models": "models of Keras that are mutated",
    "onnx": "models of ONNX that are made up, mutated, or lie",
    "traces": "saved traces that are mutated",
    "command_lines": "options and values in any combination",
    "injection": "hostile names wherever a name can stand",
}
"""Every attack with what it tries."""


def attack(name: str) -> Callable[[Case], None]:
    """The function that an attack's module calls `attack`."""
    return cast("Callable[[Case], None]", import_module(f"fuzz.attacks.{name}").attack)
