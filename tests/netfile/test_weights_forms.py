"""The forms of `weights:`."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.netfile.parse import parse_network_spec, read_network_spec


def weights(text):
    body = f"dftrace: 1\ninput: [3]\nweights: {text}\nlayers: [{{type: dense, units: 1}}]"
    return parse_network_spec(body.encode(), "net.yaml", Path("folder")).weights


def test_a_path_is_relative_to_the_file(tmp_path):
    assert weights("w.npz").file == Path("folder/w.npz")
    assert weights("/elsewhere/w.npz").file == Path("/elsewhere/w.npz")
    assert weights("1e5").file == Path("folder/1e5")
    path = tmp_path / "net.yaml"
    path.write_text("dftrace: 1\ninput: [3]\nweights: ../w.npz\nlayers: [relu]")
    assert read_network_spec(path).weights.file == tmp_path / "../w.npz"


def test_a_file_with_map_and_layout():
    read = weights("{file: w.npz, layout: torch, map: {dense_1/kernel: fc.weight, dense_1/bias: 0}}")
    assert (read.file, read.layout, read.init) == (Path("folder/w.npz"), "torch", None)
    assert read.map == {"dense_1/kernel": "fc.weight", "dense_1/bias": "0"}
    assert read.place.line == 3


def test_an_initializer():
    read = weights("{init: glorot_uniform, seed: 7}")
    assert (read.file, read.init, read.seed, read.layout, read.map) == (None, "glorot_uniform", 7, "keras", {})
    assert weights("{init: zeros}").seed == 0


def test_none():
    body = b"dftrace: 1\ninput: [3]\nlayers: [relu]"
    assert parse_network_spec(body, "net.yaml").weights is None


@pytest.mark.parametrize(
    "text", ["{}", "{init: ones}", "{file: w.npz, seed: -1}", "null", "{file: ''}", "{path: w.npz}"]
)
def test_what_is_none(text):
    with pytest.raises(NetworkError):
        weights(text)
