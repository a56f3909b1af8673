"""Keras' weights in several files, as one: a layer's may stand in two, and its name in the one before its first."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.h5py import Hdf5, in_order, open_hdf5
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.shard_index import check_listed, opened, shards_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def joined(folder: Path, index: Mapping[str, list[str]]) -> Hdf5:
    """What the files hold that an index names, by `/layers/dense/vars`. Raises FileProblem, OSError."""
    with ExitStack() as files:
        shards = {name: files.enter_context(opened(folder / name, open_hdf5)) for name in shards_of(index)}
        check_listed(index, {name: {f"/{_above(path)}" for path in one.datasets} for name, one in shards.items()})
        groups: dict[str, Any] = {}
        datasets: dict[str, Any] = {}
        for name, shard in shards.items():
            _refuse_twice(datasets, shard, name)
            datasets |= shard.datasets
            groups |= {path: group for path, group in shard.groups.items() if path not in groups or len(group.attrs)}
        return Hdf5(files.pop_all(), groups, in_order(datasets))


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _refuse_twice(datasets: Mapping[str, Any], shard: Hdf5, name: str) -> None:
    twice = next((path for path in shard.datasets if path in datasets), None)
    if twice is not None:
        message = f"names {name}, which has '{twice}' like another file that it names"
        raise FileProblem(message, hint="save the weights again into an empty folder")
