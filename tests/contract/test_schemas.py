"""One schema name, one document: every name stands in one table, and one module writes what bears it."""

from __future__ import annotations

import ast
import re
from functools import cache

from dataflow_cli import schemas
from tests.contract.shell import ROOT

NAMES = {key: value for key, value in vars(schemas).items() if key.isupper()}
SCHEMA = re.compile(r"dftrace\.\w+/[0-9]+")
READERS = {("TRACE", "dataflow_cli/trace/record.py"): "saved traces were called so at first, and are still read"}


@cache
def found():
    """By module, the constants of `schemas` that it names, and the texts in it that are names of schemas themselves."""
    return {
        path.relative_to(ROOT).as_posix(): _found_in(ast.parse(path.read_text("utf-8")))
        for path in (ROOT / "dataflow_cli").rglob("*.py")
    }


def _found_in(tree):
    named, written = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "schemas":
            named.add(node.attr)
        if isinstance(node, ast.Constant) and SCHEMA.fullmatch(str(node.value)):
            written.append(node.value)
    return named, written


def test_names_stand_in_one_table_and_are_different():
    assert len(set(NAMES.values())) == len(NAMES)
    assert all(SCHEMA.fullmatch(name) for name in NAMES.values())
    written = {module: texts for module, (_, texts) in found().items() if texts}
    assert written.keys() == {"dataflow_cli/schemas.py"}, "a name that does not stand in schemas.py"


def test_every_name_has_one_writer():
    writers = {
        name: [module for module, (named, _) in found().items() if name in named and (name, module) not in READERS]
        for name in NAMES
    }
    assert {name: modules for name, modules in writers.items() if len(modules) != 1} == {}
