"""Safetensors in several files: an index says in which of them each tensor is.

model.safetensors.index.json: {"metadata": {...}, "weight_map": {"name": "model-00001-of-00002.safetensors", ...}}
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.regular import regular_size
from dataflow_cli.files.safetensors import HEADER_LIMIT, open_safetensors
from dataflow_cli.files.untrusted_json import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self

    from dataflow_cli.files.safetensors import Safetensors
    from dataflow_cli.files.stored import TensorHeader
    from dataflow_cli.shapes import Array

MOST_SHARDS = 1000


class Shards:
    """The tensors of several files as if they were one."""

    def __init__(self, shards: Mapping[str, Safetensors], weight_map: Mapping[str, str], files: ExitStack) -> None:
        self._shards = shards
        self._weight_map = weight_map
        self._files = files
        origins = {shard.origin for shard in shards.values()}
        self.origin = origins.pop() if len(origins) == 1 else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The tensors' names, in the order of the index."""
        return tuple(self._weight_map)

    def header(self, name: str) -> TensorHeader:
        """What a tensor is like. Raises FileProblem."""
        return self._shard(name).header(name)

    def read(self, name: str) -> Array:
        """A tensor. Raises FileProblem."""
        return self._shard(name).read(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A tensor's data as it is stored. Raises FileProblem."""
        return self._shard(name).chunks(name)

    def _shard(self, name: str) -> Safetensors:
        return self._shards[self._weight_map[name]]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()


def open_shards(path: str | Path) -> Shards:
    """Opens an index and the files it names, which stand beside it. Raises FileProblem, OSError."""
    weight_map = _weight_map(Path(path))
    names = dict.fromkeys(weight_map.values())
    if len(names) > MOST_SHARDS:
        raise FileProblem(f"names {len(names):,} files, at most {MOST_SHARDS:,} are read")
    with ExitStack() as files:
        shards = {name: files.enter_context(_shard(Path(path).parent / name)) for name in names}
        for tensor, name in weight_map.items():
            if tensor not in shards[name].names:
                message = f"says that '{tensor}' is in {name}, which has no such tensor"
                raise FileProblem(message, hint="fetch the index and its files again")
        return Shards(shards, weight_map, files.pop_all())


def _weight_map(path: Path) -> dict[str, str]:
    size = regular_size(path)
    if size > HEADER_LIMIT:
        raise FileProblem(f"an index of {size:,} bytes, at most {HEADER_LIMIT:,} are read")
    weight_map = read_json(path.read_bytes(), "the index").get("weight_map")
    if not isinstance(weight_map, dict):
        hint = "name a file that ends in .safetensors"
        raise FileProblem("no index of safetensors: it has no 'weight_map'", hint=hint)
    for tensor, name in weight_map.items():
        if not tensor.isprintable() or not isinstance(name, str) or not _is_beside(name):
            message = f"says that '{printable(tensor)}' is in '{printable(name)}'"
            raise FileProblem(message, hint="a shard is a file in the same folder")
    return weight_map


def _is_beside(name: str) -> bool:
    return bool(name) and name.isprintable() and name not in (".", "..") and not set(name) & set("/\\:")


def _shard(path: Path) -> Safetensors:
    try:
        return open_safetensors(path)
    except FileProblem as problem:
        raise FileProblem(f"{printable(path.name)}: {problem.message}", hint=problem.hint) from problem
    except FileNotFoundError as error:
        raise FileProblem(
            f"names {printable(path.name)}, which is not there", hint="fetch every file that the index names"
        ) from error
