"""Chunks computed by the workers of a Dask cluster: one that exists, or local processes.

What is sent to a worker are paths, options and fingerprints, and a chunk's numbers: never weights. It loads them once,
and says so if they are not the same. What comes back are tallies. A chunk whose worker is lost is computed by another.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import DftraceError, InputError
from dataflow_cli.files.problem import reported
from dataflow_cli.files.source import from_path
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.given import Given
    from dataflow_cli.inputs.wanted import Wanted
    from dataflow_cli.profile.chunk_profile import ChunkProfile, ChunkProfiler
    from dataflow_cli.profile.data import Chunk
    from dataflow_cli.profile.work import Computed, Others, Work

    Done = tuple[list[tuple[int, ChunkProfile]], str, tuple[str, str, str] | None]
    """Chunks by their numbers, the machine, and what is wrong: the message, the hint and the code."""

AHEAD = 3
"""Tasks that every worker has waiting: enough for none to be idle, few enough for memory not to grow."""
TOGETHER = 4
"""Chunks of a task at most: what a task costs where the profile was started is shared among them."""
SHARES = 16
"""Tasks that every worker gets at least, if there are so many chunks: the last ones end at about the same time."""
PATIENCE = "10s"
"""How long a scheduler has to answer."""
_MOST = 1 << 20
"""Bytes of a scheduler's file."""


@dataclass(frozen=True)
class Job:
    """What a worker has to know, beside the chunk."""

    net: str
    folder: str
    """That data is in, where paths of it are relative."""
    given: Given
    tensors: tuple[str, ...]
    """Inner tensors that are looked at."""
    wanted: Wanted
    dtype: str
    skip_broken: bool
    weights_fingerprint: str
    fast_math: bool
    by_channel: bool


def cluster(*, workers: int | None = None, address: str | None = None, file: str | None = None) -> Others:
    """Who computes in place of this process. Raises InputError if Dask is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        hint = "pip install 'dftrace[dask]'"
        raise InputError("workers and clusters need Dask distributed, which is not installed", hint=hint) from error
    return partial(_computed, workers=workers, address=address, file=file)


def _computed(
    work: Work, chunks: Iterator[Chunk], *, workers: int | None, address: str | None, file: str | None
) -> Computed:
    with _client(workers, address, file) as client:
        _check_versions(client)
        yield from _results(client, _job(work), chunks, work.data.chunks)


def _job(work: Work) -> Job:
    path = work.network.file
    if path == "-" or not os.path.exists(path):  # noqa: PTH110
        raise InputError("workers read the network by its path", hint="write it to a file that they see, too")
    given = replace(work.given, weights=_absolute(work.given.weights), stdin=None, labels=None, shape=_shapes(work))
    tensors = tuple(node.name for node in work.network.nodes if node.inner)
    return Job(
        net=os.path.abspath(path),  # noqa: PTH100
        folder=os.getcwd(),  # noqa: PTH109
        given=given,
        tensors=tensors,
        wanted=work.wanted,
        dtype=work.dtype,
        skip_broken=work.skip_broken,
        weights_fingerprint=work.fingerprint,
        fast_math=work.fast_math,
        by_channel=work.by_channel,
    )


def _shapes(work: Work) -> tuple[str, ...]:
    """The sizes of the inputs as `--shape` says them: a worker knows the network before it looks at data."""
    inputs = work.network.inputs
    return tuple(f"{spec.name}={','.join(map(str, spec.shape))}" for spec in inputs if spec.is_sized)


def _absolute(path: Any) -> Any:
    return os.path.abspath(path) if isinstance(path, str | os.PathLike) else path  # noqa: PTH100


@contextmanager
def _client(workers: int | None, address: str | None, file: str | None) -> Iterator[Any]:
    """A client of the cluster; a local one lives as long as the block."""
    from distributed import Client, LocalCluster

    if workers is not None:
        settings: dict[str, Any] = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
        settings["scheduler_kwargs"] = {"dashboard_address": "127.0.0.1:0"}  # else it listens at 0.0.0.0:8787 yet
        with LocalCluster(n_workers=workers, **settings) as local, Client(local) as client:
            yield client
        return
    where = address if address is not None else _address_in(str(file))
    try:
        client = Client(where, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError, AssertionError) as error:
        hint = "start one with `dask scheduler`, and `dask worker` on every machine"
        raise InputError(f"{where}: no Dask scheduler answers", hint=hint) from error
    with client:
        yield client


def _address_in(path: str) -> str:
    """The address in a file that a scheduler wrote."""
    import json

    with reported(InputError, path):
        text = from_path(path).read(_MOST)
        try:
            return str(json.loads(text)["address"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            hint = "it is what `dask scheduler --scheduler-file FILE` writes"
            raise InputError(f"{path}: is no scheduler's file", hint=hint) from error


def _check_versions(client: Any) -> None:
    """Raises InputError for a worker that has another version of dftrace, or none, or if there is no worker."""
    here, found = version_here(), client.run(_version)
    if not found:
        hint = "start some: `dask worker ADDRESS`"
        raise InputError("the cluster has no worker", hint=hint)
    for worker, version in found.items():
        if version != here:
            message = f"worker {worker} has dftrace {version or 'not installed'}, this is {here}"
            raise InputError(message, hint=f"install the same version there: `pip install dftrace=={here}`")


def version_here() -> str:
    """The version of dftrace that started the profile."""
    return _version()


def _version() -> str:
    from importlib.metadata import version

    return version("dftrace")


def _results(client: Any, job: Job, chunks: Iterator[Chunk], count: int) -> Computed:
    """Chunks, of so many in all, in the order in which they are done. A few more tasks than workers are under way."""
    from distributed import as_completed

    workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
    together = min(max(count // (SHARES * workers), 1), TOGETHER)
    waiting = as_completed()
    under_way = 0
    while some := tuple(islice(chunks, together)):
        waiting.add(client.submit(profiled_chunks, job, some, pure=False, retries=0))
        under_way += 1
        if under_way >= AHEAD * workers:
            yield from _result(next(waiting))
            under_way -= 1
    for _ in range(under_way):
        yield from _result(next(waiting))


def _result(future: Any) -> Computed:
    """What a worker gave. Raises what it raised, told as its own, after what it had done before."""
    from distributed.scheduler import KilledWorker

    try:
        found, machine, problem = future.result()
    except KilledWorker as error:
        raise InputError(f"workers were lost again and again: {error}", hint="look at their logs") from error
    future.release()
    for number, profile in found:
        yield number, profile.filled(), machine
    if problem is not None:
        message, hint, code = problem
        raise InputError(message, hint=hint, code=code)


_profilers: dict[Job, ChunkProfiler] = {}
"""Of this process, the one that was used last: network and weights are loaded once."""


def profiled_chunks(job: Job, chunks: Sequence[Chunk]) -> Done:
    """On a worker: the profiles of some chunks, and the machine; with what is wrong, in words, where one failed."""
    from dataflow_cli.kernels.running.settings import computing
    from dataflow_cli.profile.machine import machine

    found: list[tuple[int, ChunkProfile]] = []
    try:
        profiler = _profiler(job)
        with computing():
            for chunk in chunks:
                found.append((chunk.number, profiler.profile(chunk).thinned()))  # noqa: PERF401  what is done is kept
    except DftraceError as error:
        where = f"on a worker ({machine_name()}): {error}"
        return found, machine(), (where, getattr(error, "hint", ""), getattr(error, "code", "E300"))
    return found, machine(), None


def machine_name() -> str:
    """What the machine is called in the network."""
    import socket

    return socket.gethostname()


def _profiler(job: Job) -> ChunkProfiler:
    """What computes here. Raises what loading the network and the weights raises."""
    if job in _profilers:
        return _profilers[job]
    from dataflow_cli import kernels
    from dataflow_cli.inputs.prepared import completed
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.packed import PackedWeights
    from dataflow_cli.network.opened import opened
    from dataflow_cli.profile.chunk_profile import ChunkProfiler
    from dataflow_cli.run.given import network_given
    from dataflow_cli.trace.fingerprints import weights_fingerprint
    from dataflow_cli.weights.load import load_weights

    network = completed(network_given(job.net, job.given), job.given)
    given = job.given
    weights = load_weights(network, given.weights, init=given.init, seed=given.seed, dtype=given.dtype)
    if weights_fingerprint(weights) != job.weights_fingerprint:
        message = f"{weights.source}: other weights than where the profile was started"
        raise InputError(message, hint="copy the same file to every worker")
    kernels.load_all()
    network = opened(network, job.tensors)
    _profilers.clear()
    engine = Engine(1, job.fast_math, PackedWeights(keep=True))
    _profilers[job] = ChunkProfiler(
        network,
        weights,
        engine,
        job.wanted,
        dtype=job.dtype,
        skip_broken=job.skip_broken,
        by_channel=job.by_channel,
        folder=job.folder,
    )
    return _profilers[job]
