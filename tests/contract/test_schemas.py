"""One schema name, one document: every name stands in one table, and one module writes what bears it."""

from __future__ import annotations

import ast
import re

from dataflow_cli import schemas
from tests.contract.shell import ROOT

NAMES = {key: value for key, value in vars(schemas).items() if key.isupper()}
SCHEMA = re.compile(r"dftrace\.\w+/[0-9]+")
MODULES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in (ROOT / "dataflow_cli").rglob("*.py")
}
READERS = {("TRACE", "dataflow_cli/trace/record.py"): "saved traces were called so at first, and are still read"}


def uses(tree):
    """The constants of `schemas` that a module names."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "schemas"
    }


def test_names_stand_in_one_table_and_are_different():
    assert len(set(NAMES.values())) == len(NAMES)
    assert all(SCHEMA.fullmatch(name) for name in NAMES.values())
    texts = {
        module: [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        for module, tree in MODULES.items()
        if module != "dataflow_cli/schemas.py"
    }
    assert not [(module, text) for module, found in texts.items() for text in found if SCHEMA.fullmatch(str(text))], (
        "a name that does not stand in schemas.py"
    )


def test_every_name_has_one_writer():
    writers = {
        name: [module for module, tree in MODULES.items() if name in uses(tree) and (name, module) not in READERS]
        for name in NAMES
    }
    assert {name: found for name, found in writers.items() if len(found) != 1} == {}
