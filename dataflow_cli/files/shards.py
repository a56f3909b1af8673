"""Safetensors in several files: an index says in which of them each tensor is."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from dataflow_cli.files.safetensors import open_safetensors
from dataflow_cli.files.shard_index import check_listed, opened, shards_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from dataflow_cli.files.safetensors import Safetensors
    from dataflow_cli.files.stored import TensorHeader
    from dataflow_cli.shapes import Array


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


def open_shards(folder: Path, index: Mapping[str, list[str]]) -> Shards:
    """Opens the files that an index names in a folder. Raises FileProblem, OSError."""
    weight_map = {tensor: files[0] for tensor, files in index.items()}
    with ExitStack() as files:
        shards = {name: files.enter_context(opened(folder / name, open_safetensors)) for name in shards_of(index)}
        check_listed(index, {name: frozenset(shard.names) for name, shard in shards.items()})
        return Shards(shards, weight_map, files.pop_all())
