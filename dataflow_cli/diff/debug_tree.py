"""The tree that transformers' `model_addition_debugger_context(model, debug_path, use_repr=False)` writes.

A folder with NAME_debug_tree_FULL_TENSORS.json, which has the calls of modules in order, and a .safetensors for each
tensor. A module's outputs stand under its path without the model's name; what goes into the model under its argument's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.untrusted_json import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflow_cli.shapes import Array

ENDING = "_debug_tree_FULL_TENSORS.json"
MAX_BYTES = 2**28
MAX_DEPTH = 16
"""Of tuples in what a module gives."""
DATA = "data"
"""What the tensor is called in its file."""
_PRINTED = "capture numbers: model_addition_debugger_context(model, debug_path=FOLDER, use_repr=False)"
_PRUNED = "capture all layers: do_prune_layers=False"


def debug_tree_in(folder: Path) -> Path | None:
    """The tree in a folder, if there is one."""
    return next(iter(sorted(folder.glob(f"*{ENDING}"))), None)


def tensors_of(tree: Path) -> dict[str, Path]:
    """The file of each tensor, in the order in which they were made. Raises InputError if they are none of numbers."""
    with reported(InputError, tree):
        if tree.stat().st_size > MAX_BYTES:
            raise FileProblem(f"more than {MAX_BYTES:,} bytes", hint=_PRUNED)
        root = read_json(tree.read_bytes(), "the tree")
        model = str(root.get("module_path", ""))
        found: dict[str, Path] = {}
        for name, text in [*_inputs(root), *_outputs(root, model)]:
            if not isinstance(text, str):
                raise FileProblem(f"'{name[:80]}' is printed, not saved", hint=_PRINTED)
            found.pop(name, None)  # called again: the file has the last call
            found[name] = _beside(tree, text)
    return found


def read_tensor(file: Path) -> Array:
    """The tensor in a file. Raises InputError."""
    from dataflow_cli.files.safetensors import open_safetensors

    with reported(InputError, file), open_safetensors(file) as tensors:
        return tensors.read(DATA)


def shape_of(file: Path) -> tuple[int, ...]:
    """The shape of the tensor in a file. Raises InputError."""
    from dataflow_cli.files.safetensors import open_safetensors

    with reported(InputError, file), open_safetensors(file) as tensors:
        return tuple(tensors.header(DATA).shape)


def _inputs(root: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    given = root.get("inputs")
    for kind in ("args", "kwargs"):
        part = given.get(kind) if isinstance(given, dict) else None
        named = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for name, value in named:
            yield from _leaves(f"input_{name}" if kind == "args" else str(name), value)


def _outputs(root: dict[str, Any], model: str) -> Iterator[tuple[str, Any]]:
    """Those of all modules, children before what they are part of, without recursion: a file may nest deep."""
    waiting: list[tuple[dict[str, Any], bool]] = [(root, False)]
    while waiting:
        node, told = waiting.pop()
        if told:
            path = str(node.get("module_path", "")).removeprefix(f"{model}.")
            yield from _leaves(path, node.get("outputs"))
            continue
        waiting.append((node, True))
        children = node.get("children")
        inner = [each for each in children if isinstance(each, dict)] if isinstance(children, list) else []
        waiting += [(each, False) for each in reversed(inner)]


def _leaves(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The tensors in what a module gives: one, or several by place or name."""
    if depth > MAX_DEPTH:
        raise FileProblem(f"'{name[:80]}' is nested deeper than {MAX_DEPTH} levels", hint="save the tree again")
    if isinstance(value, dict) and {"shape", "dtype", "value"} <= value.keys():
        yield name, value["value"]
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in parts:
        yield from _leaves(f"{name}:{place}" if place not in (0, "0") else name, part, depth + 1)


def _beside(tree: Path, text: str) -> Path:
    """A file in the tree's folder. Raises FileProblem for a path that leads elsewhere."""
    name = text.removeprefix("./")
    if not name or "/" in name or "\\" in name or name.startswith("..") or "\0" in name:
        raise FileProblem(f"names '{name[:80]}', which is not beside it", hint="do not trust this file")
    return tree.parent / name
