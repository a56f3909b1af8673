"""Profiles by a real Dask cluster: a scheduler and two workers as processes on this machine, one of them killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dataflow_cli.errors import InputError
from dataflow_cli.given import Given
from dataflow_cli.network.build import load_network
from dataflow_cli.profile import distributed
from dataflow_cli.profile.data import CHUNK
from dataflow_cli.profile.saved import save_profile
from dataflow_cli.profiling import profiled
from tests.contract.shell import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peers
pytest.importorskip("distributed")

CHUNKS = 12
PATIENCE = 90


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data")
    digits = np.random.default_rng(1).integers(0, 256, (CHUNKS * CHUNK - 5, 28, 28), np.uint8)
    np.save(path / "x.npy", digits)
    np.save(path / "y.npy", np.arange(len(digits)) % 10)
    return path


def started(words, log):
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    with log.open("wb") as stream:
        return subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)


@pytest.fixture
def cluster(tmp_path):
    """The scheduler's file, and the processes of two workers."""
    file = tmp_path / "scheduler.json"
    place = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    processes = [started(["dask_scheduler", *place], tmp_path / "scheduler.log")]
    worker = ["dask_worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard"]
    processes += [started([*worker, "--name", f"w{n}", "--no-nanny"], tmp_path / f"w{n}.log") for n in (1, 2)]
    try:
        waited(file, tmp_path)
        yield file, processes[1:]
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def waited(file: Path, logs: Path) -> None:
    """Until both workers are there."""
    from distributed import Client

    until = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < until, (logs / "scheduler.log").read_text()
        time.sleep(0.1)
    with Client(scheduler_file=str(file), timeout=PATIENCE) as client:
        client.wait_for_workers(2, timeout=PATIENCE)


def bits(folder, path, **how):
    network = load_network(ROOT / "configs/mnist-cnn.yaml")
    given = Given(inputs=(str(folder / "x.npy"),), labels=str(folder / "y.npy"))
    save_profile(profiled(network, given, **how), path)
    return path.read_bytes()


def test_a_cluster_that_loses_a_worker_gives_the_bits_of_one_thread(folder, tmp_path, cluster):
    file, workers = cluster
    killed = []

    def progress(done, _total):
        if done >= 2 * CHUNK and not killed:
            os.killpg(workers[0].pid, signal.SIGKILL)
            killed.append(done)

    alone = bits(folder, tmp_path / "alone.npz")
    assert bits(folder, tmp_path / "both.npz", others=distributed.cluster(file=str(file)), progress=progress) == alone
    assert killed


@pytest.mark.parametrize("shares", [1, distributed.SHARES])
def test_local_workers_give_the_same_bits(folder, tmp_path, monkeypatch, shares):
    """Also where several chunks are a task, and where the port of Dask's dashboard is taken, which nobody asks for."""
    monkeypatch.setattr(distributed, "SHARES", shares)
    alone = bits(folder, tmp_path / "alone.npz")
    with socket.socket() as taken:
        with suppress(OSError):  # another program has it
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        assert bits(folder, tmp_path / "two.npz", others=distributed.cluster(workers=2)) == alone


def test_what_a_worker_lacks_is_said(folder, tmp_path, cluster, monkeypatch):
    file, _ = cluster
    network = load_network(ROOT / "configs/mnist-cnn.yaml")
    others = distributed.cluster(file=str(file))
    here = tmp_path / "only-here.npz"
    here.write_bytes((ROOT / "configs/mnist-cnn.npz").read_bytes())
    given = Given(inputs=(str(folder / "x.npy"),), weights=str(here))

    def gone(work, chunks):
        here.unlink()
        return others(work, chunks)

    with pytest.raises(InputError, match=r"on a worker \(.*only-here.npz: no such file"):
        profiled(network, given, others=gone)
    monkeypatch.setattr(distributed, "version_here", lambda: "99")
    with pytest.raises(InputError, match=r"worker .* has dftrace .*, this is 99"):
        profiled(network, Given(inputs=(str(folder / "x.npy"),)), others=others)


def test_a_scheduler_that_is_not_there(folder):
    others = distributed.cluster(address="tcp://127.0.0.1:9")
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        profiled(load_network(ROOT / "configs/mnist-cnn.yaml"), Given(inputs=(str(folder / "x.npy"),)), others=others)
