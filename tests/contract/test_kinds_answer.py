"""No code outside the kinds asks a layer for its name in order to decide something: it asks the kind."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

import dataflow_cli
from dataflow_cli.layers import KINDS

ROOT = Path(dataflow_cli.__file__).parents[1]
FOLDERS = ("dataflow_cli", "benchmarks", "tools", "fuzz")
TABLES = {
    "dataflow_cli/layers/": "the kinds themselves",
    "dataflow_cli/netfile/dialects/": "what other frameworks call the kinds",
    "dataflow_cli/importers/": "what the layers of other frameworks' files are here",
    "dataflow_cli/kernels/": "knows no kinds: `dense` is one of its modules",
    "dataflow_cli/page/recipes/arithmetic.py": "functions of numbers, as they are written in a line of arithmetic",
    "benchmarks/torch_model.py": "which module of PyTorch a kind is",
    "benchmarks/onnx_model.py": "which operator of ONNX a kind is",
    "benchmarks/profile_sequences.py": "what NumPy calls its functions",
    "tools/layer_engines/keras_layers.py": "what Keras calls them",
    "tools/layer_engines/torch_layers.py": "which of PyTorch's functions a layer is",
    "tools/measure_own_errors.py": "relu moves no error",
    "benchmarks/layout.py": "where those two engines flatten otherwise",
    "fuzz/": "words of files that are put together at random",
}
"""Where names of kinds may stand, and why."""
OTHER_WORDS = {
    "activation",
    "attention",
    "average",
    "dot",
    "dropout",
    "equal",
    "maximum",
    "minimum",
    "normalization",
    "pad",
    "split",
    "transpose",
    "where",
}
"""Kinds that are called as a field, a statistic, a family or a setting is; a table of them alone decides nothing."""
NAMES = KINDS.keys() - OTHER_WORDS


def decisions(tree: ast.AST) -> list[int]:
    """The lines on which a kind's name is compared, matched, looked for or looked up, or stands in a table."""
    held = {name for node in ast.walk(tree) for name in _held(node)}
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr | ast.Match) and _decides(node, held)]


@cache
def decisions_in(path: Path) -> list[int]:
    """The same of a file."""
    return decisions(ast.parse(path.read_text(encoding="utf-8")))


def _held(node: ast.AST) -> list[str]:
    """Variables that hold a type: in `kind, name = layer.type, layer.name` it is the first."""
    match node:
        case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=value):
            pass
        case ast.NamedExpr(target=target, value=value) | ast.comprehension(target=target, iter=value):
            pass
        case _:
            return []
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=False))
    return [one.id for one, given in pairs if isinstance(one, ast.Name) and _asked(given, set())]


def _asked(node: ast.AST | None, held: set[str]) -> bool:
    """Whether it is a layer's type, or a tuple, a choice or a comprehension that has one in it."""
    match node:
        case ast.Attribute(attr="type"):
            return True
        case ast.Name(id=name):
            return name in held
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(_asked(part, held) for part in parts)
        case ast.IfExp(body=one, orelse=other):
            return _asked(one, held) or _asked(other, held)
        case ast.SetComp(elt=part) | ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            return _asked(part, held)
    return False


def _decides(node: ast.AST, held: set[str]) -> bool:
    match node:
        case ast.Compare(left=left, comparators=others):
            return any(_asked(part, held) or _is_name(part) for part in (left, *others))
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args):
            asked = attr in ("startswith", "endswith", "removeprefix", "partition", "split") and _asked(value, held)
            return asked or (attr in ("get", "pop", "setdefault", "match", "fullmatch") and _asked_any(args[:1], held))
        case ast.Subscript(slice=key) | ast.DictComp(key=key):
            return _asked(key, held)
        case ast.Match(subject=subject):
            return _asked(subject, held) or any(_is_name(part) for part in ast.walk(node))
        case ast.Set(elts=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(keys=parts):
            return any(map(_is_name, parts)) or (isinstance(node, ast.Dict) and _asked_any(parts, held))
    return False


def _asked_any(parts: list[ast.expr] | list[ast.expr | None], held: set[str]) -> bool:
    return any(_asked(part, held) for part in parts)


def _is_name(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES


def test_the_kind_is_asked_and_not_its_name():
    found = {}
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))):
        name = path.relative_to(ROOT).as_posix()
        lines = decisions_in(path)
        if lines and not name.startswith(tuple(TABLES)):
            found[name] = lines
    assert found == {}


def test_no_table_is_excused_for_nothing():
    for place in TABLES:
        files = (ROOT / place).rglob("*.py") if place.endswith("/") else [ROOT / place]
        assert any(decisions_in(path) for path in files), place


@pytest.mark.parametrize(
    "code",
    [
        "layer.type == 'dense'",
        "'conv' in node.layer.type",
        "one.type == other.type",
        "layer.type.endswith('1d')",
        "TABLE[layer.type]",
        "TABLE.get(layer.type)",
        "{layer.type: 1 for layer in layers}",
        "kind = layer.type\nif kind in counted: pass",
        "kind, name = layer.type, layer.name\nif kind.startswith('conv'): pass",
        "(kind := layer.type) and TABLE[kind]",
        "if (layer.type, 1) in seen: pass",
        "match layer.type:\n    case 'add': pass",
        "match word:\n    case 'conv2d': pass",
        "PLAIN = {'flatten': 1}",
        "PLAIN = ('flatten', 'reshape')",
        "PLAIN = ['softmax']",
        "word == 'softmax'",
        "kinds = {layer.type for layer in layers}\nif word in kinds: pass",
    ],
)
def test_every_way_to_ask_is_seen(code):
    assert decisions(ast.parse(code))


@pytest.mark.parametrize("code", ["{'type': layer.type}", "f'{layer.type} of {name}'", "kind = layer.type\nsay(kind)"])
def test_to_say_a_name_is_not_to_ask(code):
    assert not decisions(ast.parse(code))
