"""Weights in several files: an index, which is JSON, says in which of them each is.

model.safetensors.index.json   {"weight_map": {"name": "model-00001-of-00002.safetensors", ...}}
model.weights.json             {"weight_map": {"/layers/dense/vars": ["model_00000.weights.h5", ...], ...}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.regular import regular_size
from dataflow_cli.files.untrusted_json import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_SHARDS = 1000
_LONGEST = 2**24


def read_index(path: Path) -> dict[str, list[str]]:
    """By what the index lists: the files that hold it, which stand in the same folder. Raises FileProblem, OSError."""
    size = regular_size(path)
    if size > _LONGEST:
        raise FileProblem(f"an index of {size:,} bytes, at most {_LONGEST:,} are read")
    weight_map = read_json(path.read_bytes(), "the index").get("weight_map")
    if not isinstance(weight_map, dict):
        hint = "name a file of weights, or the index that was saved with the parts of one"
        raise FileProblem("no index of weights: it has no 'weight_map'", hint=hint)
    found = {listed: _beside(listed, files) for listed, files in weight_map.items()}
    if (count := len(shards_of(found))) > MOST_SHARDS:
        raise FileProblem(f"names {count:,} files, at most {MOST_SHARDS:,} are read")
    return found


def shards_of(index: Mapping[str, list[str]]) -> list[str]:
    """The files that an index names, each once."""
    return list(dict.fromkeys(file for files in index.values() for file in files))


def opened(path: Path, way: Any) -> Any:
    """A file that the index names, opened the `way` its format is. What is wrong with it is told with its name."""
    try:
        regular_size(path)
        return way(path)
    except FileProblem as problem:
        raise FileProblem(f"{printable(path.name)}: {problem.message}", hint=problem.hint) from problem
    except FileNotFoundError as error:
        hint = "fetch every file that the index names"
        raise FileProblem(f"names {printable(path.name)}, which is not there", hint=hint) from error


def check_listed(index: Mapping[str, list[str]], held: Mapping[str, Any]) -> None:
    """Whether what is listed is where the index says; `held` by file. Raises FileProblem."""
    for listed, file in _pairs(index):
        if listed not in held[file]:
            message = f"says that '{listed}' is in {file}, which has no such tensor"
            raise FileProblem(message, hint="fetch the index and its files again")


def _pairs(index: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    return ((listed, file) for listed, files in index.items() for file in files)


def _beside(listed: str, files: Any) -> list[str]:
    """The names of files in the same folder: one alone, or as Keras writes them a list."""
    names = files if isinstance(files, list) else [files]
    if not listed.isprintable() or not names or not all(map(_is_beside, names)):
        message = f"says that '{printable(listed)}' is in '{printable(files)[:200]}'"
        raise FileProblem(message, hint="a shard is a file in the same folder")
    return names


def _is_beside(name: Any) -> bool:
    plain = isinstance(name, str) and bool(name) and name.isprintable() and name not in (".", "..")
    return plain and not set(name) & set("/\\:")
