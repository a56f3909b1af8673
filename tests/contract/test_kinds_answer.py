"""No code outside the kinds asks a layer for its name in order to decide something: it asks the kind."""

from __future__ import annotations

import ast
from pathlib import Path

import dataflow_cli
from dataflow_cli.layers import KINDS

PACKAGE = Path(dataflow_cli.__file__).parent
TABLES = ("layers/", "netfile/dialects/")
"""The kinds themselves, and the tables of the names that other frameworks give them."""
STILL = {
    "counts/counting.py": 1,
    "network/misfits.py": 1,
    "render/pictures/plan.py": 1,
    "render/explanation/back.py": 1,
    "trace/model.py": 1,
    "weights/problems.py": 1,
}
"""How many are left: what merges ask of lengths, convolutions, sequences, the input as a step, and the
layers of one kind taken together, as Keras counts them in its files.
"""


def is_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "type"


def decides(node: ast.AST) -> bool:
    """Whether a name of a kind is compared, matched, looked for or looked up."""
    match node:
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            texts = any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in sides)
            return any(map(is_type, sides)) and (texts or any(isinstance(op, ast.In | ast.NotIn) for op in node.ops))
        case ast.Call(func=ast.Attribute(value=value, attr="startswith" | "endswith")):
            return is_type(value)
        case ast.Subscript(slice=key):
            return is_type(key)
        case ast.Match(subject=subject):
            return is_type(subject)
        case ast.Set(elts=parts):
            return any(isinstance(part, ast.Constant) and part.value in KINDS for part in parts)
    return False


def test_the_kind_is_asked_and_not_its_name():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        count = sum(map(decides, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
        if count and not name.startswith(TABLES):
            found[name] = count
    assert found == STILL
